/** Real servers for tests: the one shared by the run, plain clients on it, the three roles tests look through. */
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'
import type { SharedCluster } from './global-cluster.ts'

export type { SharedCluster } from './global-cluster.ts'

/** The server that the run started. Tests on it must not restart it nor change its settings. */
export function sharedCluster(): SharedCluster {
  return inject('cluster')
}

/** A plain client on `uri`, connected; closed after the test. Call it inside a test. */
export async function connect(uri: string = sharedCluster().uri, name = 'test'): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: uri, application_name: name })
  // A test may terminate its own sessions: the statement then fails, and that is what it looks at.
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end().catch(() => undefined))
  return client
}

/** Connection strings for the roles a catalog entry must work under. */
export interface RoleUris {
  /** Superuser `postgres`. */
  readonly superuser: string
  /** `monitor`, member of pg_monitor. */
  readonly monitor: string
  /** `plain`, without any right of its own. */
  readonly plain: string
}

/** Makes the roles `monitor` and `plain` where they do not exist yet, and gives ways in as each of them. */
export async function withRoles(uri: string = sharedCluster().uri): Promise<RoleUris> {
  const client = new pg.Client({ connectionString: uri })
  await client.connect()
  try {
    for (const [role, clause] of [
      ['monitor', 'IN ROLE pg_monitor'],
      ['plain', ''],
    ] as const) {
      const found = await client.query('SELECT FROM pg_catalog.pg_roles WHERE rolname = $1', [role])
      if (found.rowCount === 0) await client.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}' ${clause}`)
    }
  } finally {
    await client.end()
  }
  return { superuser: uri, monitor: uriAs(uri, 'monitor'), plain: uriAs(uri, 'plain') }
}

/** Waits until `look` gives something other than null, undefined or false; fails after `limitMs`. */
export async function eventually<T>(
  look: () => Promise<T | null | undefined | false>,
  limitMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`not seen within ${limitMs} ms: ${look.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The same server with another role, whose password is its name, and another database if given. */
export function uriAs(uri: string, role: string, database?: string): string {
  const url = new URL(uri)
  url.username = role
  url.password = role
  if (database !== undefined) url.pathname = `/${database}`
  return url.href
}
