/** The things that are waited for: who holds each, and who stands in its queue, in order. */
import { type Locked, tagOf } from './lock.ts'
import { bitOf, conflictsOf, type ModeSet } from './modes.ts'
import type { Party, Wait } from './party.ts'

/** Someone in a queue. */
export interface Waiter {
  readonly party: Party
  readonly wait: Wait
  readonly mode: string
  /** What the party holds of the very same thing already. */
  readonly held: ModeSet
}

/** A locked thing that at least one party waits for. */
export interface Thing {
  readonly tag: string
  /** What it is, by the lock of one who waits. */
  readonly locked: Locked
  /** Each party once, with all modes that it holds. */
  readonly holders: ReadonlyMap<Party, ModeSet>
  /** Front first. */
  readonly queue: readonly Waiter[]
}

/** The things that the parties wait for, by tag. */
export function thingsOf(parties: readonly Party[]): ReadonlyMap<string, Thing> {
  const queues = new Map<string, { party: Party; wait: Wait }[]>()
  for (const party of parties) {
    for (const wait of party.waits) {
      const tag = tagOf(wait.lock)
      const queue = queues.get(tag) ?? []
      queue.push({ party, wait })
      queues.set(tag, queue)
    }
  }
  const holders = holdersOf(parties, queues)
  const things = new Map<string, Thing>()
  for (const [tag, waiting] of queues) {
    const held = holders.get(tag) ?? new Map<Party, ModeSet>()
    const queue = queueOf(waiting, held)
    const [front] = queue
    if (front !== undefined) {
      things.set(tag, { tag, locked: front.wait.lock, holders: held, queue })
    }
  }
  return things
}

/** Who holds the thing in a mode that this waiter cannot share, its own group left out. */
export function hardBlockersOf(thing: Thing, { party, mode }: Waiter): readonly Party[] {
  return holdersAgainst(thing, mode).filter((holder) => holder !== party)
}

/** Who holds the thing in a mode that conflicts with this one. */
export function holdersAgainst({ holders }: Thing, mode: string): readonly Party[] {
  const conflicts = conflictsOf(mode)
  const against: Party[] = []
  for (const [party, held] of holders) {
    if ((held & conflicts) !== 0) {
      against.push(party)
    }
  }
  return against
}

/** Who is only ahead in the queue, with a request that this waiter cannot share: front first, each party once. */
export function softBlockersOf(thing: Thing, waiter: Waiter): readonly Party[] {
  const conflicts = conflictsOf(waiter.mode)
  const blockers = new Set<Party>()
  for (const ahead of thing.queue) {
    if (ahead === waiter) {
      break
    }
    const isHard = ((thing.holders.get(ahead.party) ?? 0) & conflicts) !== 0
    if (ahead.party !== waiter.party && !isHard && (bitOf(ahead.mode) & conflicts) !== 0) {
      blockers.add(ahead.party)
    }
  }
  return [...blockers]
}

/** Who holds the things that are waited for. */
function holdersOf(
  parties: readonly Party[],
  waited: { has(tag: string): boolean },
): ReadonlyMap<string, Map<Party, ModeSet>> {
  const holders = new Map<string, Map<Party, ModeSet>>()
  for (const party of parties) {
    for (const lock of party.locks) {
      const tag = lock.granted ? tagOf(lock) : ''
      if (waited.has(tag)) {
        const held = holders.get(tag) ?? new Map<Party, ModeSet>()
        held.set(party, (held.get(party) ?? 0) | bitOf(lock.mode))
        holders.set(tag, held)
      }
    }
  }
  return holders
}

function queueOf(
  waiting: readonly { readonly party: Party; readonly wait: Wait }[],
  holders: ReadonlyMap<Party, ModeSet>,
): readonly Waiter[] {
  const arrivals = waiting
    .map(({ party, wait }) => ({ party, wait, mode: wait.lock.mode, held: holders.get(party) ?? 0 }))
    .toSorted((a, b) => compareArrival(a.wait, b.wait))
  return arrivals.some(({ wait }) => wait.blockedBy !== null) ? asTold(arrivals) : asQueued(arrivals, holders)
}

function compareArrival(a: Wait, b: Wait): number {
  if (a.since !== b.since) {
    return a.since === null ? 1 : b.since === null ? -1 : a.since < b.since ? -1 : 1
  }
  return a.pid - b.pid
}

/**
 * The order that the server makes of the arrivals: one who holds the thing already in a mode that an earlier waiter
 * cannot share goes in front of that waiter (ProcSleep in proc.c). That waiter may have given up since: it shows when
 * one behind him has nobody else in his way, for nobody waits for nothing.
 */
function asQueued(arrivals: readonly Waiter[], holders: ReadonlyMap<Party, ModeSet>): readonly Waiter[] {
  const queue: Waiter[] = []
  for (const arrival of arrivals) {
    const rivals = arrival.held === 0 ? [] : queue.filter(({ party }) => party !== arrival.party)
    const next = rivals.find(
      (rival) =>
        (conflictsOf(rival.mode) & arrival.held) !== 0 ||
        ((conflictsOf(rival.mode) & bitOf(arrival.mode)) !== 0 && !isHeldUp(rival, queue, holders)),
    )
    queue.splice(next === undefined ? queue.length : queue.indexOf(next), 0, arrival)
  }
  return queue
}

/** Whether somebody holds or, ahead in the queue, wants what the waiter cannot share. */
function isHeldUp(waiter: Waiter, queue: readonly Waiter[], holders: ReadonlyMap<Party, ModeSet>): boolean {
  const conflicts = conflictsOf(waiter.mode)
  const isInTheWay = (party: Party, modes: ModeSet) => party !== waiter.party && (modes & conflicts) !== 0
  const ahead = queue.slice(0, queue.indexOf(waiter))
  return (
    [...holders].some(([party, modes]) => isInTheWay(party, modes)) ||
    ahead.some(({ party, mode }) => isInTheWay(party, bitOf(mode)))
  )
}

/** The order of arrivals, mended where the server told that one is ahead of another, or is not. */
function asTold(arrivals: readonly Waiter[]): readonly Waiter[] {
  const queue: Waiter[] = []
  const placed = new Set<Waiter>()
  const asked = arrivals.filter(({ wait }) => wait.blockedBy !== null)
  const told = new Map(asked.map((waiter) => [waiter, new Set(waiter.wait.blockedBy)]))
  // Whether `waiter` sees `other` ahead; null where that is not told. A holder is listed wherever he stands.
  const sees = (waiter: Waiter, other: Waiter): boolean | null => {
    const conflicts = conflictsOf(waiter.mode)
    const isTold = (bitOf(other.mode) & conflicts) !== 0 && (other.held & conflicts) === 0
    return isTold ? (told.get(waiter)?.has(other.party.pids[0] ?? 0) ?? null) : null
  }
  const place = (waiter: Waiter): void => {
    if (placed.has(waiter)) {
      return
    }
    placed.add(waiter)
    for (const other of told.has(waiter) ? arrivals : asked) {
      const isAhead = sees(waiter, other) === true || sees(other, waiter) === false
      if (other.party !== waiter.party && isAhead) {
        place(other)
      }
    }
    queue.push(waiter)
  }
  for (const arrival of arrivals) {
    place(arrival)
  }
  return queue
}
