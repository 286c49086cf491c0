/** Cancels a statement over a connection of its own (manual: Canceling Requests in Progress). */
import { once } from 'node:events'
import type { Target } from '../conninfo/target.ts'
import { dial, type Way } from './dial.ts'
import type { CancelKey } from './login.ts'
import type { Address } from './place.ts'

/** The code of a CancelRequest: 1234.5678. */
const CANCEL_CODE = 80_877_102

/** Whom to cancel and where: the address that the session itself uses, encrypted when the session is. */
export interface CancelAddressee {
  readonly key: CancelKey
  readonly address: Address
  readonly way: Way
}

/** Sends the request and waits until the server has taken it: it answers by closing. */
export async function requestCancel(target: Target, to: CancelAddressee, signal: AbortSignal): Promise<void> {
  const { socket } = await dial(target, to.address, to.way, signal)
  const message = Buffer.alloc(12 + to.key.secret.length)
  message.writeInt32BE(message.length, 0)
  message.writeInt32BE(CANCEL_CODE, 4)
  message.writeInt32BE(to.key.pid, 8)
  to.key.secret.copy(message, 12)
  socket.on('error', () => {})
  socket.resume()
  socket.end(message)
  await once(socket, 'close', { signal }).catch(() => {})
  socket.destroy()
}
