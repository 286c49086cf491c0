/** Real sessions for a person to look at: who blocks, who waits, who works. */
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { connect, eventually, sharedCluster } from '#test/support/cluster.ts'

/** A session of the test, and what became of its statement. */
export interface Person {
  readonly pid: number
  readonly client: pg.Client
  /** SQLSTATE of the error that ended the running statement or the session; null when there was none. */
  readonly fate: Promise<string | null>
}

/** A session named `name` that runs `statement` for as long as the test lasts, or until somebody ends it. */
export async function working(
  name: string,
  statement = 'SELECT pg_sleep(300)',
  uri = sharedCluster().uri,
): Promise<Person> {
  const client = await connect(uri, name)
  const pid = await pidOf(client)
  const fate = client.query(statement).then(() => null, sqlstateOf)
  const admin = await connect(uri)
  // A server does not notice by itself that the client of a running statement is gone.
  onTestFinished(async () => void (await end(uri, pid)))
  await eventually(async () => {
    const { rows } = await admin.query('SELECT state FROM pg_stat_activity WHERE pid = $1', [pid])
    return rows[0]?.state === 'active'
  })
  return { pid, client, fate }
}

/** A session named `name` that ran the statements in a transaction and then does nothing. */
export async function idleInTransaction(
  name: string,
  statements: readonly string[],
  uri = sharedCluster().uri,
): Promise<Person> {
  const client = await connect(uri, name)
  const fate = new Promise<string | null>((resolve) => {
    client.on('error', (error) => resolve(sqlstateOf(error)))
    client.on('end', () => resolve(null))
  })
  const pid = await pidOf(client)
  await client.query('BEGIN')
  for (const statement of statements) await client.query(statement)
  return { pid, client, fate }
}

/** Who blocks whom: `root` is idle in a transaction, `alter` waits for it, `reader` waits behind `alter`. */
export interface Queue {
  readonly root: Person
  readonly alter: Person
  readonly reader: Person
}

/** Makes such a queue; the application names are `<name>-root` and so on, the table is called `name`. */
export async function queue(name: string, uri = sharedCluster().uri): Promise<Queue> {
  const admin = await connect(uri)
  await admin.query(`CREATE TABLE IF NOT EXISTS ${name} (id int PRIMARY KEY, paid boolean)`)
  await admin.query(`INSERT INTO ${name} VALUES (1, false) ON CONFLICT DO NOTHING`)
  const root = await idleInTransaction(`${name}-root`, [`UPDATE ${name} SET paid = true`], uri)
  const alter = await working(`${name}-alter`, `ALTER TABLE ${name} ADD COLUMN note text`, uri)
  await untilWaiting(admin, alter.pid)
  const reader = await working(`${name}-reader`, `SELECT * FROM ${name}`, uri)
  await untilWaiting(admin, reader.pid)
  return { root, alter, reader }
}

/** Waits until a backend waits for a lock. */
export async function untilWaiting(admin: pg.Client, pid: number): Promise<void> {
  await eventually(async () => {
    const { rows } = await admin.query('SELECT cardinality(pg_blocking_pids($1)) AS blockers', [pid])
    return rows[0]?.blockers > 0
  })
}

async function end(uri: string, pid: number): Promise<void> {
  const admin = new pg.Client({ connectionString: uri })
  await admin.connect()
  await admin.query('SELECT pg_terminate_backend($1)', [pid])
  await admin.end()
}

async function pidOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
  return rows[0].pid
}

function sqlstateOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error ? String(error.code) : null
}
