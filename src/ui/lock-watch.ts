/** The locks, watched while a screen shows them or somebody waits; sorted out once for all who tell of them. */
import { locks } from '#queries/locks.ts'
import { LockAnalysis } from '#src/locks/analysis.ts'
import type { LocksRow } from '#src/locks/party.ts'
import type { Monitor } from '#src/monitor/monitor.ts'
import { NO_SNAPSHOT, type Snapshot } from '#src/monitor/snapshot.ts'
import type { WatchOf } from '#src/monitor/watch.ts'
import type { Server } from '#src/server/contract.ts'
import { lastCall } from './memo.ts'
import { Listeners } from './store.ts'

/** While nobody waits and nobody looks, nothing is asked: the lock table of a busy server is large. */
export class LockWatch {
  readonly #monitor: Pick<Monitor, 'watch'>
  readonly #server: Pick<Server, 'facts'>
  readonly #listeners = new Listeners()
  readonly #analyse = lastCall(
    (rows: readonly LocksRow[], inRecovery: boolean) => new LockAnalysis(rows, { inRecovery }),
  )
  #wants = 0
  #isHeeded = false
  #watch: WatchOf<typeof locks> | null = null
  #watchedSinceMs = 0
  #unsubscribe: (() => void) | null = null

  constructor(monitor: Pick<Monitor, 'watch'>, server: Pick<Server, 'facts'>) {
    this.#monitor = monitor
    this.#server = server
  }

  /** Tells after each new snapshot, and when the watching begins or ends. */
  readonly subscribe = this.#listeners.subscribe

  get isWatched(): boolean {
    return this.#watch !== null
  }

  /** The newest answer; without rows and with sequence 0 before there is one, and while not watched. */
  get snapshot(): Snapshot<LocksRow> {
    const snapshot = this.#watch?.snapshot() ?? NO_SNAPSHOT
    const { atMs, failure } = snapshot
    // What is left of an earlier watching tells of waiters that are long gone.
    return atMs !== null && atMs < this.#watchedSinceMs ? { ...NO_SNAPSHOT, failure } : snapshot
  }

  /** The newest answer sorted out; null before there is one, and while not watched. */
  get analysis(): LockAnalysis | null {
    const { facts } = this.#server
    const { rows, sequence } = this.snapshot
    return facts === null || sequence === 0 ? null : this.#analyse(rows, facts.inRecovery)
  }

  /** Keeps the locks watched until the function that it gives is called. */
  want(): () => void {
    let isWanted = true
    this.#wants += 1
    this.#settle()
    return () => {
      this.#wants -= isWanted ? 1 : 0
      isWanted = false
      this.#settle()
    }
  }

  /** Hears from whoever counts the sessions, which is one at a time, whether any waits for others. */
  heed(isAnybodyWaiting: boolean): void {
    this.#isHeeded = isAnybodyWaiting
    this.#settle()
  }

  close(): void {
    this.#wants = 0
    this.heed(false)
  }

  #settle(): void {
    const isNeeded = this.#wants > 0 || this.#isHeeded
    if (isNeeded && this.#watch === null) {
      this.#watchedSinceMs = performance.now()
      this.#watch = this.#monitor.watch(locks)
      this.#unsubscribe = this.#watch.subscribe(this.#listeners.tell)
      this.#listeners.tell()
    } else if (!isNeeded && this.#watch !== null) {
      this.#unsubscribe?.()
      this.#watch.stop()
      this.#watch = null
      this.#listeners.tell()
    }
  }
}
