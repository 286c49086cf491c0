/** The index that would serve what a scan filters by. */
import { quoteIdentifier } from '#src/text/identifiers.ts'
import type { PlanNode } from '../../model/node.ts'
import type { RuleContext } from '../context.ts'
import type { IndexFacts } from '../facts.ts'
import { factsOf, relationOf } from '../names.ts'
import { type Comparison, unquoted } from './comparisons.ts'
import type { Scan } from './scan.ts'

const EQUALITIES = new Set(['=', 'IS NULL', 'IS TRUE', 'IS NOT TRUE'])
const RANGES = new Set(['<', '<=', '>', '>='])

/**
 * The columns of a B-tree for all of the comparisons: those that are equal to something first, then the one that has a
 * range (manual, 11.3). Null where any part is not known, cannot use a B-tree, or where several have a range: which of
 * these comes first is for someone who knows the data.
 */
export function indexColumnsFor(comparisons: readonly (Comparison | null)[]): readonly string[] | null {
  const equal = new Set<string>()
  const ranged = new Set<string>()
  for (const comparison of comparisons) {
    if (comparison === null) return null
    if (isEquality(comparison)) equal.add(comparison.column)
    else if (RANGES.has(comparison.operator)) ranged.add(comparison.column)
    else return null
  }
  const ranges = [...ranged].filter((column) => !equal.has(column))
  return equal.size + ranges.length === 0 || ranges.length > 1 ? null : [...equal, ...ranges]
}

export function isEquality(comparison: Comparison): boolean {
  return EQUALITIES.has(comparison.operator)
}

/** What is advised of an index: the sentences, and the statement where it can be given. */
export interface IndexAdvice {
  readonly advice: string
  readonly remedy: string | null
}

export interface WantedIndex {
  readonly columns: readonly string[]
  /** Columns that are only carried along (INCLUDE). */
  readonly including?: readonly string[]
  readonly comparisons: readonly (Comparison | null)[]
  /** What it does: `would read only the rows that are kept`. */
  readonly does: string
}

/**
 * Advice for an index on these columns. Where the server tells that there is one already, the advice is to find out
 * why it was not used. Partitions share one advice and have no statement: an index belongs on their parent, whose name
 * the plan does not tell, and CONCURRENTLY does not work there. Neither have the catalogs.
 */
export function adviseIndex(scan: Scan, wanted: WantedIndex, context: RuleContext): IndexAdvice {
  const existing = existingIndex(scan.node, wanted, context)
  if (existing !== null) return adviseExisting(scan.node, existing, context)
  const including = wanted.including ?? []
  const carried = including.length === 0 ? '' : ` INCLUDE (${including.join(', ')})`
  const columns = `(${wanted.columns.join(', ')})${carried}`
  const relations = new Set(scan.members.map((node) => relationOf(node, context.facts)))
  const [relation = null] = relations
  const where = relations.size > 1 ? 'the partitioned table' : (relation ?? 'the table')
  const caveat = wanted.comparisons.some((comparison) => comparison?.isRelabelled === true)
    ? ' That holds where the column cast to text is a varchar.'
    : ''
  const doubt = factsOf(scan.node, context.facts) === null ? ' Look first whether there is one.' : ''
  return {
    advice: `An index on ${columns} of ${where} ${wanted.does}.${caveat}${doubt}`,
    remedy:
      relation === null || relations.size > 1 || isCatalog(scan.node)
        ? null
        : `CREATE INDEX CONCURRENTLY ON ${relation} ${columns};`,
  }
}

/** PostgreSQL's own tables take no indexes. */
function isCatalog({ raw, relation }: PlanNode): boolean {
  const schema = raw.properties.Schema
  return (
    schema === 'pg_catalog' ||
    schema === 'pg_toast' ||
    schema === 'information_schema' ||
    relation?.startsWith('pg_') === true
  )
}

/** Another whole index that begins with these columns, those that are equal to something in any order. */
function existingIndex(node: PlanNode, wanted: WantedIndex, { facts }: RuleContext): IndexFacts | null {
  if ((wanted.including ?? []).length > 0) return null
  const names = wanted.columns.map(unquoted)
  const equal = new Set(
    wanted.comparisons.flatMap((each) => (each !== null && isEquality(each) ? unquoted(each.column) : [])),
  )
  const begins = (columns: IndexFacts['columns']) =>
    names.every((name, at) =>
      equal.has(name) ? columns.slice(0, equal.size).includes(name) : columns[at] === name,
    )
  const indexes = factsOf(node, facts)?.indexes ?? []
  return (
    indexes.find(
      ({ name, isPartial, columns }) => !isPartial && name !== node.indexName && begins(columns),
    ) ?? null
  )
}

function adviseExisting(node: PlanNode, index: IndexFacts, { facts }: RuleContext): IndexAdvice {
  if (index.isValid)
    return {
      advice: `Index ${index.name} has these columns and was not used for them: compare types and collations, statistics, random_page_cost and the enable_ settings.`,
      remedy: null,
    }
  const schema = node.raw.properties.Schema ?? factsOf(node, facts)?.schema
  const name = quoteIdentifier(index.name)
  return {
    advice: `Index ${index.name} has these columns but is invalid: a CREATE INDEX CONCURRENTLY of it failed. Rebuild it.`,
    remedy: `REINDEX INDEX CONCURRENTLY ${typeof schema === 'string' ? `${quoteIdentifier(schema)}.${name}` : name};`,
  }
}
