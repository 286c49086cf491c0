import { tmpdir } from 'node:os'
import { describe, expect, test } from 'vitest'
import { activity } from '#queries/activity.ts'
import { vitals } from '#queries/vitals.ts'
import { activity as activityCommand } from '#src/commands/activity.ts'
import type { ConnectionRequest } from '#src/commands/connect.ts'
import { type ShowRequest, show } from '#src/commands/show.ts'
import { UNSAFE } from '#src/text/unsafe.ts'
import { connect, eventually, sharedCluster, withRoles } from '#test/support/cluster.ts'

const UNSAFE_BUT_LINES = new RegExp(`(?![\\r\\n])[${UNSAFE}]`, 'u')

interface Printed {
  readonly code: number
  readonly out: string
  readonly err: readonly string[]
}

function at(uri: string): ConnectionRequest {
  return { positional: [uri], flags: { prompt: 'never' }, env: {}, home: tmpdir(), osUser: 'nobody' }
}

async function printed(run: (io: { out(text: string): void; err(line: string): void }) => Promise<number>) {
  const out: string[] = []
  const err: string[] = []
  const code = await run({ out: (text) => out.push(text), err: (line) => err.push(line) })
  return { code, out: out.join(''), err } satisfies Printed
}

function shown(
  wishes: Partial<ShowRequest> & { entry: string },
  uri = sharedCluster().uri,
): Promise<Printed> {
  return printed((io) => show({ ...at(uri), format: 'json', ...wishes }, io))
}

describe('pgtriage show', () => {
  test('gives rows keyed by column id, with the server they are of', async () => {
    const { code, out, err } = await shown({ entry: 'vitals' })
    expect([code, err]).toEqual([0, []])
    const document = JSON.parse(out)
    expect(document.server).toMatchObject({ database: 'postgres', version_num: sharedCluster().versionNum })
    expect(document.rows).toHaveLength(1)
    expect(Object.keys(document.rows[0])).toEqual(vitals.columns.map(({ id }) => id))
  })

  test('chooses, filters, sorts and limits', async () => {
    const client = await connect()
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const { out } = await shown({
      entry: 'activity',
      format: 'csv',
      columns: ['pid', 'state'],
      filter: `pid=${rows[0]?.pid}`,
      sort: '-pid',
      limit: 1,
    })
    expect(out).toBe(`pid,state\r\n${rows[0]?.pid},idle\r\n`)
  })

  test.each([
    [{ entry: 'vital' }, 'no entry is called vital; did you mean vitals?'],
    [{ entry: 'terminate' }, 'terminate is not shown, it ends a backend, its transaction and its connection'],
    [{ entry: 'backend' }, 'backend needs pid, backend_start;'],
    [{ entry: 'vitals', sort: 'tps' }, 'vitals has no column tps'],
    [{ entry: 'vitals', filter: '/(/' }, 'filter: /(/ is no regular expression'],
  ])('refuses %o before it connects', async (wishes, line) => {
    const { code, out, err } = await shown(wishes, 'postgresql://nobody@127.0.0.1:1/none')
    expect([code, out, err.length]).toEqual([2, '', 1])
    expect(err[0]).toContain(line)
  })

  test('says in one line that there is no server', async () => {
    const { code, out, err } = await shown({ entry: 'vitals' }, 'postgresql://nobody@127.0.0.1:1/none')
    expect([code, out, err.length]).toEqual([2, '', 1])
    expect(err[0]).toContain('127.0.0.1:1')
  })

  test('shows nothing of what hostile texts smuggle in, in any format', async () => {
    const client = await connect()
    await client.query(`SET application_name = 'evil'`)
    await client.query(`SELECT 1 /* \x1b]0;owned\x07 \x9b2J \u202egnp \u200b\u2028 =cmd() */`)
    for (const format of ['table', 'json', 'csv'] as const) {
      const { out } = await shown({ entry: 'activity', format, filter: 'application_name:evil', width: 4000 })
      expect(out).toContain('owned')
      expect(out).not.toMatch(UNSAFE_BUT_LINES)
    }
  })
})

describe('pgtriage activity', () => {
  test('prints the sessions as a table and every column as JSON', async () => {
    const uri = sharedCluster().uri
    const client = await connect(uri, 'billing')
    await client.query('BEGIN')
    const table = await printed((io) => activityCommand({ ...at(uri), format: 'table', width: 200 }, io))
    expect(table.code).toBe(0)
    expect(table.out).toMatch(/idle in transaction +.*billing/)
    const json = await printed((io) => activityCommand({ ...at(uri), format: 'json' }, io))
    const { rows } = JSON.parse(json.out)
    const columns = activity.columns.map(({ id }): string => id)
    expect(Object.keys(rows[0])).toEqual(
      columns.toSpliced(columns.indexOf('wait_event') + 1, 0, 'blocked_by'),
    )
  })

  test.each(['superuser', 'plain'] as const)('tells whom each waits for, as %s', async (role) => {
    const uris = await withRoles()
    const root = await connect(uris.superuser, 'root')
    const waiter = await connect(uris.superuser, 'waiter')
    const pids = await Promise.all(
      [root, waiter].map(async (client) => {
        const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
        return rows[0]?.pid ?? 0
      }),
    )
    await root.query('SELECT pg_advisory_lock(4711)')
    const locked = waiter.query('SELECT pg_advisory_lock(4711)')
    await eventually(async () => {
      const { rows } = await root.query('SELECT FROM pg_locks WHERE NOT granted AND pid = $1', [pids[1]])
      return rows.length === 1
    })
    const json = await printed((io) => activityCommand({ ...at(uris[role]), format: 'json' }, io))
    const rows: readonly { pid: number; blocked_by: readonly number[] | null }[] = JSON.parse(json.out).rows
    const told = pids.map((pid) => rows.find((row) => row.pid === pid)?.blocked_by)
    expect(told).toEqual([null, [pids[0]]])
    const table = await printed((io) =>
      activityCommand({ ...at(uris[role]), format: 'table', width: 200 }, io),
    )
    expect(table.out).toMatch(new RegExp(`^ *${pids[1]} .*waiting +${pids[0]} `, 'm'))
    await root.query('SELECT pg_advisory_unlock(4711)')
    await locked
  })

  test('says how many sessions are hidden, and the grant that would show them', async () => {
    const { plain } = await withRoles()
    await connect()
    const { err } = await printed((io) => activityCommand({ ...at(plain), format: 'table' }, io))
    expect(err).toContainEqual(
      expect.stringMatching(/^\d+ of \d+ sessions hidden: GRANT pg_read_all_stats TO "plain"/),
    )
  })
})
