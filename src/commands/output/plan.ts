/** A plan as text: its budget, its tree, and what is wrong with it. */
import type { Finding } from '#src/plans/findings/finding.ts'
import type { PlanModel } from '#src/plans/model/model.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { latency } from '#src/text/units.ts'
import { cellWidth } from '#src/text/width.ts'
import { createTheme, type StyledText } from '#src/theme/theme.ts'
import { placedFindingLines } from '#src/view/plan/findings.ts'
import { planColumns } from '#src/view/plan/tree.ts'
import { drawTable } from './table.ts'

/** Without looks: what is printed may go into a file. */
export const plainTheme = {
  ...createTheme({ colour: 'none', unicode: true }),
  paint: (_token: unknown, text: SafeText) => text as string as StyledText,
}

/** The tree, and below it the findings, what saves most on top. */
export function statementText(model: PlanModel, findings: readonly Finding[], width: number): string {
  const paragraphs = findings.map((finding) => {
    const lines = placedFindingLines(finding, width, plainTheme)
    return `\n${lines.map((line) => `${line.trimEnd()}\n`).join('')}`
  })
  return `${planText(model, width)}${paragraphs.join('')}`
}

/** The budget of a statement in a line or two, and its tree. */
export function planText(model: PlanModel, width: number): string {
  if (model.root === null) return `${toSafeText(model.statement.withoutPlan ?? 'no plan')}\n`
  const { glyphs } = plainTheme
  const columns = planColumns(model, glyphs)
  const cells = model.nodes.map((node) => columns.map(({ cell }) => cell(node)))
  const isFilled = columns.map((_, at) => cells.some((row) => (row[at] ?? '').length > 0))
  // A title is cut only where the tree would fill the line.
  const isDeep = cells.some(([title]) => cellWidth(title ?? '') > width / 2)
  const table = drawTable(
    columns
      .filter((_, at) => isFilled[at])
      .map(({ id, label, align }) => ({
        label,
        ...(align === undefined ? {} : { align }),
        ...(id === 'note' || (id === 'node' && isDeep) ? { flexible: true } : {}),
      })),
    cells.map((row) => row.filter((_, at) => isFilled[at])),
    width,
  )
  const budget = budgetText(model)
  return `${budget.length === 0 ? '' : `${budget}\n\n`}${table}`
}

/** Where the time of the whole statement went. */
function budgetText(model: PlanModel): SafeText {
  const jit = model.jit === null ? null : (model.jit.leaderMs ?? model.jit.totalMs)
  const parts = [
    part('execution', model.executionMs),
    part('planning', model.planningMs),
    part('in the tree', model.rootMs),
    part('outside of it', model.outsideRootMs === 0 ? null : model.outsideRootMs),
    part('triggers', model.triggersMs),
    part(model.jit?.leaderMs === null ? 'jit of all processes' : 'jit', jit),
    part('serialization', model.serializationMs),
    part('other', model.otherMs),
  ]
  return parts.filter((each) => each !== null).join(', ') as SafeText
}

function part(name: string, ms: number | null): SafeText | null {
  return ms === null ? null : safe`${toSafeText(name)} ${latency(ms / 1000)}`
}
