/** The lock manager in small, as src/backend/storage/lmgr has it: a second opinion, written without a look at ours. */
import fc from 'fast-check'
import type { LocksRow } from '#src/locks/party.ts'
import { advisory, holds, type LockJson, moment, prepared, relation, session, wants } from './make-locks.ts'

/** Table 13.2 of the manual, "Conflicting Lock Modes". */
export const TABLE = `
                           AS RS RX SUX S  SRX X  AX
  AccessShareLock          .  .  .  .   .  .   .  x
  RowShareLock             .  .  .  .   .  .   x  x
  RowExclusiveLock         .  .  .  .   x  x   x  x
  ShareUpdateExclusiveLock .  .  .  x   x  x   x  x
  ShareLock                .  .  x  x   .  x   x  x
  ShareRowExclusiveLock    .  .  x  x   x  x   x  x
  ExclusiveLock            .  x  x  x   x  x   x  x
  AccessExclusiveLock      x  x  x  x   x  x   x  x
`
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.trim().split(/\s+/))

export const MODES = TABLE.map(([mode = '']) => mode)

export function clash(one: string, other: string): boolean {
  return TABLE[MODES.indexOf(one)]?.[MODES.indexOf(other) + 1] === 'x'
}

/** Something that happens: a process asks for a lock, or a transaction ends or is prepared. */
export type Event =
  | { readonly kind: 'request'; readonly pid: number; readonly thing: string; readonly mode: string }
  | { readonly kind: 'end' | 'prepare'; readonly pid: number }

/** Processes 11 and 12 are the workers of 10, 21 is that of 20; all others stand for themselves. */
const LEADERS: Readonly<Record<number, number>> = { 11: 10, 12: 10, 21: 20 }
const LONERS = [1, 2, 3, 4, 5, 6, 7, 8]
const PIDS = [...LONERS, 10, 11, 12, 20, 21]
const THINGS = ['r1', 'r2', 'a1']

/** Who waits for whom, by the leaders' pids; one of a prepared transaction is negative. */
export interface Claim {
  readonly waiter: number
  readonly blocker: number
  readonly kind: 'hard' | 'soft'
  readonly thing: string
}

interface Request {
  readonly pid: number
  readonly mode: string
  readonly at: number
}

export class LockServer {
  readonly #held = new Map<string, Map<number, Set<string>>>(THINGS.map((thing) => [thing, new Map()]))
  readonly #queues = new Map<string, Request[]>(THINGS.map((thing) => [thing, []]))
  readonly #prepared = new Set<number>()
  #clock = 0

  /** With `patience` whoever waits goes on to wait until he has his lock. */
  static after(events: readonly Event[], patience: 'with patience' | 'without patience'): LockServer {
    const server = new LockServer()
    for (const event of events) {
      const givesUp = event.kind === 'end' && server.isWaiting(leaderOf(event.pid))
      if (event.kind === 'request') server.#request(event)
      else if (event.kind === 'prepare') server.#prepare(event.pid)
      else if (!givesUp || patience === 'without patience') server.end([leaderOf(event.pid)])
    }
    return server
  }

  /** Leaders and prepared transactions that hold or want anything. */
  get parties(): readonly number[] {
    const all = THINGS.flatMap((thing) => [
      ...this.#heldOf(thing).keys(),
      ...this.#queueOf(thing).map(({ pid }) => pid),
    ])
    return [...new Set(all.map(leaderOf))]
  }

  isWaiting(leader: number): boolean {
    return THINGS.some((thing) => this.#queueOf(thing).some(({ pid }) => leaderOf(pid) === leader))
  }

  /** What the `locks` entry would answer. From 14 on the start of each wait is told, before that the blockers. */
  rows(version: 'with starts' | 'with blockers', places: readonly number[] = []): readonly LocksRow[] {
    const pids = new Set([...this.parties, ...THINGS.flatMap((thing) => this.#pidsOn(thing))])
    return [...pids].map((pid) => {
      const locks = THINGS.flatMap((thing) => this.#locksOf(pid, thing))
      if (this.#prepared.has(pid)) return prepared(`gid${pid}`, locks)
      const own = THINGS.flatMap((thing) => this.#queueOf(thing)).find((request) => request.pid === pid)
      return session(pid, locks, {
        leader_pid: leaderOf(pid) === pid ? null : leaderOf(pid),
        backend_type: leaderOf(pid) === pid ? 'client backend' : 'parallel worker',
        ...(version === 'with starts'
          ? { wait_start: own === undefined ? null : moment(own.at) }
          : {
              wait_start: null,
              query_start: moment(places[PIDS.indexOf(pid)] ?? 0),
              blocked_by: own === undefined ? null : this.#blockingPids(pid),
            }),
      })
    })
  }

  /** pg_blocking_pids() of everybody, with the reason; a process of a group counts for its leader. */
  claims(): readonly Claim[] {
    const claims = new Map<string, Claim>()
    for (const thing of THINGS) {
      const queue = this.#queueOf(thing)
      for (const [place, { pid, mode }] of queue.entries()) {
        const waiter = leaderOf(pid)
        const claim = (blocker: number, kind: 'hard' | 'soft') => {
          const key = `${thing} ${waiter} ${blocker}`
          if (kind === 'hard' || !claims.has(key)) claims.set(key, { waiter, blocker, kind, thing })
        }
        for (const [holder, modes] of this.#heldOf(thing)) {
          if (leaderOf(holder) !== waiter && [...modes].some((held) => clash(mode, held))) {
            claim(leaderOf(holder), 'hard')
          }
        }
        for (const ahead of queue.slice(0, place)) {
          if (leaderOf(ahead.pid) !== waiter && clash(mode, ahead.mode)) claim(leaderOf(ahead.pid), 'soft')
        }
      }
    }
    return [...claims.values()]
  }

  /** The transactions end at once; cancelled ones keep their advisory locks. Tells who goes on then. */
  end(leaders: readonly number[], keepsAdvisory = false): readonly number[] {
    const waited = this.parties.filter((leader) => this.isWaiting(leader))
    for (const thing of THINGS) {
      const queue = this.#queueOf(thing)
      this.#queues.set(
        thing,
        queue.filter(({ pid }) => !leaders.includes(leaderOf(pid))),
      )
      if (keepsAdvisory && thing.startsWith('a')) continue
      for (const pid of [...this.#heldOf(thing).keys()]) {
        if (leaders.includes(leaderOf(pid))) this.#heldOf(thing).delete(pid)
      }
    }
    for (const thing of THINGS) this.#wakeUp(thing)
    return waited.filter((leader) => !leaders.includes(leader) && !this.isWaiting(leader))
  }

  // LockAcquireExtended: who conflicts with one who waits has to wait as well.
  #request({ pid, thing, mode }: Extract<Event, { kind: 'request' }>): void {
    const isBusy =
      this.#prepared.has(pid) || THINGS.some((each) => this.#queueOf(each).some((it) => it.pid === pid))
    // Left out: a group that waits for a thing in two processes, one of which gets it while the other waits on. What
    // the group held when the other wait began is told nowhere then.
    const isAwaited = this.#queueOf(thing).some((waiting) => leaderOf(waiting.pid) === leaderOf(pid))
    if (isBusy || isAwaited || this.#heldOf(thing).get(pid)?.has(mode) === true) return
    const clashes = this.#queueOf(thing).some((waiting) => clash(mode, waiting.mode))
    if (clashes || this.#conflictsWithHolders(pid, thing, mode)) this.#sleep(pid, thing, mode)
    else this.#grant(pid, thing, mode)
  }

  // ProcSleep: one who holds the thing goes in front of the first who must wait for him.
  #sleep(pid: number, thing: string, mode: string): void {
    const queue = this.#queueOf(thing)
    const mine = this.#heldByGroup(pid, thing)
    const ahead: string[] = []
    this.#clock += 1
    for (const [place, waiting] of queue.entries()) {
      if (leaderOf(waiting.pid) === leaderOf(pid)) continue
      if (mine.some((held) => clash(waiting.mode, held))) {
        const isDeadlock = this.#heldByGroup(waiting.pid, thing).some((held) => clash(mode, held))
        const isBarred =
          ahead.some((each) => clash(mode, each)) || this.#conflictsWithHolders(pid, thing, mode)
        // After the error of a deadlock the transaction goes on from its savepoint.
        if (!isDeadlock && isBarred) queue.splice(place, 0, { pid, mode, at: this.#clock })
        else if (!isDeadlock) this.#grant(pid, thing, mode)
        return
      }
      ahead.push(waiting.mode)
    }
    queue.push({ pid, mode, at: this.#clock })
  }

  // ProcLockWakeup: from the front, whoever conflicts neither with a holder nor with one passed over.
  #wakeUp(thing: string): void {
    const passed: string[] = []
    const left: Request[] = []
    for (const request of this.#queueOf(thing)) {
      const { pid, mode } = request
      if (passed.some((each) => clash(mode, each)) || this.#conflictsWithHolders(pid, thing, mode)) {
        passed.push(mode)
        left.push(request)
      } else {
        this.#grant(pid, thing, mode)
      }
    }
    this.#queues.set(thing, left)
  }

  #prepare(pid: number): void {
    const isAlone = leaderOf(pid) === pid && !Object.values(LEADERS).includes(pid)
    if (isAlone && !this.isWaiting(pid) && this.parties.includes(pid)) this.#prepared.add(pid)
  }

  #grant(pid: number, thing: string, mode: string): void {
    const held = this.#heldOf(thing)
    held.set(pid, (held.get(pid) ?? new Set()).add(mode))
  }

  #conflictsWithHolders(pid: number, thing: string, mode: string): boolean {
    return [...this.#heldOf(thing)].some(
      ([holder, modes]) => leaderOf(holder) !== leaderOf(pid) && [...modes].some((held) => clash(mode, held)),
    )
  }

  #heldByGroup(pid: number, thing: string): readonly string[] {
    return [...this.#heldOf(thing)].flatMap(([holder, modes]) =>
      leaderOf(holder) === leaderOf(pid) ? [...modes] : [],
    )
  }

  #blockingPids(pid: number): readonly number[] {
    return this.claims()
      .filter(({ waiter }) => waiter === leaderOf(pid))
      .map(({ blocker }) => (this.#prepared.has(blocker) ? 0 : blocker))
  }

  #locksOf(pid: number, thing: string): readonly LockJson[] {
    const json = thingJson(thing)
    return [
      ...[...(this.#heldOf(thing).get(pid) ?? [])].map((mode) => holds(json, mode)),
      ...this.#queueOf(thing).flatMap((request) => (request.pid === pid ? [wants(json, request.mode)] : [])),
    ]
  }

  #pidsOn(thing: string): readonly number[] {
    return [...this.#heldOf(thing).keys(), ...this.#queueOf(thing).map(({ pid }) => pid)]
  }

  #heldOf(thing: string): Map<number, Set<string>> {
    return this.#held.get(thing) ?? new Map()
  }

  #queueOf(thing: string): Request[] {
    return this.#queues.get(thing) ?? []
  }
}

/** The id that our party of a leader or a prepared transaction has. */
export function idOf(leader: number, server: readonly LocksRow[]): string {
  return server.some(({ gid }) => gid === `gid${leader}`) ? `prepared:gid${leader}` : String(leader)
}

/** Anything that can happen to a handful of processes and three things, two relations and an advisory lock. */
export const anyHistory = historyOf(PIDS)

/** The same without groups. */
export const anyHistoryOfLoners = historyOf(LONERS)

/** In what order the statements of the processes began, which need not be that of their waits. */
export const anyPlaces = fc.shuffledSubarray(
  PIDS.map((_, index) => index + 1),
  { minLength: PIDS.length },
)

function historyOf(pids: readonly number[]): fc.Arbitrary<readonly Event[]> {
  const pid = fc.constantFrom(...pids)
  const request = fc.record({
    kind: fc.constant('request' as const),
    pid,
    thing: fc.constantFrom(...THINGS),
    mode: fc.constantFrom(...MODES),
  })
  const other = fc.record({ kind: fc.constantFrom('end' as const, 'prepare' as const), pid })
  return fc.array(fc.oneof({ weight: 8, arbitrary: request }, { weight: 1, arbitrary: other }), {
    minLength: 5,
    maxLength: 60,
    size: 'max',
  })
}

function leaderOf(pid: number): number {
  return LEADERS[pid] ?? pid
}

function thingJson(thing: string): LockJson {
  const number = Number(thing.slice(1))
  return thing.startsWith('a') ? advisory(number) : relation(number)
}
