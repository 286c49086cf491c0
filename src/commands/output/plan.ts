/** A plan as text: its budget, its tree, and what is wrong with it. */
import type { Finding } from '#src/plans/findings/finding.ts'
import type { PlanModel } from '#src/plans/model/model.ts'
import { numberIn } from '#src/plans/model/values.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { latency, things } from '#src/text/units.ts'
import { cellWidth } from '#src/text/width.ts'
import { wrap } from '#src/text/wrap.ts'
import { createTheme, type StyledText } from '#src/theme/theme.ts'
import { cost } from '#src/view/plan/amounts.ts'
import { placedFindingLines } from '#src/view/plan/findings.ts'
import { type PlanColumn, planColumns } from '#src/view/plan/tree.ts'
import { drawTable } from './table.ts'

/** Without looks: what is printed may go into a file. */
export const plainTheme = {
  ...createTheme({ colour: 'none', unicode: true }),
  paint: (_token: unknown, text: SafeText) => text as string as StyledText,
}

/** A plan with what is said of it. */
export interface ToldPlan {
  readonly model: PlanModel
  readonly findings: readonly Finding[]
  /** Whether it was planned without the values of its placeholders. */
  readonly isGeneric: boolean
}

/** The tree, and below it the findings, what saves most on top. */
export function statementText({ model, findings, isGeneric }: ToldPlan, width: number): string {
  const paragraphs = findings.map((finding) => {
    const lines = placedFindingLines(finding, width, plainTheme)
    return `\n${lines.map((line) => `${line.trimEnd()}\n`).join('')}`
  })
  return `${planText(model, isGeneric, width)}${paragraphs.join('')}`
}

/** The budget of a statement in a line or two, and its tree. */
function planText(model: PlanModel, isGeneric: boolean, width: number): string {
  if (model.root === null) return `${toSafeText(model.statement.withoutPlan ?? 'no plan')}\n`
  const { nodes } = model
  const filled = planColumns(model, plainTheme.glyphs)
    .map((column) => ({ column, cells: widest(nodes.map((node) => column.cell(node))) }))
    .filter(({ cells }) => cells > 0)
    .map(({ column, cells }) => ({ column, cells: Math.max(cells, cellWidth(column.label)) }))
  const columns = within(filled, width).filter(({ column, cells }) =>
    nodes.some((node) => column.cell(node, cells) !== ''),
  )
  const table = drawTable(
    columns.map(({ column: { label, align } }) => ({ label, ...(align === undefined ? {} : { align }) })),
    nodes.map((node) => columns.map(({ column, cells }) => column.cell(node, cells))),
    width,
  )
  const told = model.isExecuted ? budgetText(model) : plannedText(model, isGeneric)
  return `${told.length === 0 ? '' : `${wrap(told, width).join('\n')}\n\n`}${table}`
}

interface Placed {
  readonly column: PlanColumn
  readonly cells: number
}

/** Room for a title of ordinary length some branches deep; columns leave before it gets less. */
const NODE_CELLS = 40
/** Fewer cells hold hardly any note. */
const NOTE_CELLS = 20
const GAP = 2

/** The columns that fit a line of `width` cells; names, and notes at its end, take what is left. */
function within(columns: readonly Placed[], width: number): readonly Placed[] {
  const least = ({ column: { id }, cells }: Placed) =>
    id === 'node' ? Math.min(cells, NODE_CELLS) : id === 'note' ? Math.min(cells, NOTE_CELLS) : cells
  const needed = (placed: readonly Placed[]) => placed.reduce((sum, each) => sum + least(each) + GAP, -GAP)
  let chosen = columns
  while (needed(chosen) > width && chosen.some(({ column }) => column.priority > 0)) {
    const worst = chosen.reduce((a, b) => (b.column.priority >= a.column.priority ? b : a))
    chosen = chosen.filter((each) => each !== worst)
  }
  let spare = width - needed(chosen)
  const widened = new Map<string, number>()
  // Notes hold numbers, and are cut nowhere; a name is known by its ends.
  for (const id of ['note', 'node']) {
    const each = chosen.find(({ column }) => column.id === id)
    if (each === undefined) continue
    const given = Math.min(each.cells - least(each), spare)
    spare -= Math.max(0, given)
    widened.set(id, Math.max(LEAST_CELLS, least(each) + given))
  }
  return chosen.map(({ column, cells }) => ({ column, cells: widened.get(column.id) ?? cells }))
}

/** On a line of hardly any cells. */
const LEAST_CELLS = 10

function widest(texts: readonly SafeText[]): number {
  return texts.reduce((most, text) => Math.max(most, cellWidth(text)), 0)
}

/** Its numbers are what the planner expects. */
function plannedText({ root, planningMs }: PlanModel, isGeneric: boolean): SafeText {
  const { properties } = root?.raw ?? { properties: {} }
  const [total, rows] = [numberIn(properties, 'Total Cost'), numberIn(properties, 'Plan Rows')]
  const parts = [
    safe`planned, not executed`,
    isGeneric ? safe`generic plan` : null,
    total === null ? null : safe`cost ${cost(total)}`,
    rows === null ? null : safe`${things(rows, 'row')} expected`,
    part('planning', planningMs),
  ]
  return parts.filter((each) => each !== null).join(', ') as SafeText
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
