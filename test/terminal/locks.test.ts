import { describe, expect, test } from 'vitest'
import { connect, sharedCluster, withRoles } from '#test/support/cluster.ts'
import { type LaunchOptions, launch, type Robot } from '#test/support/robot.ts'
import { run } from './run.ts'
import { idleInTransaction, type Person, queue, untilWaiting, working } from './sessions.ts'

/** The Locks screen, once it shows who waits. */
async function onLocks(options: LaunchOptions = {}): Promise<Robot> {
  const top = launch({ args: ['--screen', 'locks', sharedCluster().uri], columns: 130, rows: 40, ...options })
  await top.see(/\d+ waiting in \d+ tree/)
  return top
}

/** Moves the cursor down until it is on a row with this text. */
async function choose(top: Robot, text: string | number): Promise<void> {
  top.press('g')
  await top.until('a cursor', (lines) => lines.some(isChosen))
  for (let step = 0; step < 30; step += 1) {
    const line = top.screen().find(isChosen) ?? ''
    if (line.includes(String(text))) return
    top.press('j')
    await top.until('another row', (lines) => lines.find(isChosen) !== line)
  }
  throw new Error(`no row with ${text}:\n${top.text()}`)
}

function isChosen(line: string): boolean {
  return line.startsWith('▶')
}

async function sayYes(top: Robot): Promise<void> {
  await top.pressUntil('x', 'only y confirms')
  top.press('y')
}

/** A migration behind an idle transaction, and `readers` sessions behind the migration. */
async function storm(name: string, readers: number) {
  const { root, alter, reader } = await queue(name)
  const admin = await connect()
  const others: Person[] = []
  for (let index = 1; index < readers; index += 1) {
    const other = await working(`${name}-reader`, `SELECT * FROM ${name}`)
    await untilWaiting(admin, other.pid)
    others.push(other)
  }
  return { root, alter, readers: [reader, ...others] }
}

describe.each([
  { columns: 80, rows: 24 },
  { columns: 160, rows: 45 },
])('a storm at $columns x $rows', (size) => {
  test('names the culprit and what each remedy frees, and is over after three keys', async () => {
    const { root, alter, readers } = await storm(`storm_${size.columns}`, 6)
    const top = await onLocks(size)
    const text = () => top.text().replace(/\s+/g, ' ')
    await top.until('the sentences', () => text().includes('cancel'))
    expect(text()).toContain(`7 sessions wait behind pid ${root.pid}, idle in transaction for`)
    expect(text()).toContain(`(${alter.pid}) waits for that, and 6 sessions queue behind it`)
    expect(text()).toContain(`K terminate ${root.pid} frees 1 at once, 7 in all`)
    expect(text()).toContain(`C cancel ${alter.pid} frees 6 at once`)
    expect(text()).toContain('… 5 more')
    top.press('j')
    await top.until('the cursor on the culprit', (lines) =>
      lines.some((line) => isChosen(line) && line.includes(String(root.pid))),
    )
    top.press('K')
    await top.see(`Terminate the session of pid ${root.pid}?`)
    await sayYes(top)
    await top.see('freed 7 of 7 waiters in ')
    await top.see('nobody waits for a lock')
    expect(await root.fate).toBe('57P01')
    expect(await Promise.all([alter, ...readers].map(({ fate }) => fate))).toEqual(Array(7).fill(null))
  })
})

test('cancelling the migration frees its queue, and leaves the idle transaction alone', async () => {
  const { root, alter, readers } = await storm('cancelled_ddl', 3)
  const top = await onLocks()
  await choose(top, alter.pid)
  top.press('C')
  await top.see(`Cancel the running statement of pid ${alter.pid}?`)
  await top.see('frees: 3 at once')
  await sayYes(top)
  await top.see('freed 3 of 3 waiters in ')
  expect(await alter.fate).toBe('57014')
  expect(await Promise.all(readers.map(({ fate }) => fate))).toEqual([null, null, null])
  expect((await root.client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test('alike waiters are drawn together, opened, and the way between waiter and blocker is a key', async () => {
  const { root, alter, readers } = await storm('alike', 6)
  const top = await onLocks()
  await top.see('… 5 more')
  await choose(top, '… 5 more')
  top.press('l')
  await top.unsee('… 5 more')
  for (const { pid } of readers) expect(top.text()).toContain(String(pid))
  top.press('b')
  await top.until('the cursor on the migration', (lines) =>
    lines.some((line) => isChosen(line) && line.includes(` ${alter.pid} `)),
  )
  top.press('h')
  await top.see(`${alter.pid} +6`)
  top.press('b', 'h')
  await top.see(`${root.pid} +7`)
  top.press('B')
  await top.until('the cursor on the migration again', (lines) =>
    lines.some((line) => isChosen(line) && line.includes(`${alter.pid} +6`)),
  )
})

test('the waiters come first, or the objects with their queues', async () => {
  const { root, alter } = await storm('views', 5)
  const top = await onLocks()
  top.press('w')
  await top.see(new RegExp(`${alter.pid} ▸ ${root.pid}`))
  top.press('o')
  await top.see(/public\.views +\S+ 6 waiting/)
  expect(top.text()).toMatch(new RegExp(`├ ${root.pid} +● .*RowExclusiveLock`))
  expect(top.text()).toMatch(new RegExp(`├ 1\\. ${alter.pid} .*⧗ AccessExclusiveLock`))
  expect(top.text()).toMatch(/├ 2\. \d+ .*⧗ AccessShareLock/)
  top.press('/', `${alter.pid}`, 'enter')
  await top.see('3 of 8')
  top.press('escape', 't')
  await top.see(`└ ${alter.pid}`)
})

test('the detail tells both sides, and what the server itself says of the blockers', async () => {
  const { root, alter } = await storm('detail', 2)
  const top = await onLocks()
  await choose(top, alter.pid)
  top.press('enter')
  await top.see('waits for')
  await top.see(`pg_blocking_pids() says ${root.pid}: the same`)
  await top.see('AccessExclusiveLock on public.detail')
  await top.see(/holds .*RowExclusiveLock on public\.detail/)
  await top.see('last query, not necessarily the one that took the lock')
  await top.see('cancel frees 2 at once')
  await top.see(`locks of ${root.pid}`)
  await root.client.query('ROLLBACK')
  await top.see('no longer waits')
  top.press('q')
  await top.see('nobody waits for a lock')
})

test('a role without rights sees the same tree, and says what is hidden', async () => {
  const { root, alter } = await storm('unseen', 2)
  const top = await onLocks({ args: ['--screen', 'locks', (await withRoles()).plain] })
  await top.see(`3 sessions wait behind pid ${root.pid}, whose state this role may not see`)
  await top.see(new RegExp(`└ ${alter.pid} .*AccessExclusiveLock`))
  await top.see('(hidden from this role)')
})

test('while a shared catalog is locked the tree is drawn all the same', async () => {
  const { root } = await storm('catalogs', 2)
  const top = await onLocks()
  const admin = await connect()
  await admin.query('BEGIN; LOCK TABLE pg_catalog.pg_database IN ACCESS EXCLUSIVE MODE')
  await top.see('a system catalog is locked')
  await top.see(`3 sessions wait behind pid ${root.pid}`)
  await admin.query('ROLLBACK')
})

describe('pgtriage locks', () => {
  test('prints a sentence and the tree', async () => {
    const { root, alter } = await storm('printed', 2)
    const { code, stdout } = await run(['locks', sharedCluster().uri])
    expect(code).toBe(0)
    const text = stdout.toString()
    expect(text.replace(/\s+/g, ' ')).toContain(
      `terminate ${root.pid} frees 1 at once, 3 in all; or cancel ${alter.pid} frees 2 at once.`,
    )
    expect(text).toMatch(new RegExp(`^${root.pid} .*● RowExclusiveLock +public\\.printed`, 'm'))
    expect(text).toMatch(new RegExp(`^└ ${alter.pid} .*hard +⧗ AccessExclusiveLock`, 'm'))
    expect(text).toMatch(/^ {2}[├└] \d+ .*soft +⧗ AccessShareLock/m)
  })

  test('gives nodes, edges, trees and sentences as JSON', async () => {
    const { root, alter, readers } = await storm('document', 3)
    const { code, stdout } = await run(['locks', '--format', 'json', '--all-edges', sharedCluster().uri])
    expect(code).toBe(0)
    const document = JSON.parse(stdout.toString())
    const [one, two, three] = readers.map(({ pid }) => String(pid))
    const [top, ddl] = [String(root.pid), String(alter.pid)]
    expect(document).toMatchObject({ command: 'locks', server: { database: 'postgres' } })
    expect(document.nodes).toHaveLength(5)
    expect(document.nodes).toContainEqual(
      expect.objectContaining({
        id: top,
        kind: 'backend',
        pid: root.pid,
        gid: null,
        wait_seconds: null,
        relation: 'public.document',
        mode_wanted: null,
        mode_held: 'RowExclusiveLock',
        state: 'idle in transaction',
        frees_direct: 1,
        frees_total: 4,
        root: true,
      }),
    )
    expect(document.nodes).toContainEqual(
      expect.objectContaining({
        id: ddl,
        locktype: 'relation',
        mode_wanted: 'AccessExclusiveLock',
        mode_held: null,
        frees_direct: 3,
        root: false,
        query: 'ALTER TABLE document ADD COLUMN note text',
      }),
    )
    const soft = [one, two, three].map((waiter) => ({ waiter, blocker: ddl, kind: 'soft' }))
    expect(document.edges).toHaveLength(4)
    expect(document.edges).toEqual(
      expect.arrayContaining(
        [{ waiter: ddl, blocker: top, kind: 'hard' }, ...soft].map((edge) => expect.objectContaining(edge)),
      ),
    )
    expect(document.all_edges).toHaveLength(4)
    expect(document.trees).toEqual([
      {
        id: top,
        children: [
          {
            id: ddl,
            children: expect.arrayContaining([
              { id: one, children: [] },
              { id: two, children: [] },
            ]),
          },
        ],
      },
    ])
    expect(document.sentences).toEqual([
      expect.stringContaining(`behind pid ${root.pid}, idle in transaction`),
    ])
  })

  test('says so when nobody waits, and refuses formats that it has not', async () => {
    const holder = await idleInTransaction('alone', ['SELECT pg_advisory_xact_lock(1)'])
    const calm = await run(['locks', sharedCluster().uri])
    expect(calm).toMatchObject({ code: 0 })
    expect(calm.stdout.toString()).toBe('nobody waits for a lock\n')
    const empty = await run(['locks', '--format', 'json', sharedCluster().uri])
    expect(JSON.parse(empty.stdout.toString())).toMatchObject({
      nodes: [],
      edges: [],
      trees: [],
      sentences: [],
    })
    const wrong = await run(['locks', '--format', 'csv', sharedCluster().uri])
    expect(wrong.code).toBe(2)
    expect(wrong.stderr.toString()).toContain('tree, json')
    await holder.client.query('ROLLBACK')
  })
})
