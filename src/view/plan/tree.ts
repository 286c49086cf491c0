/** A plan as rows, one for each node: its branches and what it cost on its own. */
import type { PlanModel } from '#src/plans/model/model.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { numberIn } from '#src/plans/model/values.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { count, latency, percent } from '#src/text/units.ts'
import type { Glyphs } from '#src/theme/theme.ts'
import { bar } from '../spark.ts'
import { subplanTag, titleOf } from './titles.ts'

/** From this depth on branches are told by number: they would push everything else off the line. */
const DEEPEST = 20

/** An own time whose rounding is a greater share of it than this is not worth ranking. */
const NOISE = 0.2

/** A misjudgement by less than this is what planners do. */
const WORTH_TELLING = 2

const BAR_CELLS = 10

const EMPTY = safe``

/** A column over the nodes of a plan. */
export interface PlanColumn {
  readonly id: string
  readonly label: SafeText
  readonly align?: 'right'
  readonly cell: (node: PlanNode) => SafeText
}

/** The branches in front of each node, in the order of `PlanModel.nodes`. */
export function branchesOf({ nodes }: PlanModel, glyphs: Glyphs): readonly SafeText[] {
  const below = new Map<PlanNode, SafeText>()
  return nodes.map((node) => {
    const { parent, depth } = node
    if (parent === null) {
      below.set(node, EMPTY)
      return EMPTY
    }
    if (depth > DEEPEST) return safe`${glyphs.ellipsis}${depth} `
    const trunk = below.get(parent) ?? EMPTY
    const isLast = parent.children.at(-1) === node
    below.set(node, safe`${trunk}${isLast ? safe` ` : glyphs.tree.trunk} `)
    return safe`${trunk}${isLast ? glyphs.tree.last : glyphs.tree.branch} `
  })
}

/** The columns that this plan has values for: times where it was timed, else costs. */
export function planColumns(model: PlanModel, glyphs: Glyphs): readonly PlanColumn[] {
  const branches = branchesOf(model, glyphs)
  const wholeMs = model.executionMs ?? model.rootMs ?? 0
  return [
    {
      id: 'node',
      label: safe`node`,
      cell: (node) => safe`${branches[node.index] ?? EMPTY}${subplanTag(node)}${titleOf(node)}`,
    },
    ...(model.hasTiming ? timeColumns(wholeMs, glyphs) : [costColumn]),
    ...(model.isExecuted ? [rowsColumn] : [plannedRowsColumn]),
    ...(model.isExecuted ? [estimateColumn(glyphs)] : []),
    ...(model.hasBuffers ? [blocksColumn('hit'), blocksColumn('read'), spillColumn] : []),
    { id: 'note', label: safe`note`, cell: (node) => noteOf(node) },
  ]
}

function timeColumns(wholeMs: number, glyphs: Glyphs): readonly PlanColumn[] {
  const shareOf = ({ exclWallMs }: PlanNode) => (wholeMs === 0 ? 0 : exclWallMs / wholeMs)
  return [
    {
      id: 'self',
      label: safe`self`,
      align: 'right',
      cell: (node) => (node.neverExecuted ? EMPTY : safe`${noiseMark(node)}${ms(node.exclWallMs)}`),
    },
    {
      id: 'share',
      label: safe`%`,
      align: 'right',
      cell: (node) => (node.neverExecuted ? EMPTY : percent(shareOf(node))),
    },
    { id: 'bar', label: EMPTY, cell: (node) => bar(shareOf(node), BAR_CELLS, glyphs) },
    {
      id: 'total',
      label: safe`total`,
      align: 'right',
      cell: (node) => (node.neverExecuted ? EMPTY : ms(node.inclWallMs)),
    },
  ]
}

const costColumn: PlanColumn = {
  id: 'cost',
  label: safe`cost`,
  align: 'right',
  cell: ({ raw }) => {
    const cost = numberIn(raw.properties, 'Total Cost')
    return cost === null ? EMPTY : toSafeText(cost.toFixed(2))
  },
}

const plannedRowsColumn: PlanColumn = {
  id: 'rows',
  label: safe`rows`,
  align: 'right',
  cell: ({ raw }) => {
    const rows = numberIn(raw.properties, 'Plan Rows')
    return rows === null ? EMPTY : count(rows)
  },
}

/** Rows in all, and over how many loops. */
const rowsColumn: PlanColumn = {
  id: 'rows',
  label: safe`rows`,
  align: 'right',
  cell: ({ rowsTotal, loops, neverExecuted }) => {
    if (neverExecuted || rowsTotal === null) return EMPTY
    return loops === null || loops === 1 ? count(rowsTotal) : safe`${count(rowsTotal)} in ${count(loops)}`
  },
}

/** How many times as many rows came as were expected, or as few. */
function estimateColumn(glyphs: Glyphs): PlanColumn {
  return {
    id: 'estimate',
    label: safe`est`,
    align: 'right',
    cell: ({ estimate, underLimit }) => {
      if (estimate?.applicable !== true || (underLimit && estimate.direction === 'over')) return EMPTY
      const { direction, factor } = estimate.spread ?? estimate
      if (direction === 'exact' || factor < WORTH_TELLING) return EMPTY
      const text = factor < 10 ? factor.toFixed(1) : count(factor)
      return toSafeText(`${direction === 'under' ? glyphs.up : glyphs.down}${text}x`)
    },
  }
}

function blocksColumn(what: 'hit' | 'read'): PlanColumn {
  const key = what === 'hit' ? 'Hit Blocks' : 'Read Blocks'
  return {
    id: what,
    label: toSafeText(what),
    align: 'right',
    cell: ({ exclBuffers }) =>
      blocks((exclBuffers[`Shared ${key}`] ?? 0) + (exclBuffers[`Local ${key}`] ?? 0)),
  }
}

/** Blocks of temporary files: what did not fit into work_mem. */
const spillColumn: PlanColumn = {
  id: 'temp',
  label: safe`temp`,
  align: 'right',
  cell: ({ exclBuffers }) =>
    blocks((exclBuffers['Temp Read Blocks'] ?? 0) + (exclBuffers['Temp Written Blocks'] ?? 0)),
}

function blocks(amount: number): SafeText {
  return amount === 0 ? EMPTY : count(amount)
}

/** What a reader must know to take the numbers of the row for what they are. */
function noteOf(node: PlanNode): SafeText {
  const notes = [
    node.neverExecuted ? 'never executed' : null,
    node.participants === 1 || node.neverExecuted ? null : `${trimmed(node.participants)} processes`,
    ...node.pays.flatMap(({ node: sub, ms: paid }) =>
      paid > 0 ? [`paid ${sub.subplan ?? sub.path} ${ms(paid)}`] : [],
    ),
    node.isAmbiguous ? `self may be ${ms(node.exclWallMinMs)} to ${ms(node.exclWallMaxMs)}` : null,
    ...node.removed
      .filter(({ total }) => total > 0)
      .map(({ key, total }) => `${count(total)} ${key.replace(/^Rows /, '').toLowerCase()}`),
  ]
  return toSafeText(notes.filter((note) => note !== null).join(', '))
}

function noiseMark({ exclWallMs, roundingEpsMs }: PlanNode): SafeText {
  return roundingEpsMs > exclWallMs * NOISE ? safe`~` : EMPTY
}

function ms(value: number): SafeText {
  return latency(value / 1000)
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(1)))
}
