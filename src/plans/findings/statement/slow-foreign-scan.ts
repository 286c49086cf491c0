import { count, things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { type ForeignSource, foreignSourcesOf, isForeignScan } from './foreign-source.ts'

const LEAST_ROWS = 1000
/** Of the rows that were sent over, so many times as many as were needed. */
const LEAST_FACTOR = 10
const LEAST_LOOPS = 100

/**
 * Foreign tables are slow by what they send over and by how often they are asked. What should have been left to the
 * other server shows in the plan: a filter, an aggregate or a join that is done here, with few rows left of many. A
 * scan whose remote statement is slow in itself shows no more than its time, so it is not spoken of.
 */
export const slowForeignScan = {
  id: 'slow-foreign-scan',
  about:
    'A Foreign Scan that takes time worth a finding sends 1000 rows or more, ten times what a filter, aggregate or join on this side leaves of them, or asks 100 times or more.',
  source: 'manual F.38 (postgres_fdw: remote query optimization)',
  find: (context) =>
    foreignSourcesOf(context)
      .filter(({ node }) => !context.isStoppedEarly(node))
      .filter(({ ms, roundingMs }) => !context.model.hasTiming || context.isWorth(ms - roundingMs))
      .flatMap((source) => {
        const reason = repeated(source) ?? filtered(source) ?? aggregated(source) ?? joined(source)
        return reason === null ? [] : [findFor(source, reason, context)]
      }),
} satisfies Rule

type Reason = Pick<Found, 'title' | 'advice' | 'evidence'>

function findFor({ node, scans, ms }: ForeignSource, reason: Reason, { model }: RuleContext): Found {
  const [remote = null] = scans.map(({ raw }) => textIn(raw.properties, 'Remote SQL'))
  return {
    node,
    savesMs: model.hasTiming ? ms : null,
    ...reason,
    remedy: null,
    evidence: [
      ...reason.evidence,
      ...(remote === null ? [] : [{ label: 'remote SQL', value: remote, unit: 'text' as const }]),
    ],
  }
}

function repeated({ node: { loops, participants } }: ForeignSource): Reason | null {
  const runs = (loops ?? 0) / participants
  if (runs < LEAST_LOOPS) return null
  return {
    title: `asks the other server ${things(runs, 'time')}`,
    advice:
      'Each row of the outer side asks anew, a round trip each. Correct row estimates (use_remote_estimate, ANALYZE of the foreign table) or a join that the other server can do whole avoid that.',
    evidence: [{ label: 'remote queries', value: runs, unit: 'count' }],
  }
}

function filtered({ sent, rows, scans }: ForeignSource): Reason | null {
  if (!isMuch(sent, rows)) return null
  const [filter = null] = scans.map(({ raw }) => textIn(raw.properties, 'Filter'))
  return {
    title: `sends ${things(sent, 'row')} over, of which a filter here keeps ${count(rows)}`,
    advice:
      'The other server could not be given the filter: it takes built-in, immutable functions and operators of the same collation, and those of extensions that the server lists (extensions).',
    evidence: [
      { label: 'rows sent', value: sent, unit: 'rows' },
      { label: 'rows kept', value: rows, unit: 'rows' },
      ...(filter === null ? [] : [{ label: 'filter here', value: filter, unit: 'text' as const }]),
    ],
  }
}

function aggregated({ node, sent }: ForeignSource): Reason | null {
  const above = consumerOf(node)
  if (above?.type !== 'Aggregate' || !isMuch(sent, above.rowsTotal)) return null
  return {
    title: `sends ${things(sent, 'row')} over, to be aggregated into ${count(above.rowsTotal)} here`,
    advice:
      'The other server did not do the aggregate: see that its functions and all filters can be sent, and that estimates are right (use_remote_estimate). Partitions need enable_partitionwise_aggregate. A larger fetch_size needs fewer round trips.',
    evidence: [
      { label: 'rows sent', value: sent, unit: 'rows' },
      { label: 'rows of the aggregate', value: above.rowsTotal ?? 0, unit: 'rows' },
    ],
  }
}

/** Only where both sides are foreign can the other server do a join, and only if it is the same one, which is not told. */
function joined({ node, sent }: ForeignSource): Reason | null {
  const join = consumerOf(node)
  if (join === null || !/ Join$|^Nested Loop$/.test(join.type)) return null
  const sides = join.children.filter(({ kind }) => kind === 'data')
  if (!sides.every((side) => isForeignScan(throughWrappers(side))) || !isMuch(sent, join.rowsTotal))
    return null
  return {
    title: `sends ${things(sent, 'row')} over, to be joined into ${count(join.rowsTotal)} here`,
    advice:
      'If both foreign tables are of one server, it could join them: see that the condition can be sent and that estimates are right (use_remote_estimate, ANALYZE of the foreign tables).',
    evidence: [
      { label: 'rows sent', value: sent, unit: 'rows' },
      { label: 'rows of the join', value: join.rowsTotal ?? 0, unit: 'rows' },
    ],
  }
}

function isMuch(sent: number, left: number | null): boolean {
  return left !== null && sent >= LEAST_ROWS && sent >= LEAST_FACTOR * left
}

/** Nodes that hand on all rows that they get. */
const WRAPPERS: ReadonlySet<string> = new Set([
  'Sort',
  'Hash',
  'Materialize',
  'Append',
  'Merge Append',
  'Subquery Scan',
])

function consumerOf(node: PlanNode): PlanNode | null {
  let above = node.kind === 'data' ? node.parent : null
  while (above !== null && WRAPPERS.has(above.type)) above = above.kind === 'data' ? above.parent : null
  return above
}

function throughWrappers(node: PlanNode): PlanNode {
  let below = node
  for (let next = below.children[0]; next !== undefined && WRAPPERS.has(below.type); next = below.children[0])
    below = next
  return below
}
