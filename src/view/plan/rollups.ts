/** The plan summed up, by relation or by kind of node, as rows and columns of a table. */
import type { PlanModel } from '#src/plans/model/model.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { groupsOf, relationOf, type Sums, sumsOf } from '#src/plans/rollup.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { count, percent } from '#src/text/units.ts'
import type { Glyphs } from '#src/theme/theme.ts'
import { bar } from '../spark.ts'
import type { Cell, SortValue, TableColumn } from '../table/column.ts'
import { amount, blockSize } from './amounts.ts'
import { heatOf } from './cells.ts'
import { selfLabel } from './columns.ts'
import { type Look, type Metric, selfOf, wholeOf } from './look.ts'
import { kindNameOf } from './titles.ts'

export type RollupKind = 'relations' | 'types'

export interface RollupRow extends Sums {
  /** The relation or the kind of node, raw; what is on no relation has its own words. */
  readonly key: string
  /** The same, raw, to be filtered by. */
  readonly name: string
  /** What `self` is of. */
  readonly metric: Metric
  /** Of the whole by the look, 0 to 1; null where it is not known. */
  readonly share: number | null
  /** `self` against that of the greatest row. */
  readonly length: number
  /** Of a relation, by the index that was scanned, the most expensive first. */
  readonly indexes: readonly IndexSums[]
  /** Whether these are the nodes on no relation at all. */
  readonly isRest: boolean
}

export interface IndexSums extends Sums {
  readonly name: string
}

/** A row for each relation, CTE and function that the plan reads or changes, and one for all other nodes. */
export function relationRollup(model: PlanModel, look: Look): readonly RollupRow[] {
  const rest = model.nodes.filter((node) => relationOf(node) === null)
  const groups = [...groupsOf(model.nodes, relationOf)]
  if (groups.length === 0) return []
  return rowsOf(model, look, [
    ...groups.map(([name, nodes]) => ({ name, nodes, isRest: false })),
    ...(rest.length === 0 ? [] : [{ name: REST, nodes: rest, isRest: true }]),
  ])
}

/** A row for each kind of node, named as EXPLAIN's text names it. */
export function typeRollup(model: PlanModel, look: Look): readonly RollupRow[] {
  const groups = [...groupsOf(model.nodes, kindNameOf)]
  return rowsOf(
    model,
    look,
    groups.map(([name, nodes]) => ({ name, nodes, isRest: false })),
  )
}

const REST = 'on no relation (joins, sorts and the like)'

interface Group {
  readonly name: string
  readonly nodes: readonly PlanNode[]
  readonly isRest: boolean
}

function rowsOf(model: PlanModel, look: Look, groups: readonly Group[]): readonly RollupRow[] {
  const part = (node: PlanNode) => selfOf(node, look)
  const whole = wholeOf(model, look)
  const summed = groups.map((group) => ({ ...group, ...sumsOf(group.nodes, part) }))
  const greatest = summed.reduce((most, { self }) => Math.max(most, self ?? 0), 0)
  return summed.map((group) => ({
    ...group,
    // A relation may be called like the rest.
    key: group.isRest ? '' : group.name,
    metric: look.metric,
    share: group.self === null || whole <= 0 ? null : group.self / whole,
    length: greatest === 0 ? 0 : (group.self ?? 0) / greatest,
    indexes: indexesOf(group.nodes, part),
  }))
}

function indexesOf(
  nodes: readonly PlanNode[],
  part: (node: PlanNode) => number | null,
): readonly IndexSums[] {
  return [...groupsOf(nodes, ({ indexName }) => indexName)]
    .map(([name, scans]) => ({ name, ...sumsOf(scans, part) }))
    .sort((a, b) => (b.self ?? 0) - (a.self ?? 0))
}

const BAR_CELLS = 10

export interface RollupLook {
  readonly look: Look
  readonly glyphs: Glyphs
}

/** Sorted by `self` unless a person wants otherwise. What this plan does not tell has no column. */
export function rollupColumns(
  kind: RollupKind,
  { isExecuted, hasBuffers }: PlanModel,
  { look, glyphs }: RollupLook,
): readonly TableColumn<RollupRow>[] {
  return [
    {
      id: 'name',
      label: kind === 'relations' ? safe`relation` : safe`kind of node`,
      width: 28,
      flexible: true,
      priority: 0,
      cell: ({ name, isRest }) =>
        isRest ? { text: toSafeText(name), token: 'dim' } : { text: toSafeText(name) },
      sortValue: ({ name }) => name,
      sortsFirst: 'ascending',
    },
    {
      id: 'bar',
      label: safe``,
      width: 6,
      wideWidth: BAR_CELLS,
      priority: 1,
      cell: ({ length, share }, cells = BAR_CELLS) => cellOf(bar(length, cells, glyphs), share),
      sortValue: ({ self }) => self,
      sortsFirst: 'descending',
    },
    numeric('self', selfLabel(look), 7, 0, ({ self, metric, share }) => [
      self,
      self === null ? EMPTY : cellOf(amount(self, metric), share),
    ]),
    numeric('share', safe`%`, 5, 0, ({ share }) => [
      share,
      share === null ? EMPTY : cellOf(percent(share), share),
    ]),
    numeric('nodes', safe`nodes`, 5, 2, ({ nodes }) => [nodes.length, { text: count(nodes.length) }]),
    ...(isExecuted && look.metric !== 'rows'
      ? [
          numeric('rows', safe`rows`, 5, 1, ({ rows }) => [
            rows,
            rows === null ? EMPTY : { text: count(rows) },
          ]),
        ]
      : []),
    ...(hasBuffers
      ? [
          numeric('hit', safe`hit`, 6, 1, ({ hitBlocks }) => [hitBlocks, blocks(hitBlocks)]),
          numeric('read', safe`read`, 6, 1, ({ readBlocks }) => [readBlocks, blocks(readBlocks)]),
          numeric('temp', safe`temp`, 6, 3, ({ spilledBlocks }) => [spilledBlocks, blocks(spilledBlocks)]),
        ]
      : []),
    ...(kind === 'relations' ? [indexColumn] : []),
  ]
}

const indexColumn: TableColumn<RollupRow> = {
  id: 'indexes',
  label: safe`indexes`,
  width: 20,
  wideWidth: 60,
  priority: 4,
  cell: ({ indexes, metric }) => ({
    text: toSafeText(indexes.map((index) => indexText(index, metric)).join(', ')),
  }),
  sortValue: ({ indexes }) => indexes[0]?.name ?? null,
  sortsFirst: 'ascending',
}

function indexText({ name, self }: IndexSums, metric: Metric): SafeText {
  return self === null ? toSafeText(name) : safe`${toSafeText(name)} ${amount(self, metric)}`
}

const EMPTY: Cell = { text: safe`` }

function numeric(
  id: string,
  label: SafeText,
  width: number,
  priority: number,
  of: (row: RollupRow) => readonly [SortValue, Cell],
): TableColumn<RollupRow> {
  return {
    id,
    label,
    width,
    align: 'right',
    priority,
    cell: (row) => of(row)[1],
    sortValue: (row) => of(row)[0],
    sortsFirst: 'descending',
  }
}

function blocks(amountOf: number): Cell {
  return amountOf === 0 ? EMPTY : { text: blockSize(amountOf) }
}

function cellOf(text: SafeText, share: number | null): Cell {
  const token = heatOf(share ?? 0)
  return token === undefined ? { text } : { text, token }
}
