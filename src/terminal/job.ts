/** Job control as a shell expects it of a program that switches the terminal's modes. */
import { setTimeout as delay } from 'node:timers/promises'

/** A job that its stop signal does not stop (there is no shell above it) goes on by itself after this. */
const STOP_TAKES_MS = 100

/** What to do at which signal. `onStop` runs at a SIGTSTP from outside, `onContinue` at any SIGCONT. */
export interface Job {
  /** Stops now, and resolves when the job goes on. 0 means the whole job, as a shell means Ctrl-Z. */
  stop(target: number): Promise<void>
  /** Stops listening. */
  release(): void
}

/** Listens for the signals of job control. */
export function watchJob(onStop: () => void, onContinue: () => void): Job {
  process.on('SIGTSTP', onStop).on('SIGCONT', onContinue)
  return {
    async stop(target) {
      // The listener comes first: the signal to go on may arrive before anything else runs again.
      const goesOn = new Promise<void>((resolve) => process.once('SIGCONT', () => resolve()))
      // Only without a listener does the signal stop us.
      process.off('SIGTSTP', onStop)
      process.kill(target, 'SIGTSTP')
      await Promise.race([goesOn, delay(STOP_TAKES_MS)])
      process.on('SIGTSTP', onStop)
    },
    release() {
      process.off('SIGTSTP', onStop).off('SIGCONT', onContinue)
    },
  }
}
