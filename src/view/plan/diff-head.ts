/** The lines above and below two plans side by side: what both took, with which settings, and what is said of them. */
import type { PlanDiff } from '#src/plans/diff/diff.ts'
import type { SettingValue } from '#src/plans/diff/settings.ts'
import type { Finding } from '#src/plans/findings/finding.ts'
import type { PlanModel } from '#src/plans/model/model.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { wrap } from '#src/text/wrap.ts'
import type { Drawable, Glyphs, Theme, Token } from '#src/theme/theme.ts'
import { drawRuns, type Run, run } from '../run.ts'
import { amount, factor, ms } from './amounts.ts'
import { MARKS, MOVED } from './diff-node-cell.ts'
import { SEVERITIES } from './severity.ts'
import { placeOf } from './titles.ts'

export interface Sheet {
  readonly width: number
  readonly theme: Theme
}

/** Two runs of one plan differ by this share. */
const NOISE_SHARE = 0.05
/** A part of the execution that differs by less than this share of it is not told. */
const PART_SHARE = 0.01

export function diffHeadLines(diff: PlanDiff, sheet: Sheet): readonly Drawable[] {
  const { glyphs } = sheet.theme
  const settings = diff.settings.map(
    ({ name, before, after }) =>
      safe`${toSafeText(name)} ${valueText(before)} ${glyphs.becomes} ${valueText(after)}`,
  )
  const planless = [...withoutPlan(safe`A`, diff.before, sheet), ...withoutPlan(safe`B`, diff.after, sheet)]
  if (planless.length > 0) return planless
  return [
    drawRuns([run(safe` `), ...totals(diff, glyphs)], sheet.width, sheet.theme),
    ...told(safe`settings`, settings, sheet),
    ...told(safe`whole statement`, partTexts(diff, glyphs), sheet),
    ...(diff.nothingMatches
      ? lines(
          safe`no node of one plan is in the other: these are plans of different statements`,
          sheet,
          'warning',
        )
      : []),
  ]
}

/** The findings that came and went, and what the marks mean. */
export function diffFootLines(diff: PlanDiff, sheet: Sheet): readonly Drawable[] {
  const { glyphs } = sheet.theme
  const shown = [...Object.values(MARKS), ...(diff.rows.some(({ isMoved }) => isMoved) ? [MOVED] : [])]
  const marks = shown.map(({ text, meaning }) => safe`${text} ${meaning}`)
  const noise =
    diff.measure === 'time'
      ? safe`  ${glyphs.even} within 5 % or its error`
      : safe`  ${glyphs.even} no difference`
  return [
    ...findingsLines(safe`new`, diff.newFindings, sheet),
    ...findingsLines(safe`resolved`, diff.resolvedFindings, sheet),
    ...runLines(diff, sheet),
    ...lines(safe`${marks.join('  ') as SafeText}${diff.measure === null ? safe`` : noise}`, sheet, 'dim'),
  ]
}

function withoutPlan(name: SafeText, { root, statement }: PlanModel, sheet: Sheet): readonly Drawable[] {
  if (root !== null) return []
  return lines(
    safe`${name} has no plan: ${toSafeText(statement.withoutPlan ?? 'not told why')}`,
    sheet,
    'warning',
  )
}

function totals(diff: PlanDiff, glyphs: Glyphs): readonly Run[] {
  const { before, after, measure } = diff
  const whole = wholes(diff)
  if (whole === null)
    return [run(safe`A and B can be compared by their nodes alone: not both tell times or costs`, 'dim')]
  const { of, from, to } = whole
  const text = (value: number) => amount(value, measure ?? 'time')
  return [
    run(safe`${of}A ${text(from)} ${glyphs.becomes} B ${text(to)}`, 'strong'),
    run(safe`  `),
    measure === 'time' ? shareRun(from, to, glyphs) : costRun(from, to, glyphs),
    ...(measure === 'cost' && (before.isExecuted || after.isExecuted)
      ? [run(safe`  compared by cost: not both plans were timed`, 'dim')]
      : []),
  ]
}

/** The executions, or where not both tell them what all nodes took, or the costs of the roots. */
function wholes({ before, after, measure }: PlanDiff) {
  const costOf = ({ root }: PlanModel) => Number(root?.raw.properties['Total Cost'] ?? 0)
  if (measure === null) return null
  if (measure === 'cost') return { of: safe`cost `, from: costOf(before), to: costOf(after) }
  if (before.executionMs !== null && after.executionMs !== null)
    return { of: safe``, from: before.executionMs, to: after.executionMs }
  const treeMs = ({ rootMs, outsideRootMs }: PlanModel) => (rootMs ?? 0) + outsideRootMs
  return { of: safe`nodes `, from: treeMs(before), to: treeMs(after) }
}

function shareRun(from: number, to: number, glyphs: Glyphs): Run {
  return Math.abs(to - from) <= NOISE_SHARE * Math.max(from, to)
    ? run(safe`${glyphs.even} differs by at most 5 %`, 'dim')
    : ratioRun(from, to, glyphs)
}

function costRun(from: number, to: number, glyphs: Glyphs): Run {
  return from === to ? run(safe`${glyphs.even} the same`, 'dim') : ratioRun(from, to, glyphs)
}

/** By how many percent less or more; from twice on how many times. */
function ratioRun(from: number, to: number, { up, down }: Glyphs): Run {
  const percent = Math.round(Math.abs(to / from - 1) * 100)
  const share = percent === 0 ? safe`<1%` : safe`${percent}%`
  if (to < from) return run(safe`${down} ${share}`, 'good')
  const isMany = to >= from * 2
  return run(
    isMany ? safe`${up} ${from === 0 ? safe`` : safe`${factor(to / from)}x`}` : safe`${up} ${share}`,
    isMany ? 'critical' : 'warning',
  )
}

/** What is told of the statement beside its nodes and took another time; what one of the plans does not tell is left out. */
function partTexts({ before, after, measure }: PlanDiff, { becomes }: Glyphs): readonly SafeText[] {
  if (measure !== 'time') return []
  const least = PART_SHARE * Math.max(before.executionMs ?? 0, after.executionMs ?? 0)
  return PARTS.flatMap(({ name, of }) => {
    const [from, to] = [of(before), of(after)]
    if (from === null || to === null) return []
    const delta = Math.abs(to - from)
    const isNoise = delta <= least || delta <= NOISE_SHARE * Math.max(from, to)
    return isNoise ? [] : [safe`${name} ${ms(from)} ${becomes} ${ms(to)}`]
  })
}

const PARTS: readonly { readonly name: SafeText; readonly of: (model: PlanModel) => number | null }[] = [
  { name: safe`planning`, of: ({ planningMs }) => planningMs },
  { name: safe`jit`, of: (model) => model.jit?.leaderMs ?? model.jit?.totalMs ?? noneOf(model) },
  { name: safe`triggers`, of: (model) => model.triggersMs ?? noneOf(model) },
  { name: safe`serialization`, of: ({ serializationMs }) => serializationMs },
  { name: safe`other`, of: ({ otherMs }) => otherMs },
]

/** Where the execution is told, so is what was a part of it. */
function noneOf({ executionMs }: PlanModel): number | null {
  return executionMs === null ? null : 0
}

function valueText(value: SettingValue): SafeText {
  return value.kind === 'value' ? toSafeText(value.value) : toSafeText(`(${value.kind})`)
}

/** Neither new nor resolved. */
function runLines({ before, runFindings }: PlanDiff, sheet: Sheet): readonly Drawable[] {
  if (runFindings.length === 0) return []
  const [run, planned] = before.isExecuted ? [safe`A`, safe`B`] : [safe`B`, safe`A`]
  return [
    ...lines(safe`not comparable, for ${run} was run and ${planned} only planned:`, sheet, 'dim'),
    ...findingsLines(safe` `, runFindings, sheet),
  ]
}

function findingsLines(title: SafeText, findings: readonly Finding[], sheet: Sheet): readonly Drawable[] {
  return findings.flatMap((finding) => {
    const { mark, token } = SEVERITIES[finding.severity]
    const where = finding.node === null ? safe`` : safe`  (${placeOf(finding.node)})`
    return lines(
      safe`${title} ${mark} ${toSafeText(finding.title)}${where}`,
      sheet,
      title === 'resolved' ? 'good' : token,
    )
  })
}

/** `name: one, another`, over as many lines as it takes; none without any. */
function told(name: SafeText, texts: readonly SafeText[], sheet: Sheet): readonly Drawable[] {
  return texts.length === 0 ? [] : lines(safe`${name}: ${texts.join(', ') as SafeText}`, sheet)
}

function lines(text: SafeText, { width, theme }: Sheet, token?: Token): readonly Drawable[] {
  return wrap(text, Math.max(1, width - 2)).map((line) =>
    drawRuns([run(safe` `), run(line, token)], width, theme),
  )
}
