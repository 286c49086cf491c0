/** What happens to the waiters when some parties end: the server's own wake-up, played through. */
import type { Dispute } from './blockers.ts'
import { bitOf, conflictsOf, type ModeSet } from './modes.ts'
import { isWaiting, type Party } from './party.ts'
import type { Thing, Waiter } from './thing.ts'

/** How parties end. A cancelled statement leaves the session, and with it its session-level advisory locks. */
export type Ending = 'cancel' | 'terminate'

/** What becomes of the waiters. Each list in the order of the dispute's parties. */
export interface Release {
  /** They have their lock as soon as the targets have ended. */
  readonly direct: readonly Party[]
  /** These, and all who get theirs when those before them have ended in turn. */
  readonly total: readonly Party[]
  /** They had the targets in their chain and wait on: something else blocks them too. */
  readonly remaining: readonly Party[]
  /** Who holds up those: neither ended nor freed. */
  readonly remainingBlockers: readonly Party[]
}

/**
 * Ends all `targets` together. A lock goes to the first in the queue who conflicts neither with a holder nor with
 * one ahead who must wait on (ProcLockWakeup in proc.c); whoever has it is taken to end in time and to release all.
 */
export function release(dispute: Dispute, targets: readonly Party[], ending: Ending = 'terminate'): Release {
  const scene = new Scene(dispute, targets, ending)
  scene.wake(targets)
  const direct = new Set(scene.takeFreed())
  const total = new Set(direct)
  for (let wave: readonly Party[] = [...direct]; wave.length > 0; ) {
    scene.end(wave)
    scene.wake(wave)
    wave = scene.takeFreed()
    for (const party of wave) {
      total.add(party)
    }
  }
  const affected = behind(dispute, targets)
  const among = (set: ReadonlySet<Party>) => dispute.parties.filter((party) => set.has(party))
  const remaining = [...affected].filter((party) => !total.has(party) && !targets.includes(party))
  return {
    direct: among(direct),
    total: among(total),
    remaining: among(new Set(remaining)),
    remainingBlockers: among(
      new Set(remaining.flatMap((party) => scene.blockersNow(party)).filter((party) => !isWaiting(party))),
    ),
  }
}

/** Everybody who has one of `targets` somewhere in the chain of those he waits for, whether its end frees him or not. */
export function behind(dispute: Dispute, targets: readonly Party[]): ReadonlySet<Party> {
  const reached = new Set<Party>()
  const queue = [...targets]
  const passed = new Map<Thing, Passed>()
  for (let blocker = queue.pop(); blocker !== undefined; blocker = queue.pop()) {
    for (const waiter of waitersOn(dispute, blocker, passed)) {
      if (!reached.has(waiter)) {
        reached.add(waiter)
        queue.push(waiter)
      }
    }
  }
  for (const target of targets) {
    reached.delete(target)
  }
  return reached
}

/** What has been looked at of a queue: a long one is gone through once for a mode, not once for each waiter. */
interface Passed {
  /** Modes whose waiters are all known, since somebody holds them. */
  held: ModeSet
  /** By mode of one who waits: all behind this place are known. */
  readonly behind: Map<string, number>
}

/** Who waits directly for a party, but for those who were told for another one. */
function* waitersOn(dispute: Dispute, blocker: Party, passed: Map<Thing, Passed>): Generator<Party> {
  const passedOf = (thing: Thing): Passed => {
    const known = passed.get(thing) ?? { held: 0, behind: new Map() }
    passed.set(thing, known)
    return known
  }
  yield* dispute.snapshotWaiters.get(blocker) ?? []
  for (const thing of dispute.heldBy.get(blocker) ?? []) {
    const known = passedOf(thing)
    const held = (thing.holders.get(blocker) ?? 0) & ~known.held
    known.held |= held
    yield* conflicting(held === 0 ? [] : thing.queue, held)
  }
  for (const { thing, waiter } of dispute.placesOf.get(blocker) ?? []) {
    const known = passedOf(thing)
    const from = thing.queue.indexOf(waiter) + 1
    const to = known.behind.get(waiter.mode) ?? thing.queue.length
    known.behind.set(waiter.mode, Math.min(from, to))
    yield* conflicting(thing.queue.slice(from, to), bitOf(waiter.mode))
  }
}

function* conflicting(queue: readonly Waiter[], modes: ModeSet): Generator<Party> {
  for (const { party, mode } of queue) {
    if ((conflictsOf(mode) & modes) !== 0) {
      yield party
    }
  }
}

/** What a transaction holds on its own id, and those who wait for its end cannot share. */
const WRITERS = conflictsOf('ShareLock')

/** The transactions whose end the first in line for a row waits for. */
function transactionsAwaitedIn({ placesOf }: Dispute, { locked, holders }: Thing): readonly Thing[] {
  return locked.locktype === 'tuple'
    ? [...holders.keys()].flatMap((first) =>
        (placesOf.get(first) ?? [])
          .map(({ thing }) => thing)
          .filter((thing) => thing.locked.locktype === 'transactionid'),
      )
    : []
}

/** The lines for rows whose first waits for the end of this transaction. */
function rowsBehind({ heldBy }: Dispute, { locked, queue }: Thing): readonly Thing[] {
  return locked.locktype === 'transactionid'
    ? queue.flatMap(({ party }) =>
        (heldBy.get(party) ?? []).filter((thing) => thing.locked.locktype === 'tuple'),
      )
    : []
}

/** The lock table while parties end one after the other. */
class Scene {
  readonly #dispute: Dispute
  readonly #gone: Set<Party>
  /** Targets that keep their advisory locks. */
  readonly #staying: ReadonlySet<Party>
  readonly #granted = new Map<Thing, Map<Waiter, Party>>()
  /** Of each queue those who still wait, some of them gone. */
  readonly #rest = new Map<Thing, readonly Waiter[]>()
  readonly #waitsLeft = new Map<Party, number>()
  #freed: Party[] = []

  constructor(dispute: Dispute, targets: readonly Party[], ending: Ending) {
    this.#dispute = dispute
    this.#gone = new Set(targets)
    this.#staying = new Set(ending === 'cancel' ? targets : [])
  }

  end(parties: readonly Party[]): void {
    for (const party of parties) {
      this.#gone.add(party)
    }
  }

  /** Those who have got all that they waited for since the last call. */
  takeFreed(): readonly Party[] {
    const freed = this.#freed
    this.#freed = []
    return freed
  }

  /** Hands on what the parties, which are gone, held or stood in line for. */
  wake(parties: readonly Party[]): void {
    const things = parties.flatMap((party) => [
      ...(this.#dispute.heldBy.get(party) ?? []),
      ...(this.#dispute.placesOf.get(party) ?? []).map(({ thing }) => thing),
    ])
    for (const thing of new Set(things.flatMap((each) => [each, ...rowsBehind(this.#dispute, each)]))) {
      this.#wakeQueue(thing)
    }
    for (const party of parties) {
      for (const waiter of this.#dispute.snapshotWaiters.get(party) ?? []) {
        this.#wakeFromSnapshot(waiter)
      }
    }
  }

  /** Who is still in the way of a party. */
  blockersNow(party: Party): readonly Party[] {
    return (this.#dispute.placesOf.get(party) ?? []).flatMap(({ thing, waiter }) => [
      ...this.#holders(thing)
        .filter(([holder, held]) => holder !== party && (held & conflictsOf(waiter.mode)) !== 0)
        .map(([holder]) => holder),
      ...this.#writersOf(thing).filter((writer) => writer !== party),
    ])
  }

  #wakeQueue(thing: Thing): void {
    const granted = this.#granted.get(thing) ?? new Map<Waiter, Party>()
    this.#granted.set(thing, granted)
    const holders = this.#holders(thing)
    const writers = this.#writersOf(thing)
    const rest = this.#rest.get(thing) ?? thing.queue
    const wanted = thing.queue.reduce((set, { mode }) => set | bitOf(mode), 0)
    const still: Waiter[] = []
    let ahead: ModeSet = 0
    let at = 0
    // Once nobody could pass those who wait on, the rest of a long queue is not looked at.
    for (; at < rest.length && (wanted & ~ahead) !== 0; at += 1) {
      const waiter = rest[at]
      if (waiter === undefined || this.#gone.has(waiter.party)) {
        continue
      }
      const conflicts = conflictsOf(waiter.mode)
      const isHeld =
        holders.some(([party, held]) => party !== waiter.party && (held & conflicts) !== 0) ||
        writers.some((party) => party !== waiter.party)
      if (isHeld || (ahead & bitOf(waiter.mode)) !== 0) {
        ahead |= conflicts
        still.push(waiter)
      } else {
        granted.set(waiter, waiter.party)
        holders.push([waiter.party, bitOf(waiter.mode)])
        this.#freeOne(waiter.party)
      }
    }
    this.#rest.set(thing, [...still, ...rest.slice(at)])
  }

  /** The transactions that it waits for must all have ended. */
  #wakeFromSnapshot(waiter: Party): void {
    const blockers = (waiter.snapshotBlockedBy ?? []).map((pid) => this.#dispute.partyOfPid(pid))
    if (!this.#gone.has(waiter) && blockers.every((each) => each === undefined || this.#gone.has(each))) {
      this.#freed.push(waiter)
    }
  }

  /** A group goes on when each of its processes has what it waits for. */
  #freeOne(party: Party): void {
    const left = (this.#waitsLeft.get(party) ?? party.waits.length) - 1
    this.#waitsLeft.set(party, left)
    if (left === 0) {
      this.#freed.push(party)
    }
  }

  /**
   * Who has changed or locked the row that this thing is the line for: while their transactions last, the next in
   * line has nothing of his turn, he waits for them in the place of the one before him (README.tuplock).
   */
  #writersOf(row: Thing): readonly Party[] {
    return transactionsAwaitedIn(this.#dispute, row).flatMap(({ holders }) =>
      [...holders]
        .filter(([party, held]) => !this.#gone.has(party) && (held & WRITERS) !== 0)
        .map(([party]) => party),
    )
  }

  #holders(thing: Thing): [Party, ModeSet][] {
    const keeps = (party: Party) =>
      !this.#gone.has(party) || (thing.locked.locktype === 'advisory' && this.#staying.has(party))
    const holders = [...thing.holders].filter(([party]) => keeps(party))
    const granted = Array.from(this.#granted.get(thing)?.keys() ?? [])
      .filter(({ party }) => keeps(party))
      .map(({ party, mode }): [Party, ModeSet] => [party, bitOf(mode)])
    return [...holders, ...granted]
  }
}
