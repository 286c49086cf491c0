/** A database of a test's own on the shared server. */
import pg from 'pg'
import { sharedCluster } from './cluster.ts'

/** The uri of another database of the shared server. */
export function uriOf(database: string): string {
  const url = new URL(sharedCluster().uri)
  url.pathname = `/${database}`
  return url.href
}

/**
 * Makes a database anew and runs statements in it, each on a connection of its own: a session tells the statistics what
 * it changed when it ends at the latest.
 */
export async function makeDatabase(database: string, statements: readonly string[]): Promise<void> {
  const outside = new pg.Client({ connectionString: sharedCluster().uri })
  await outside.connect()
  await outside.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
  await outside.query(`CREATE DATABASE ${database}`)
  await outside.end()
  for (const statement of statements) {
    const inside = new pg.Client({ connectionString: uriOf(database) })
    await inside.connect()
    await inside.query(statement)
    await inside.end()
  }
}
