/** Who blocks whom, and what would free them: all that is told of locks anywhere is told from here. */
import type { ServerFacts } from '#queries/define.ts'
import { LOCKS_ROWS } from '#queries/locks.ts'
import { blockersOf, type Dispute, disputeOf, type Edge, hasHiddenBlockers } from './blockers.ts'
import { forestOf, type Tree, type TreeNode } from './forest.ts'
import { isWaiting, type LocksRow, type Party, partiesOf } from './party.ts'
import { behind, type Ending, type Release, release } from './release.ts'

/** The locks of one snapshot of the `locks` entry, sorted out. */
export class LockAnalysis {
  readonly dispute: Dispute
  readonly trees: readonly Tree[]
  /** The parties that wait, and those that they wait for; in the order of the trees. */
  readonly parties: readonly Party[]
  /** Parties that wait. Parallel workers count as their leader. */
  readonly waiting: readonly Party[]
  /** How many wait, also of those whose rows were not read. */
  readonly waitingCount: number
  /** The longest wait, s; null without any. */
  readonly longestSeconds: number | null
  /** False where the server has more waiters than it was asked for. */
  readonly isComplete: boolean
  readonly #nodes = new Map<Party, TreeNode>()
  readonly #byId: ReadonlyMap<string, Party>
  readonly #releases = new Map<string, Release>()
  readonly #behind = new Map<string, number>()

  constructor(rows: readonly LocksRow[], { inRecovery }: Pick<ServerFacts, 'inRecovery'>) {
    this.dispute = disputeOf(partiesOf(rows, inRecovery))
    this.trees = forestOf(this.dispute)
    for (const { roots } of this.trees) {
      const open = [...roots].reverse()
      for (let node = open.pop(); node !== undefined; node = open.pop()) {
        this.#nodes.set(node.party, node)
        open.push(...node.children.toReversed())
      }
    }
    this.parties = [...this.#nodes.keys()]
    this.waiting = this.parties.filter(isWaiting)
    const seconds = this.trees.flatMap(({ longestSeconds }) => longestSeconds ?? [])
    this.longestSeconds = seconds.length === 0 ? null : Math.max(...seconds)
    const told = this.waiting.reduce((sum, { waits }) => sum + waits.length, 0)
    const total = Number(rows[0]?.total_waiters ?? 0)
    this.isComplete = total <= told && rows.length < LOCKS_ROWS
    this.waitingCount = this.isComplete ? this.waiting.length : Math.max(total, this.waiting.length)
    this.#byId = new Map(this.parties.map((party) => [party.id, party]))
  }

  /** The party with this id, while it has a part in a dispute. */
  partyById(id: string): Party | undefined {
    return this.#byId.get(id)
  }

  /** The party that a pid belongs to, as itself or as a parallel worker. */
  partyOfPid(pid: number): Party | undefined {
    const party = this.dispute.partyOfPid(pid)
    return party === undefined || !this.#nodes.has(party) ? undefined : party
  }

  /** Where a party stands in the forest. */
  nodeOf(party: Party): TreeNode | undefined {
    return this.#nodes.get(party)
  }

  /** Everybody whom a party waits for. */
  blockersOf(party: Party): readonly Edge[] {
    return blockersOf(this.dispute, party)
  }

  /** What ending these parties frees; worked out once. */
  release(targets: readonly Party[], ending: Ending = 'terminate'): Release {
    const key = `${ending} ${targets.map(({ id }) => id).join(' ')}`
    const known = this.#releases.get(key) ?? release(this.dispute, targets, ending)
    this.#releases.set(key, known)
    return known
  }

  /**
   * Whether what ending these parties frees may be less: a waiter may have blockers that do not show; and a statement
   * that is cancelled in the midst of its transaction gives back only what it locked since the last savepoint.
   */
  isAtMost(targets: readonly Party[], ending: Ending = 'terminate'): boolean {
    const { total } = this.release(targets, ending)
    const keeps = ({ row, waits }: Party) =>
      waits.length === 0 && row.xact_start !== null && row.xact_start !== row.query_start
    return (
      (ending === 'cancel' && targets.some(keeps)) ||
      total.some((party) => {
        const node = this.nodeOf(party)
        return [node?.edge ?? null, ...(node?.otherBlockers ?? [])].some(
          (edge) => edge !== null && hasHiddenBlockers(edge),
        )
      })
    )
  }

  /** Everybody who has one of these parties in the chain of those he waits for. */
  behind(targets: readonly Party[]): ReadonlySet<Party> {
    return behind(this.dispute, targets)
  }

  /** How many have this party in their chain. Of many holders of the same things all have the same behind them. */
  countBehind(party: Party): number {
    const { heldBy, placesOf, snapshotWaiters } = this.dispute
    const isPlain = !placesOf.has(party) && !snapshotWaiters.has(party)
    const held = (heldBy.get(party) ?? []).map(({ tag, holders }) => `${tag}: ${holders.get(party)}`)
    const key = isPlain ? held.join(', ') : party.id
    const known = this.#behind.get(key) ?? behind(this.dispute, [party]).size
    this.#behind.set(key, known)
    return known
  }
}
