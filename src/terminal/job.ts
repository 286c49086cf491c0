/** Job control as a shell expects it of a program that switches the terminal's modes. */
import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'

/** A job that its stop signal does not stop (there is no shell above it) goes on by itself after this. */
const STOP_TAKES_MS = 100

/** What to do at which signal. `onStop` runs at a SIGTSTP from outside, `onContinue` at any SIGCONT. */
export interface Job {
  /** Stops now, and resolves when the job goes on. 0 means the whole job, as a shell means Ctrl-Z. */
  stop(target: number): Promise<void>
  /** Stops if that process, to which the terminal is lent, stops. */
  stopWith(borrower: number): Promise<void>
  /** Stops listening. */
  release(): void
}

/** Listens for the signals of job control. */
export function watchJob(onStop: () => void, onContinue: () => void): Job {
  process.on('SIGTSTP', onStop).on('SIGCONT', onContinue)
  return {
    stop,
    async stopWith(borrower) {
      // It got the same Ctrl-Z and puts the terminal in order first; a pager in secure mode ignores it.
      await delay(STOP_TAKES_MS)
      if (await isStopped(borrower)) await stop(process.pid)
    },
    release() {
      process.off('SIGTSTP', onStop).off('SIGCONT', onContinue)
    },
  }

  async function stop(target: number) {
    // The listener comes first: the signal to go on may arrive before anything else runs again.
    const goesOn = new Promise<void>((resolve) => process.once('SIGCONT', () => resolve()))
    // Only without a listener does the signal stop us.
    process.off('SIGTSTP', onStop)
    process.kill(target, 'SIGTSTP')
    await Promise.race([goesOn, delay(STOP_TAKES_MS)])
    process.on('SIGTSTP', onStop)
  }
}

/** Node tells only of the end of a child, not of its stop; `ps -o stat=` (POSIX) does. */
function isStopped(pid: number): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'stat=', '-p', String(pid)], (error, state) =>
      resolve(!error && state.startsWith('T')),
    )
  })
}
