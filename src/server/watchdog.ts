/** Bounds a statement from outside: a frozen backend does not heed its own timeouts. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Failure } from './contract.ts'
import { failureOf, QUERY_CANCELED, ServerFault } from './failure.ts'
import type { Session } from './session.ts'

/** What the server gets beyond its own `statement_timeout` before we act. */
const GRACE_MS = 500
/** How long a cancelled statement, and the cancelling itself, may take. */
const CANCEL_MS = 1000

/**
 * Waits for work on a session. When the server's bound has passed by half a second, cancels the statement on
 * another way; when a second later it still runs, drops the session. Both are told as a timeout.
 */
export async function bounded<T>(
  session: Session,
  work: Promise<T>,
  options: { readonly timeoutMs: number; readonly cancel: (signal: AbortSignal) => Promise<void> },
): Promise<T> {
  const limitMs = options.timeoutMs + GRACE_MS
  const settled = work.then(
    () => true,
    () => true,
  )
  if (await finishedWithin(settled, limitMs)) return await work

  const late: Failure = { kind: 'timeout', message: `no answer within ${limitMs / 1000} s`, sqlstate: null }
  // The next statement must not start before the cancel has arrived: it would be the one that is hit.
  const cancelled = options.cancel(AbortSignal.timeout(CANCEL_MS)).catch(() => {})
  const finished = await finishedWithin(Promise.all([settled, cancelled]), CANCEL_MS)
  if (!finished && !(await finishedWithin(settled, 0))) {
    const message = `${late.message}, and the statement could not be cancelled: connection dropped`
    session.drop({ ...late, kind: 'lost', message })
    await settled
    throw new ServerFault({ ...late, message })
  }
  try {
    return await work
  } catch (error) {
    if (failureOf(error, 'statement').sqlstate !== QUERY_CANCELED) throw error
    throw new ServerFault({ ...late, message: `${late.message}: cancelled` }, error)
  }
}

/**
 * Whether a promise settles in time. After the time the event loop gets one more round: when this process was
 * stopped or busy, the answer may be waiting in the socket.
 */
async function finishedWithin(settled: Promise<unknown>, ms: number): Promise<boolean> {
  const controller = new AbortController()
  const timer = sleep(ms, null, { signal: controller.signal }).then(
    () => new Promise<boolean>((resolve) => setImmediate(() => setImmediate(() => resolve(false)))),
    () => false,
  )
  const finished = await Promise.race([settled.then(() => true), timer])
  controller.abort()
  return finished
}
