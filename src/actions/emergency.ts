/** What an action asks of the server, so that the control session can have it ready. */
import { backendState } from '#queries/backend-state.ts'
import type { Entry } from '#queries/define.ts'
import { lockWaiters } from '#queries/lock-waiters.ts'
import { locks } from '#queries/locks.ts'
import { cancel, cancelUnseen, terminate, terminateUnseen } from '#queries/signals.ts'

/**
 * The entries of an action, for `openServer`'s `warm`: a session that has planned them once needs no catalog
 * for them later, when one may be locked.
 */
export const emergencyEntries: readonly Entry[] = [
  cancel,
  terminate,
  cancelUnseen,
  terminateUnseen,
  backendState,
  locks,
  lockWaiters,
]
