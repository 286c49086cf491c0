/** Whom each party waits for: every edge, and the few of them that make a tree. */
import type { Lock, Locked } from './lock.ts'
import { conflict } from './modes.ts'
import { isWaiting, type Party, type Wait } from './party.ts'
import { hardBlockersOf, holdersAgainst, softBlockersOf, type Thing, thingsOf, type Waiter } from './thing.ts'

/** `hard`: the blocker holds what the waiter cannot share. `soft`: it is only ahead in the queue. */
export type EdgeKind = 'hard' | 'soft'

/** One party waits for another. */
export interface Edge {
  readonly waiter: Party
  readonly blocker: Party
  readonly kind: EdgeKind
  /** What it is about; null for a safe snapshot. */
  readonly thing: Thing | null
}

/** Who waits for whom over which things; the ground that all answers are worked out on. */
export interface Dispute {
  readonly parties: readonly Party[]
  readonly things: ReadonlyMap<string, Thing>
  /** The places of a party in queues. */
  readonly placesOf: ReadonlyMap<Party, readonly Place[]>
  /** The things that a party holds in some mode. */
  readonly heldBy: ReadonlyMap<Party, readonly Thing[]>
  /** Waiters for a safe snapshot, by the party that keeps them from it. */
  readonly snapshotWaiters: ReadonlyMap<Party, readonly Party[]>
  partyOfPid(pid: number): Party | undefined
}

/** One place in a queue. */
export interface Place {
  readonly thing: Thing
  readonly waiter: Waiter
}

/** Sorts out the parties. Linear in the locks, but for queues whose order the server tells in pieces (13). */
export function disputeOf(parties: readonly Party[]): Dispute {
  const things = thingsOf(parties)
  const placesOf = new Map<Party, Place[]>()
  const heldBy = new Map<Party, Thing[]>()
  for (const thing of things.values()) {
    for (const waiter of thing.queue) {
      append(placesOf, waiter.party, { thing, waiter })
    }
    for (const party of thing.holders.keys()) {
      append(heldBy, party, thing)
    }
  }
  const byPid = new Map(parties.flatMap((party) => party.pids.map((pid) => [pid, party] as const)))
  const snapshotWaiters = new Map<Party, Party[]>()
  for (const waiter of parties) {
    for (const pid of waiter.snapshotBlockedBy ?? []) {
      const blocker = byPid.get(pid)
      if (blocker !== undefined) {
        append(snapshotWaiters, blocker, waiter)
      }
    }
  }
  return { parties, things, placesOf, heldBy, snapshotWaiters, partyOfPid: (pid) => byPid.get(pid) }
}

/**
 * Everybody whom a party waits for, as pg_blocking_pids() and pg_safe_snapshot_blocking_pids() would have it: hard
 * ones first, then those ahead from the front of the queue. Linear in holders and queue.
 */
export function blockersOf(dispute: Dispute, waiter: Party): readonly Edge[] {
  const places = dispute.placesOf.get(waiter) ?? []
  const hard = places.flatMap(({ thing, waiter: place }) =>
    hardBlockersOf(thing, place).map((blocker): Edge => ({ waiter, blocker, kind: 'hard', thing })),
  )
  const soft = places.flatMap(({ thing, waiter: place }) =>
    softBlockersOf(thing, place).map((blocker): Edge => ({ waiter, blocker, kind: 'soft', thing })),
  )
  return distinct([...snapshotEdges(dispute, waiter), ...hard, ...soft])
}

/** Every edge between any two parties. The square of the waiters in a long queue: for export, not for each refresh. */
export function allEdges(dispute: Dispute): readonly Edge[] {
  return dispute.parties.flatMap((party) => blockersOf(dispute, party))
}

/**
 * The edges that a tree is made of: where anybody holds what is in the way, those hard ones; else the soft one to the
 * nearest ahead. Of waiters for one thing in one mode, who have the same holders in their way, only the first has
 * all of them and the others the first of them, so that there are never more edges than locks.
 */
export function reducedEdges(dispute: Dispute): ReadonlyMap<Party, readonly Edge[]> {
  const edges = new Map<Party, Edge[]>()
  for (const waiter of dispute.parties) {
    const own = snapshotEdges(dispute, waiter)
    if (own.length > 0) {
      edges.set(waiter, [...own])
    }
  }
  for (const thing of dispute.things.values()) {
    const known = new Map<string, readonly Party[]>()
    const lastOf = new Map<string, Waiter>()
    for (const place of thing.queue) {
      const { party: waiter, mode } = place
      const shared = known.get(mode)
      const against = shared ?? inOrder(holdersAgainst(thing, mode))
      known.set(mode, against)
      const first = against.find((holder) => holder !== waiter)
      const shown =
        shared === undefined
          ? against.filter((holder) => holder !== waiter)
          : first === undefined
            ? []
            : [first]
      const nearest = first === undefined ? nearestAhead(thing, place, lastOf) : undefined
      // Set anew, so that the modes stand in the order of their last places.
      lastOf.delete(mode)
      lastOf.set(mode, place)
      append(
        edges,
        waiter,
        ...shown.map((blocker): Edge => ({ waiter, blocker, kind: 'hard', thing })),
        ...(nearest === undefined ? [] : [{ waiter, blocker: nearest, kind: 'soft', thing } as const]),
      )
    }
  }
  for (const [waiter, list] of edges) {
    edges.set(waiter, distinct(list))
  }
  return edges
}

/** The last in front of this place whose request it cannot share; `lastOf`: of those in front, the last of each mode. */
function nearestAhead(thing: Thing, place: Waiter, lastOf: ReadonlyMap<string, Waiter>): Party | undefined {
  const ahead = Array.from(lastOf.values()).filter(({ mode }) => conflict(mode, place.mode))
  // A queue in which its own group stands as well is gone through: what counts is who else does.
  return ahead.some(({ party }) => party === place.party)
    ? softBlockersOf(thing, place).at(-1)
    : ahead.at(-1)?.party
}

/**
 * What a wait is about: the thing; or the row that the waiter has put itself in line for; or the table that it builds an
 * index on.
 */
export function subjectOf(party: Party, { lock }: Wait): Locked {
  if (lock.locktype === 'transactionid') return rowAwaited(party) ?? lock
  return lock.locktype === 'virtualxid' ? (relationBuilt(party) ?? lock) : lock
}

/** Whether more than is known may be in the way, so that the end of the blocker frees the waiter at best. */
export function hasHiddenBlockers(edge: Edge): boolean {
  return mayShareRow(edge) || isAboutSnapshot(edge)
}

/** CREATE INDEX CONCURRENTLY and the like look for the next old transaction when one has ended (WaitForOlderSnapshots). */
export function isAboutSnapshot({ thing }: Edge): boolean {
  return thing?.locked.locktype === 'virtualxid'
}

/**
 * Whether others may have locked the row as well. A row can be locked for share by several, one of whom may have changed
 * what is no key of it; who waits for it waits for one of them at a time, and only that one does pg_locks tell
 * (multixacts in src/backend/access/heap/README.tuplock). Of lockers of rows the RowShareLock on the relation is known,
 * of those who changed rows the RowExclusiveLock.
 */
export function mayShareRow({ waiter, blocker, thing }: Edge): boolean {
  const row = thing?.locked.locktype === 'transactionid' ? rowAwaited(waiter) : null
  if (row === null) {
    return false
  }
  const known = (mode: string) => [waiter, blocker].filter((party) => holdsOn(party, row, mode)).length
  const isSharer = holdsOn(blocker, row, 'RowShareLock')
  return row.sharers > known('RowShareLock') || (isSharer && row.writers > known('RowExclusiveLock'))
}

function holdsOn({ locks }: Party, row: Locked, wanted: string): boolean {
  return locks.some(
    ({ granted, locktype, mode, relation, database }) =>
      granted &&
      locktype === 'relation' &&
      mode === wanted &&
      relation === row.relation &&
      database === row.database,
  )
}

/** The row that a waiter for a transaction stands first in line for: it holds the lock on the row meanwhile. */
function rowAwaited({ locks }: Party): Lock | null {
  return locks.find(({ granted, locktype }) => granted && locktype === 'tuple') ?? null
}

/** What CREATE INDEX CONCURRENTLY and the like work on while they wait for other transactions. */
function relationBuilt({ locks }: Party): Lock | null {
  return (
    locks.find(
      ({ granted, locktype, mode }) =>
        granted && locktype === 'relation' && mode === 'ShareUpdateExclusiveLock',
    ) ?? null
  )
}

function snapshotEdges(dispute: Dispute, waiter: Party): readonly Edge[] {
  return (waiter.snapshotBlockedBy ?? []).flatMap((pid) => {
    const blocker = dispute.partyOfPid(pid)
    return blocker === undefined ? [] : [{ waiter, blocker, kind: 'hard', thing: null } as const]
  })
}

/** A group can wait for one thing in several of its processes: a blocker counts once for a thing. */
function distinct(edges: readonly Edge[]): Edge[] {
  const told = new Map<Thing | null, Set<Party>>()
  return edges.filter(({ thing, blocker }) => {
    const blockers = told.get(thing) ?? new Set()
    told.set(thing, blockers)
    return blockers.size < blockers.add(blocker).size
  })
}

/** Those who wait for nobody first, then the oldest transaction: the order in which one blames. */
export function inOrder(parties: readonly Party[]): readonly Party[] {
  return parties.toSorted(
    (a, b) =>
      Number(isWaiting(a)) - Number(isWaiting(b)) ||
      compareTexts(transactionStart(a), transactionStart(b)) ||
      compareTexts(a.id, b.id),
  )
}

function transactionStart({ row }: Party): string {
  return row.xact_start ?? row.prepared ?? row.backend_start ?? 'unknown'
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function append<K, V>(map: Map<K, V[]>, key: K, ...values: readonly V[]): void {
  const list = map.get(key)
  if (list === undefined) {
    map.set(key, [...values])
  } else {
    list.push(...values)
  }
}
