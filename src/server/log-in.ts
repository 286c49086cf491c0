/** Says who we are on a connection that stands, through the driver's client. */
import type { Duplex } from 'node:stream'
import { Client } from 'pg'
import type { Settings } from '#queries/session.ts'
import type { Target } from './conninfo/target.ts'
import { failureOf, ServerFault } from './failure.ts'
import { Session } from './session.ts'
import type { Dialled } from './wire/dial.ts'
import { placeOf } from './wire/place.ts'
import { Wire } from './wire/wire.ts'

/** scram asks for work of our processor; beyond this it is an attack or a mistake (PostgreSQL's default: 4096). */
const SCRAM_ITERATIONS = 1_000_000

/** What a login brings along besides the target. */
export interface LoginOptions {
  /** Settings for the startup packet. */
  readonly settings: Settings
  /** Ends a login that takes too long; its reason is what is thrown. */
  readonly signal: AbortSignal
}

/** Logs in on a dialled connection. Throws a `ServerFault`. */
export async function logIn(
  target: Target,
  dialled: Dialled,
  { settings, signal }: LoginOptions,
): Promise<Session> {
  const wire = new Wire(target, dialled)
  const client = new StartingClient(target, wire, dialled, settings)
  // Heard by the promise of `connect` too; without a listener here the second error would end the process.
  client.on('error', () => {})
  const giveUp = (): void => void wire.destroy(signal.reason)
  signal.addEventListener('abort', giveUp)
  try {
    await client.connect()
  } catch (error) {
    wire.destroy()
    throw signal.aborted ? signal.reason : loginFault(target, error)
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
  const { key, parameters } = wire.login
  if (key === null || !parameters.has('server_version')) {
    wire.destroy()
    throw new ServerFault({
      kind: 'network',
      message: `${placeOf(target)} answers, but not as PostgreSQL does`,
    })
  }
  return new Session({
    client,
    wire,
    key,
    address: dialled.address,
    place: placeOf(target),
    tls: dialled.way === 'tls',
  })
}

/** The driver's client on our stream. What it would take from the environment is told to it, or overridden. */
class StartingClient extends Client {
  readonly #start: Settings

  constructor(target: Target, wire: Wire, dialled: Dialled, settings: Settings) {
    // No fresh literal: the driver's types do not know `scramMaxIterations`.
    const config = {
      user: target.user,
      database: target.database,
      host: target.host,
      port: target.port,
      // A function: an absent password must not make the driver look for one in places of its own.
      password: () => target.password?.reveal() ?? '',
      ssl: false,
      sslnegotiation: 'postgres' as const,
      // The driver asks for a Duplex and uses what `Wire` has.
      stream: () => wire as unknown as Duplex,
      enableChannelBinding: dialled.way === 'tls' && target.auth.channelBinding !== 'disable',
      scramMaxIterations: SCRAM_ITERATIONS,
    }
    super(config)
    const { user, database, applicationName: application_name, options } = target
    this.#start = { user, database, application_name, ...(options === '' ? {} : { options }), ...settings }
  }

  /** The parameters of the startup packet; the driver itself knows only a few of them. */
  getStartupConf(): Settings {
    return this.#start
  }
}

function loginFault(target: Target, error: unknown): ServerFault {
  if (error instanceof ServerFault) return error
  const failure = failureOf(error, 'refused')
  if (failure.message.startsWith('SASL'))
    return new ServerFault({ ...failure, kind: 'authentication' }, error)
  if (failure.sqlstate !== null) return new ServerFault(failure, error)
  const message = `${placeOf(target)} closed the connection during the login`
  return new ServerFault({ kind: 'network', message }, error)
}
