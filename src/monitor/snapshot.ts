/** What a watched entry last answered, and how old and how trustworthy that is. */
import type { Entry, Row, Value } from '#queries/define.ts'
import type { Failure } from '#src/server/contract.ts'

/** Counter growth per second, by column id; a column is absent when its rate cannot be known. */
export type Rates = Readonly<Record<string, number>>

/** One immutable state of a watched entry. A new one is made for every attempt; equal rows are not shared. */
export interface Snapshot<R = Row> {
  /** Rows of the last attempt that worked. */
  readonly rows: readonly R[]
  /** Grows by one with every attempt that worked; 0 before the first. */
  readonly sequence: number
  /** `performance.now()` when `rows` arrived; null before the first. */
  readonly atMs: number | null
  /** The client's wall clock (ms since the epoch) when `rows` arrived; for display only. */
  readonly wallMs: number | null
  /** How long the last attempt that worked took, in ms, network included. */
  readonly tookMs: number
  /** Why the newest attempt failed, while `rows` are still those of an earlier one. */
  readonly failure: Failure | null
  /** Why `rows` came by the entry's second way. */
  readonly fallback: Failure | null
  /** Rates since the snapshot before, by row key (`rowKey`). */
  readonly rates: ReadonlyMap<string, Rates>
}

/** The snapshot of an entry that was never asked. */
export const NO_SNAPSHOT: Snapshot<never> = {
  rows: [],
  sequence: 0,
  atMs: null,
  wallMs: null,
  tookMs: 0,
  failure: null,
  fallback: null,
  rates: new Map(),
}

/** The key that follows a row across snapshots: its identity columns joined, or '' for an entry of one row. */
export function rowKey(entry: Entry, row: Row): string {
  const [first, second] = entry.identity
  if (first === undefined) {
    return ''
  }
  if (entry.identity.length === 2 && second !== undefined) {
    return `${part(row[first])} ${part(row[second])}`
  }
  return entry.identity.map((id) => part(row[id])).join(' ')
}

function part(value: Value | undefined): string {
  return value === null || value === undefined ? '' : String(value)
}
