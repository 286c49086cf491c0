/** Opens the bytes to a server: address lookup, TCP or Unix socket, encryption as `sslmode` asks. */
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect as connectSocket, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { Target } from '../conninfo/target.ts'
import { ServerFault } from '../failure.ts'
import { dialFault, earlyFault, foreignFault, lookupFault, tlsFault } from './network-fault.ts'
import { type Address, addressName, isLocal, placeOf, socketPath } from './place.ts'
import { tlsOptions } from './tls-files.ts'

/** SSLRequest: length 8, code 1234.5679 (manual: Message Formats). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

/** One way to use an address; `prefer` and `allow` try two of them. */
export type Way = 'plain' | 'tls'

/** A connection whose bytes are ready for the startup packet. */
export interface Dialled {
  readonly socket: Socket | TLSSocket
  readonly address: Address
  readonly way: Way
}

/** Every address to try, in the order of the name service. */
export async function addressesOf(target: Target): Promise<readonly Address[]> {
  if (isLocal(target)) {
    const path = socketPath(target)
    // "@" stands for the zero byte of Linux's abstract sockets.
    return [{ kind: 'socket', path: path.replace(/^@/, '\0') }]
  }
  const host = target.hostaddr ?? target.host
  if (isIP(host) !== 0) return [{ kind: 'tcp', ip: host, port: target.port }]
  try {
    const found = await lookup(host, { all: true, order: 'verbatim' })
    return found.map(({ address }) => ({ kind: 'tcp', ip: address, port: target.port }))
  } catch (error) {
    throw lookupFault(host, error as Error)
  }
}

/** The ways of an `sslmode`, in order (manual: SSL Mode Descriptions); a Unix socket is never encrypted. */
export function waysOf(target: Target, address: Address): readonly [Way, ...Way[]] {
  if (address.kind === 'socket') return ['plain']
  switch (target.tls.mode) {
    case 'disable':
      return ['plain']
    case 'allow':
      return ['plain', 'tls']
    case 'prefer':
      return ['tls', 'plain']
    default:
      return ['tls']
  }
}

/** Connects one way. The signal ends an attempt that takes too long; its reason is what is thrown. */
export async function dial(
  target: Target,
  address: Address,
  way: Way,
  signal: AbortSignal,
): Promise<Dialled> {
  const socket = await open(target, address, signal)
  const giveUp = (): void => void socket.destroy(signal.reason)
  signal.addEventListener('abort', giveUp)
  try {
    if (way === 'plain') return { socket, address, way }
    if (!target.tls.direct && !(await askForTls(target, socket))) {
      if (target.tls.mode !== 'prefer')
        throw new ServerFault({
          kind: 'tls',
          message: `${placeOf(target)} has no TLS, and sslmode ${target.tls.mode} asks for it`,
        })
      return { socket, address, way: 'plain' }
    }
    return { socket: await secure(target, socket, signal), address, way }
  } catch (error) {
    socket.destroy()
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

async function open(target: Target, address: Address, signal: AbortSignal): Promise<Socket> {
  const socket =
    address.kind === 'socket'
      ? connectSocket(address.path)
      : connectSocket({ host: address.ip, port: address.port })
  socket.setNoDelay(true)
  if (target.keepAliveMs !== null) socket.setKeepAlive(true, target.keepAliveMs)
  try {
    await once(socket, 'connect', { signal })
  } catch (error) {
    socket.destroy()
    socket.on('error', () => {})
    throw signal.aborted ? signal.reason : dialFault(addressName(address), error as Error)
  }
  return socket
}

/** True when the server agrees to TLS. Its answer is exactly one byte, and nothing may come behind it. */
async function askForTls(target: Target, socket: Socket): Promise<boolean> {
  socket.write(SSL_REQUEST)
  const answer = await firstBytes(target, socket)
  // Plain bytes behind the "S" would later be taken for encrypted ones (CVE-2021-23222).
  if (answer.length === 1 && answer[0] === 0x53) return true
  if (answer.length === 1 && answer[0] === 0x4e) return false
  if (answer[0] === 0x45) throw earlyFault(placeOf(target), answer)
  throw foreignFault(placeOf(target), answer)
}

function firstBytes(target: Target, socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      socket.off('data', onData).off('error', onError).off('close', onClose)
      act()
    }
    const onData = (bytes: Buffer): void => {
      socket.pause()
      settle(() => resolve(bytes))
    }
    const onError = (error: Error): void =>
      settle(() => reject(error instanceof ServerFault ? error : dialFault(placeOf(target), error)))
    const onClose = (): void =>
      settle(() =>
        reject(
          new ServerFault({
            kind: 'network',
            message: `${placeOf(target)} closed the connection without an answer (is it PostgreSQL?)`,
          }),
        ),
      )
    socket.on('data', onData).on('error', onError).on('close', onClose)
  })
}

async function secure(target: Target, socket: Socket, signal: AbortSignal): Promise<TLSSocket> {
  const secured = connectTls({ ...tlsOptions(target), socket })
  try {
    await once(secured, 'secureConnect', { signal })
  } catch (error) {
    secured.on('error', () => {})
    secured.destroy()
    throw signal.aborted ? signal.reason : tlsFault(placeOf(target), error as Error)
  }
  if (target.tls.direct && secured.alpnProtocol !== 'postgresql') {
    secured.destroy()
    throw tlsFault(
      placeOf(target),
      new Error('it does not take TLS from the first byte (sslnegotiation=direct)'),
    )
  }
  return secured
}
