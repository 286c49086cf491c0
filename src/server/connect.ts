/** From a target to a session: addresses, ways of encryption, login, and what to try again differently. */
import { type Settings, startSettings } from '#queries/session.ts'
import type { Target } from './conninfo/target.ts'
import { failureOf, PROTOCOL_VIOLATION, ServerFault } from './failure.ts'
import { logIn } from './log-in.ts'
import type { Session } from './session.ts'
import { addressesOf, dial, type Way, waysOf } from './wire/dial.ts'
import { timeoutFault } from './wire/network-fault.ts'
import { type Address, placeOf } from './wire/place.ts'

/** Something between refuses settings at the start of a session: a pooler says so in one of these ways. */
const REFUSED_SETTINGS: ReadonlySet<string | null> = new Set([PROTOCOL_VIOLATION, '0A000', '42704', '22023'])

/** A session, and whether the settings of its start were refused (then none of them is in force). */
export interface Connected {
  readonly session: Session
  readonly settingsRefused: boolean
}

/** How to connect, and a signal that ends the attempt. */
export interface ConnectOptions {
  /** Leaves our settings out of the startup packet: something between has refused them before. */
  readonly plainStart: boolean
  /** For the startup packet, in place of `startSettings`. */
  readonly settings?: Settings
  readonly signal: AbortSignal
}

/**
 * Connects: every address of the name, every way of the `sslmode`, each address within the connect
 * timeout. Throws a `ServerFault`.
 */
export async function connectSession(target: Target, options: ConnectOptions): Promise<Connected> {
  const faults: ServerFault[] = []
  for (const address of await addresses(target, options)) {
    try {
      return await connectAddress(target, address, options)
    } catch (error) {
      const fault = asFault(error)
      if (options.signal.aborted) throw fault
      // A server that answered has decided; only silence and refusal of the network make the next address worth it.
      if (fault.failure.kind !== 'network' && fault.failure.kind !== 'timeout') throw fault
      faults.push(fault)
    }
  }
  throw together(target, faults)
}

async function addresses(target: Target, { signal }: ConnectOptions): Promise<readonly Address[]> {
  const limit = deadline(target, 'resolve its name', signal)
  let giveUp = (): void => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(limit.signal.reason)
  })
  limit.signal.addEventListener('abort', giveUp)
  try {
    return await Promise.race([addressesOf(target), aborted])
  } finally {
    // With a listener the signal lives as long as the one of the whole program: one for each attempt to reconnect.
    limit.signal.removeEventListener('abort', giveUp)
    limit.clear()
  }
}

async function connectAddress(target: Target, address: Address, options: ConnectOptions): Promise<Connected> {
  const limit = deadline(target, 'finish a login', options.signal)
  try {
    return await connectSomeWay(target, address, { ...options, signal: limit.signal })
  } finally {
    limit.clear()
  }
}

async function connectSomeWay(target: Target, address: Address, attempt: ConnectOptions): Promise<Connected> {
  const [first, second] = waysOf(target, address)
  try {
    return await connectWay(target, address, first, attempt)
  } catch (error) {
    const fault = asFault(error)
    if (second === undefined || attempt.signal.aborted || !isAboutEncryption(fault)) throw fault
    return await connectWay(target, address, second, attempt).catch((other: unknown) => {
      // When the other way fails for its encryption too, the first answer is the one to tell.
      throw isAboutEncryption(asFault(other)) ? fault : other
    })
  }
}

/** libpq goes the other way after any refusal; a wrong password would then be sent twice and count twice. */
function isAboutEncryption({ failure }: ServerFault): boolean {
  return failure.kind === 'tls' || failure.sqlstate === '28000'
}

async function connectWay(
  target: Target,
  address: Address,
  way: Way,
  attempt: ConnectOptions,
): Promise<Connected> {
  try {
    const dialled = await dial(target, address, way, attempt.signal)
    return {
      session: await logIn(target, dialled, {
        settings: attempt.plainStart ? {} : (attempt.settings ?? startSettings),
        signal: attempt.signal,
      }),
      settingsRefused: attempt.plainStart,
    }
  } catch (error) {
    const fault = asFault(error)
    if (attempt.plainStart || !REFUSED_SETTINGS.has(fault.failure.sqlstate)) throw fault
    return await connectWay(target, address, way, { ...attempt, plainStart: true })
  }
}

function asFault(error: unknown): ServerFault {
  return error instanceof ServerFault ? error : new ServerFault(failureOf(error, 'network'), error)
}

/** One fault as it is; several as one line that names each address. */
function together(target: Target, faults: readonly ServerFault[]): ServerFault {
  const [only, ...others] = faults
  if (only !== undefined && others.length === 0) return only
  const message = `${placeOf(target)} cannot be reached: ${faults.map((fault) => fault.message).join('; ')}`
  const kind = faults.some((fault) => fault.failure.kind === 'timeout') ? 'timeout' : 'network'
  return new ServerFault({ kind, message })
}

interface Deadline {
  readonly signal: AbortSignal
  readonly clear: () => void
}

function deadline(target: Target, phase: string, outer: AbortSignal): Deadline {
  const controller = new AbortController()
  const { connectTimeoutMs } = target
  const timer = setTimeout(
    () => controller.abort(timeoutFault(placeOf(target), connectTimeoutMs, phase)),
    connectTimeoutMs,
  )
  return { signal: AbortSignal.any([controller.signal, outer]), clear: () => clearTimeout(timer) }
}
