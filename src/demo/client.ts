/** The demo's own way into its server. */
import { Client } from 'pg'

/** Who connects where; nothing is left for defaults. */
export interface DemoDoor {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** `application_name`. */
  readonly application: string
}

/** A client that is not connected yet. `limitMs`: how long connecting may take; 0 for no limit. */
export function demoClient(door: DemoDoor, limitMs = 0): Client {
  return new DemoClient(door, limitMs)
}

/**
 * The driver fills in from the environment what it is not given, an empty text counting as not given. There the
 * person's PGOPTIONS, PGSSLNEGOTIATION, … are meant for a server of theirs; a read-only one would break the demo.
 */
class DemoClient extends Client {
  readonly #start: Readonly<Record<string, string>>

  constructor({ application, ...door }: DemoDoor, limitMs: number) {
    super({ ...door, ssl: false, sslnegotiation: 'postgres', connectionTimeoutMillis: limitMs })
    this.#start = { user: door.user, database: door.database, application_name: application }
  }

  /** The parameters of the startup packet: these and no others. */
  getStartupConf(): Readonly<Record<string, string>> {
    return this.#start
  }
}
