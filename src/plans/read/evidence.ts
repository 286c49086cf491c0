import type { Draft } from './objects.ts'
import { isObject } from './objects.ts'

/** A node while it is being read. */
export interface DraftNode {
  readonly properties: Draft
  readonly workers: Draft[]
  readonly children: DraftNode[]
}

/** What one plan in text gives away about how it was made. */
export interface Evidence {
  /** The oldest and newest major version that prints such lines. */
  readonly since: number
  readonly until: number
  readonly analyze: boolean
  readonly timing: boolean
  readonly costs: boolean
  readonly verbose: boolean
  readonly buffers: boolean
  readonly ioTimings: boolean
  readonly wal: boolean
}

/** What the properties of some node or group prove, each a key and the version it came with. */
const SINCE: Readonly<Record<string, number>> = {
  'HashAgg Batches': 13,
  'WAL Records': 13,
  'WAL Bytes': 13,
  'Full-sort Groups': 13,
  'Cache Key': 14,
  'Query Identifier': 14,
  'Async Capable': 14,
  'Run Condition': 15,
  'Temp I/O Read Time': 15,
  'Temp I/O Write Time': 15,
  'Shared I/O Read Time': 16,
  'Shared I/O Write Time': 16,
  'Local I/O Read Time': 17,
  'Local I/O Write Time': 17,
  Serialization: 17,
  'Memory Used': 17,
  'Index Searches': 18,
  Disabled: 18,
  Storage: 18,
  Window: 18,
  'WAL Buffers Full': 18,
}

/** `decimals` says whether actual rows have a fraction, as they have from 18 on; null where there are none. */
export function evidenceOf(
  nodes: readonly DraftNode[],
  statement: Draft,
  decimals: boolean | null,
): Evidence {
  const planning = isObject(statement.Planning) ? [statement.Planning] : []
  const workers = nodes.flatMap((node) => node.workers)
  const drafts = [...nodes.map((node) => node.properties), ...workers, statement, ...planning]
  const has = (key: string) => drafts.some((draft) => Object.hasOwn(draft, key))
  const hasLike = (pattern: RegExp) =>
    drafts.some((draft) => Object.keys(draft).some((key) => pattern.test(key)))
  const analyze = has('Actual Loops')
  const known = Object.entries(SINCE).filter(([key]) => has(key))
  let since = Math.max(statement.Planning === undefined ? 9 : 13, ...known.map(([, version]) => version))
  let until: number =
    has('I/O Read Time') || has('I/O Write Time') || has('Params Evaluated') ? 16 : Number.POSITIVE_INFINITY
  if (decimals === true) since = Math.max(since, 18)
  if (decimals === false) until = Math.min(until, 17)
  for (const { properties } of nodes) {
    const name = String(properties['Subplan Name'] ?? '')
    if (/^InitPlan \d+ \(returns \$/.test(name)) until = Math.min(until, 16)
    else if (/^InitPlan \d+$/.test(name)) since = Math.max(since, 17)
    // Only from 14 on does a statement that returns nothing plan no rows.
    const plansNothing = properties['Plan Rows'] === 0 && properties['Plan Width'] === 0
    if (properties['Node Type'] === 'ModifyTable' && plansNothing) since = Math.max(since, 14)
  }
  return {
    since,
    until,
    analyze,
    timing: has('Actual Total Time'),
    costs: has('Total Cost'),
    verbose: has('Output'),
    buffers: hasLike(/^(?:Shared|Local|Temp) (?:Hit|Read|Dirtied|Written) Blocks$/),
    ioTimings: hasLike(/I\/O (?:Read|Write) Time$/),
    wal: hasLike(/^WAL /),
  }
}
