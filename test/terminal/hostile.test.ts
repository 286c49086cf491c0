import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '#src/demo/cluster.ts'
import { type LaunchOptions, LIVE, launch, type Robot } from '#test/support/robot.ts'
import { ATTACK, foreignIn, NAME, NAME_SEEN } from './attack.ts'
import { run } from './run.ts'

// Hostile names stay on a server of their own.
let cluster: Cluster
let root: pg.Client
const clients: pg.Client[] = []

beforeAll(async () => {
  cluster = await startCluster()
  root = await as({})
  await root.query(`CREATE ROLE ${quoted(NAME)} LOGIN PASSWORD 'secret'`)
  await root.query(`CREATE DATABASE ${quoted(NAME)} OWNER ${quoted(NAME)}`)
  // The victim of the attack is whoever looks at these: a holder, and somebody who waits for it.
  const holder = await as({ user: NAME, password: 'secret', database: NAME, application_name: ATTACK })
  await holder.query(`CREATE SCHEMA ${quoted(NAME)}`)
  await holder.query(`CREATE TABLE ${quoted(NAME)}.${quoted(NAME)} (id int)`)
  await holder.query('BEGIN')
  await holder.query(
    `LOCK TABLE ${quoted(NAME)}.${quoted(NAME)} IN ACCESS EXCLUSIVE MODE /* hold ${ATTACK} */`,
  )
  const waiter = await as({ user: NAME, password: 'secret', database: NAME, application_name: ATTACK })
  waiter.query(`SELECT /* wait ${ATTACK} */ * FROM ${quoted(NAME)}.${quoted(NAME)}`).catch(() => undefined)
})

afterAll(async () => {
  await Promise.all(clients.map((client) => client.end().catch(() => undefined)))
  await cluster.stop()
})

async function as(config: pg.ClientConfig): Promise<pg.Client> {
  const { host, port, user, password, database } = cluster
  const client = new pg.Client({ host, port, user, password, database, ...config })
  client.on('error', () => undefined)
  await client.connect()
  clients.push(client)
  return client
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A connection string of keywords and values, the only kind that any name fits. */
function conninfo(user: string, password: string, database: string): string {
  const values = { host: cluster.host, port: String(cluster.port), user, password, dbname: database }
  return Object.entries(values)
    .map(([key, value]) => `${key}='${value.replace(/[\\']/g, '\\$&')}'`)
    .join(' ')
}

const asRoot = (database: string) => conninfo('postgres', cluster.password, database)
const asVillain = () => conninfo(NAME, 'secret', NAME)

async function open(where: string, size: Pick<LaunchOptions, 'columns' | 'rows'>): Promise<Robot> {
  const top = launch({ args: [where], ...size, env: { PAGER: 'cat' } })
  await top.ready()
  return top
}

describe.each([
  { columns: 80, rows: 24 },
  { columns: 160, rows: 45 },
])('at $columns x $rows nothing hostile reaches the terminal', (size) => {
  test('from the table, the detail, the dialogs, the prompt, the SQL and the help', async () => {
    const top = await open(asRoot(NAME), size)
    // The database's name in the header, the query in the table.
    await top.see(NAME_SEEN)
    await top.see(/LOCK TABLE "\\x1b\]52/)
    expect(top.screen().length).toBe(size.rows)
    top.press('w')
    await top.see('SELECT /* wait')
    top.press('j', 'enter')
    await top.see('waits for')
    await top.see(/blocked by +\d+/)
    await top.pressUntil('ctrl-d', /AccessShareLock|AccessExclusiveLock|\d+\/\d+/)
    top.press('G', 'g', 'enter')
    await top.see('SELECT /* wait')
    for (const key of ['K', 'C']) {
      top.press(key)
      await top.see(key === 'K' ? 'Terminate the session of pid' : 'Cancel the running statement of pid')
      await top.see(NAME_SEEN)
      top.press('escape')
      await top.unsee(/Terminate the session|Cancel the running/)
    }
    top.press('A', '/')
    await top.see('words, column:value')
    top.paste(ATTACK)
    await top.see(/^ \/.*\\x1b/m)
    top.press('enter')
    await top.unsee('words, column:value')
    await top.see(/^ .*\/\\x1b\]52/m)
    top.press('escape')
    await top.unsee(/^ .*\/\\x1b\]52/m)
    top.press(':')
    await top.see('a catalog entry')
    top.paste(ATTACK)
    top.press('enter')
    await top.see('nothing here is called \\x1b')
    top.press('@')
    await top.see('pgtriage:activity')
    top.press('q')
    await top.unsee('pgtriage:activity')
    top.press('?')
    await top.see('Keys of Activity')
    top.press('q')
    await top.unsee('Keys of Activity')
    top.press('p')
    await top.see('PAUSED')
    expect(foreignIn(top.raw(), 'screens')).toEqual([])
    top.press('ctrl-c')
    expect(await top.exit).toBe(0)
    expect(await top.leftovers()).toEqual([])
    expect(foreignIn(top.raw(), 'screens')).toEqual([])
  })

  test('from the name of the role that looks, and from the GRANT that would help it', async () => {
    const top = await open(asVillain(), size)
    await top.see(`GRANT pg_read_all_stats TO "${NAME_SEEN}`)
    top.press('b', 'o')
    await top.see('/* pgtriage:activity')
    expect(foreignIn(top.raw(), 'screens')).toEqual([])
  })
})

test('a copied query is copied as it is shown', async () => {
  const top = await open(asRoot(NAME), { columns: 120, rows: 30 })
  top.press('w', 'j')
  await top.see(/^▶/m)
  top.press('y')
  await top.see('query copied')
  const raw = top.raw().toString()
  const copies = [...raw.matchAll(/\x1b\]52;c;([A-Za-z0-9+/=]+)\x07/g)]
  expect(copies.length).toBe(1)
  const copied = Buffer.from(copies[0]?.[1] ?? '', 'base64')
  expect(copied.toString()).toContain('SELECT /* wait \\x1b]52;c;')
  expect(foreignIn(copied, 'plain text')).toEqual([])
  // Nothing but that one sequence, which was asked for, is more than drawing.
  expect(foreignIn(Buffer.from(raw.replace(copies[0]?.[0] ?? '', '')), 'screens')).toEqual([])
})

test('a query in the pager is what the screen shows', async () => {
  const top = await open(asRoot(NAME), { columns: 120, rows: 30 })
  top.press('w', 'j')
  await top.see(/^▶/m)
  top.press('v')
  await top.until('the screen after the pager', () => top.raw().toString().split('\x1b[?1049h').length > 2)
  await top.see(LIVE)
  const [, between = ''] = top.raw().toString().split('\x1b[?1049l')
  expect(between).toContain('SELECT /* wait \\x1b]52;c;')
  expect(foreignIn(top.raw(), 'screens')).toEqual([])
})

test('errors and warnings of the server are made harmless on the screen', async () => {
  const top = await open(asRoot(NAME), { columns: 120, rows: 30 })
  // A trigger at login (17 and newer) is the one place where others can talk into our sessions.
  if (cluster.versionNum >= 170000) {
    const inside = await as({ database: NAME })
    const text = `'${ATTACK.replaceAll("'", "''")}'`
    await inside.query(`CREATE FUNCTION public.talk() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE WARNING 'said %', ${text};
      RAISE EXCEPTION 'refused %', ${text} USING HINT = ${text}, DETAIL = ${text};
    END $$`)
    await inside.query('CREATE EVENT TRIGGER talk ON login EXECUTE FUNCTION public.talk()')
    await root.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pgtriage%'`,
    )
    await top.see('refused \\x1b')
    await top.see(/data \S+ old/)
    const { code, stdout, stderr } = await run(['activity', asRoot(NAME)])
    expect([code, stdout.length]).toEqual([2, 0])
    expect(stderr.toString()).toMatch(/^pgtriage: refused \\x1b[^\n]+\n$/)
    expect(foreignIn(stderr, 'plain text')).toEqual([])
    await inside.query('DROP EVENT TRIGGER talk')
    await top.see(LIVE)
  }
  top.press('ctrl-c')
  expect(await top.exit).toBe(0)
  expect(foreignIn(top.raw(), 'screens')).toEqual([])
})

describe('one-shot commands write nothing hostile', () => {
  const commands = [
    ['activity'],
    ['show', 'activity'],
    ['show', 'activity', '--columns', 'pid,usename,datname,application_name,query'],
    ['show', 'vitals'],
    ['show', 'server-facts'],
  ]
  const all = commands.flatMap((command) =>
    ['table', 'json', 'csv'].map((format) => [...command, '--format', format]),
  )

  test.each(all.map((asked) => [asked.join(' '), asked] as const))('%s', async (_, asked) => {
    const runs = [asRoot(NAME), asVillain()].map((where) => run([...asked, where]))
    for (const { code, stdout, stderr } of await Promise.all(runs)) {
      expect(code).toBe(0)
      expect(foreignIn(stdout, 'plain text')).toEqual([])
      expect(foreignIn(stderr, 'plain text')).toEqual([])
      const lines = stdout.toString().split('\n')
      // A line feed of a name or a query makes no line: it could look like a row of its own.
      if (asked.includes('csv')) {
        expect(lines.every((line) => line === '' || line.includes(',') || line.endsWith('\r'))).toBe(true)
      }
      if (asked.includes('json')) JSON.parse(stdout.toString())
    }
  })

  test('and JSON holds everything as it is', async () => {
    const { stdout } = await run(['activity', '--format', 'json', asRoot(NAME)])
    const { rows, server } = JSON.parse(stdout.toString())
    expect(server.database).toBe(NAME)
    const waiting = rows.filter(({ query }: { query: string }) => query?.startsWith('SELECT /* wait'))
    expect(waiting.length).toBe(1)
    expect(waiting[0].query).toContain(`/* wait ${ATTACK} */`)
    expect([waiting[0].usename, waiting[0].datname]).toEqual([NAME, NAME])
  })

  test('nor do errors: a name that does not exist, a bad keyword, a filter, an entry', async () => {
    const wrong = [
      ['activity', asRoot(`${NAME.slice(0, 20)}?`)],
      ['activity', conninfo(ATTACK, 'secret', 'postgres')],
      ['activity', `${ATTACK}=1`],
      ['activity', `postgresql://${ATTACK}`],
      ['activity', '-h', ATTACK],
      ['show', ATTACK, asRoot('postgres')],
      ['show', 'activity', '--columns', ATTACK, asRoot('postgres')],
      ['show', 'activity', '--sort', ATTACK, asRoot('postgres')],
      ['catalog', ATTACK],
      ['--screen', ATTACK],
      [`--${ATTACK}`],
    ]
    for (const args of wrong) {
      const { code, stdout, stderr } = await run(args)
      expect([args, code]).toEqual([args, 2])
      expect(foreignIn(stderr, 'plain text')).toEqual([])
      expect(foreignIn(stdout, 'plain text')).toEqual([])
      expect(stderr.toString().replaceAll('\r', 'CR')).toMatch(/^pgtriage: [^\n]+\n$/)
    }
  })
})
