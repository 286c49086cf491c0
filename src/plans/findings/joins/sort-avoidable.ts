import { count, things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { isList, textIn } from '../../model/values.ts'
import type { PlanValue } from '../../plan.ts'
import { columnOf, conjunctsOf, equalityOf } from '../conditions.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import { factsOf, relationOf } from '../names.ts'
import type { Rule } from '../rule.ts'
import { unquoted } from '../scans/comparisons.ts'
import { inputsOf } from './sides.ts'
import { certainInclusiveMs, certainMs, isHotspot, savingOf, shareOf } from './times.ts'

const LEAST_SHARE = 0.2
const LEAST_ROWS = 10_000
/** A Limit takes at most this part of what was sorted for it. */
const FEW = 0.1

/**
 * The rows of one table, sorted by its columns. An index in that order spares a Limit the reading of all the others,
 * and together with columns that are compared by equality it finds and orders the rows at once; both are told at their
 * share of time. To read a whole table through an index takes longer than to sort it unless rows and index lie in about
 * the same order, so of a sort of everything it is not said what could go. An index that there is already was not taken for
 * some reason, and nothing is said.
 */
export const sortAvoidable = {
  id: 'sort-avoidable',
  about:
    '10 000 rows or more of one table are sorted by its plain columns, without an index in that order: for a Limit that takes at most a tenth of them, where sort and scan together take a fifth of the execution, or in a sort that takes a fifth on its own.',
  source: 'manual 11.4 (indexes and ORDER BY); pgMustard (sort tip)',
  find: (context) =>
    context.executed.flatMap((node) => {
      const sorted = sortedScanOf(node, context)
      return sorted === null ? [] : judge(sorted, context)
    }),
} satisfies Rule

interface SortedScan {
  readonly sort: PlanNode
  readonly scan: PlanNode
  /** What an index would have: columns that equal something first, then those of the order, as SQL takes them. */
  readonly equal: readonly string[]
  readonly order: readonly SortKey[]
  readonly rows: number
}

interface SortKey {
  readonly column: string
  /** ` COLLATE "C" DESC NULLS LAST`, with a space before it; empty for the default. */
  readonly how: string
}

const SCANS: ReadonlySet<string> = new Set(['Seq Scan', 'Index Scan', 'Index Only Scan', 'Bitmap Heap Scan'])

function sortedScanOf(sort: PlanNode, context: RuleContext): SortedScan | null {
  const [scan] = inputsOf(sort)
  if (sort.type !== 'Sort' || scan === undefined || !SCANS.has(scan.type) || isCatalog(scan)) return null
  const keys = sort.raw.properties['Sort Key']
  const order = isList(keys) ? keys.map((key) => indexKeyOf(key, scan)) : []
  const known = order.filter((key) => key !== null)
  if (known.length === 0 || known.length < order.length || (scan.rowsTotal ?? 0) < LEAST_ROWS) return null
  const equal = equalColumnsOf(scan).filter((column) => known.every((key) => key.column !== column))
  const sorted = { sort, scan, equal, order: known, rows: scan.rowsTotal ?? 0 }
  return hasIndex(sorted, context) ? null : sorted
}

/** PostgreSQL's own tables take no indexes. */
function isCatalog({ relation, raw }: PlanNode): boolean {
  return raw.properties.Schema === 'information_schema' || relation?.startsWith('pg_') === true
}

const KEY =
  /^(?<column>.*?)(?<how>(?: COLLATE (?:"(?:[^"]|"")+"|[\w.]+))?(?: DESC)?(?: NULLS (?:FIRST|LAST))?)$/s

/** A sort key as CREATE INDEX takes it; null for an expression, and for an order by some operator of its own. */
function indexKeyOf(key: PlanValue, scan: PlanNode): SortKey | null {
  const { column = '', how = '' } = (typeof key === 'string' ? KEY.exec(key) : null)?.groups ?? {}
  const found = columnOf(column)
  return found === null || !isOf(scan, found.qualifier) ? null : { column: found.column, how }
}

function equalColumnsOf(scan: PlanNode): readonly string[] {
  const conditions = ['Index Cond', 'Recheck Cond', 'Filter'].flatMap((key) =>
    conjunctsOf(textIn(scan.raw.properties, key) ?? ''),
  )
  const columns = conditions.flatMap((part) => {
    // A list of values has no single order behind it.
    const equality = part.includes(' = ANY ') ? null : equalityOf(part)
    return equality !== null && isOf(scan, equality.qualifier) ? [equality.column] : []
  })
  return [...new Set(columns)]
}

function isOf(scan: PlanNode, qualifier: string | null): boolean {
  return qualifier === null || unquoted(qualifier) === scan.alias
}

function hasIndex({ scan, equal, order }: SortedScan, { facts }: RuleContext): boolean {
  const wanted = [...equal, ...order.map(({ column }) => column)].map(unquoted)
  return (factsOf(scan, facts)?.indexes ?? []).some(
    ({ columns, isPartial }) =>
      !isPartial &&
      wanted.every((column, at) =>
        at < equal.length ? columns.slice(0, equal.length).includes(column) : columns[at] === column,
      ),
  )
}

function judge(sorted: SortedScan, context: RuleContext): readonly Found[] {
  const { sort, scan, equal } = sorted
  if (isForFew(sorted)) {
    const isLong = !context.model.hasTiming || shareOf(context, certainInclusiveMs(sort)) >= LEAST_SHARE
    return isLong ? [foundForLimit(sorted, context)] : []
  }
  if (!isHotspot(context, sort) || shareOf(context, certainMs(sort)) < LEAST_SHARE) return []
  const finds = equal.length > 0
  return [
    {
      ...commonOf(sorted, context),
      savesMs: finds ? savingOf(context, sort.exclWallMs) : null,
      title: `${things(sorted.rows, 'row')} are sorted that an index could give in order`,
      advice: finds
        ? 'An index on the columns compared by equality, then those of the order, would find the rows and give them sorted.'
        : `An index would give this order; to read ${scan.relation ?? 'the table'} through it pays off where the rows lie in about that order or the index holds all columns needed.`,
    },
  ]
}

/** Whether a Limit takes only a few of the rows: the Sort tells how many it handed on. */
function isForFew({ sort, rows }: SortedScan): boolean {
  const above = sort.parent?.type === 'Gather Merge' ? sort.parent.parent : sort.parent
  return above?.type === 'Limit' && (sort.rowsTotal ?? rows) <= rows * FEW
}

/** What the Limit took it also had to read, by and large. */
function foundForLimit(sorted: SortedScan, context: RuleContext): Found {
  const { sort, rows } = sorted
  const taken = sort.rowsTotal ?? 0
  return {
    ...commonOf(sorted, context),
    savesMs: savingOf(context, sort.inclWallMs * (1 - taken / rows)),
    title: `${things(rows, 'row')} are read and sorted for a limit that takes ${count(taken)}`,
    advice:
      'An index in this order would give the first rows at once, without the sort and without the others.',
  }
}

function commonOf({ sort, scan, equal, order, rows }: SortedScan, { facts }: RuleContext) {
  const relation = relationOf(scan, facts)
  const keys = order.map(({ column, how }) => `${column}${how}`)
  return {
    node: sort,
    remedy:
      relation === null
        ? null
        : `CREATE INDEX CONCURRENTLY ON ${relation} (${[...equal, ...keys].join(', ')});`,
    evidence: [
      { label: 'rows sorted', value: rows, unit: 'rows' },
      { label: 'rows handed on', value: sort.rowsTotal ?? rows, unit: 'rows' },
      { label: 'sort key', value: keys.join(', '), unit: 'text' },
    ],
  } satisfies Partial<Found>
}
