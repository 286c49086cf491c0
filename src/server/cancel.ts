/** Cancels what runs on one of our own sessions. */
import { cancelOwn } from '#queries/session.ts'
import type { Target } from './conninfo/target.ts'
import type { Session } from './session.ts'
import { requestCancel } from './wire/cancel-request.ts'

/**
 * Cancels on another session of ours where that one is free, else by a request of its own: behind a pooler no
 * session knows the process that serves it.
 */
export async function cancelSession(
  target: Target,
  session: Session,
  by: { readonly other: Session | null; readonly signal: AbortSignal },
): Promise<void> {
  const { other, signal } = by
  if (other === null || other === session || other.busy || other.pid === 0 || session.pid === 0)
    return await requestCancelOf(target, session, signal)
  const gaveUp = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  await Promise.race([other.messages(cancelOwn(session.pid)), gaveUp])
}

/** Cancels by a CancelRequest over a connection of its own. */
export async function requestCancelOf(target: Target, session: Session, signal: AbortSignal): Promise<void> {
  const { key, address, tls } = session
  await requestCancel(target, { key, address, way: tls ? 'tls' : 'plain' }, signal)
}
