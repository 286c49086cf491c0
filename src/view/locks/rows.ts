/** The rows of the Locks screen: what each stands for, and how it is found again in the next answer. */
import type { LockAnalysis } from '#src/locks/analysis.ts'
import type { Edge } from '#src/locks/blockers.ts'
import type { Tree } from '#src/locks/forest.ts'
import type { Mode } from '#src/locks/modes.ts'
import type { Party } from '#src/locks/party.ts'
import type { Thing } from '#src/locks/thing.ts'
import { type SafeText, safe } from '#src/text/safe.ts'

/** Of alike waiters the first is drawn; from so many others on these are drawn as one row. */
export const TOGETHER = 3

interface RowBase {
  /** Follows the row across snapshots. */
  readonly key: string
  /** Branches in front of the first column. */
  readonly prefix: SafeText
  /** The tree that it belongs to. */
  readonly tree: Tree | null
}

/** A row of the Locks screen. */
export type LocksTableRow =
  /** A party: at the top, or with the edge by which it hangs. */
  | (RowBase & {
      readonly kind: 'party'
      readonly party: Party
      readonly edge: Edge | null
      /** Rows below that are not drawn. */
      readonly folded: number
      readonly canFold: boolean
      /** Its place in a queue, from 1; null elsewhere. */
      readonly place: number | null
      /** What it holds of the thing above it, strongest first; null where it stands for itself. */
      readonly held: readonly Mode[] | null
      /** The key of the opened group of alike waiters that it is one of; null elsewhere. */
      readonly group: string | null
    })
  /** Waiters that differ in nothing but who they are. */
  | (RowBase & { readonly kind: 'more'; readonly parties: readonly Party[]; readonly edge: Edge | null })
  /** One shown elsewhere that waits for the party above as well. */
  | (RowBase & { readonly kind: 'also'; readonly party: Party; readonly edge: Edge })
  /** A thing that is waited for, above its holders and its queue. */
  | (RowBase & { readonly kind: 'thing'; readonly thing: Thing; readonly folded: number })

/** What a person has opened and closed, by keys of rows. */
export interface Folding {
  /** Trees and things that show only their top. */
  readonly closed: Pick<ReadonlySet<string>, 'has'>
  /** Groups of alike waiters that show each of them. */
  readonly opened: Pick<ReadonlySet<string>, 'has'>
}

/** As a person has left it. */
export interface ChosenFolding extends Folding {
  readonly closed: ReadonlySet<string>
  readonly opened: ReadonlySet<string>
}

export const UNFOLDED: ChosenFolding = { closed: new Set(), opened: new Set() }

/** The identity of a party: pid and backend start, or the name of a prepared transaction. */
export function keyOf({ id, row }: Party): string {
  return row.pid === null ? id : `${row.pid} ${row.backend_start ?? ''}`
}

/** Every waiter, the longest wait first, with the way up to its root. */
export function waiterRows(analysis: LockAnalysis): readonly LocksTableRow[] {
  return analysis.trees
    .flatMap((tree) => tree.waiting.map((party) => ({ tree, party })))
    .toSorted((a, b) => (b.party.waits[0]?.seconds ?? -1) - (a.party.waits[0]?.seconds ?? -1))
    .map(({ tree, party }) => ({
      kind: 'party',
      key: keyOf(party),
      prefix: safe``,
      tree,
      party,
      edge: analysis.nodeOf(party)?.edge ?? null,
      folded: 0,
      canFold: false,
      place: null,
      held: null,
      group: null,
    }))
}
