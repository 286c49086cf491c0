/** All the ways a program on a terminal ends without having asked for it. */
import { constants } from 'node:os'

/** An end: the exit code a shell expects for it, and for a fault of our own what to say, raw. */
export interface Ending {
  readonly code: number
  readonly words?: string
}

const FATAL = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const
const INTERNAL_ERROR = 70

/** The terminal is gone (its program was closed, its link was lost): told like SIGHUP, which may not come. */
export const GONE: Ending = { code: 128 + constants.signals.SIGHUP }

/**
 * Listens for fatal signals, uncaught errors and unhandled rejections; the returned function stops that.
 * `isLent` tells whether another program has the terminal: what is typed there (Ctrl-C, Ctrl-\) is not for us.
 */
export function watchEndings(isLent: () => boolean, onEnd: (ending: Ending) => void): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    const isTyped = signal === 'SIGINT' || signal === 'SIGQUIT'
    if (!(isTyped && isLent())) onEnd({ code: 128 + constants.signals[signal] })
  }
  const onError = (error: unknown) => onEnd({ code: INTERNAL_ERROR, words: describe(error) })
  // Without a listener Node would open its inspector for whoever may send us a signal.
  const ignore = () => {}
  for (const signal of FATAL) process.on(signal, onSignal)
  process.on('uncaughtException', onError).on('unhandledRejection', onError).on('SIGUSR1', ignore)
  return () => {
    for (const signal of FATAL) process.off(signal, onSignal)
    process.off('uncaughtException', onError).off('unhandledRejection', onError).off('SIGUSR1', ignore)
  }
}

/** One line for a fault of ours: what, and the first place in our code. */
function describe(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const place = /\n\s+at ([^\n]+)/.exec(stack)?.[1]
  return `pgtriage: internal error: ${String(error)}${place ? ` (at ${place})` : ''}`
}
