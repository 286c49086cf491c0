import { describe, expect, test } from 'vitest'
import type { Row } from '#queries/define.ts'
import { type Actor, locksRows } from '#test/src/locks/fixtures.ts'
import { type AppUnderTest, KEYS, openApp } from '#test/support/app.tsx'

/** The storm of DESIGN: a forgotten transaction, a migration behind it, readers behind that, one who wants a row. */
const storm: readonly Actor[] = [
  {
    pid: 4711,
    holds: ['RowExclusive orders', 'Exclusive xid 755'],
    row: {
      application_name: 'billing-worker',
      client_addr: '10.1.4.7',
      state: 'idle in transaction',
      state_seconds: 847,
      xact_seconds: 850,
      query: 'UPDATE orders SET paid = true',
    },
  },
  {
    pid: 4802,
    wants: 'AccessExclusive orders',
    waited: 591,
    row: { application_name: 'migrate', query: 'ALTER TABLE orders ADD COLUMN note text' },
  },
  ...Array.from(
    { length: 38 },
    (_, index): Actor => ({
      pid: 4915 + index,
      wants: 'AccessShare orders',
      waited: 590 - index,
      row: { application_name: 'web', query: 'SELECT * FROM orders' },
    }),
  ),
  {
    pid: 5002,
    holds: ['RowExclusive orders', 'Exclusive row orders 3,7'],
    wants: 'Share xid 755',
    waited: 130,
    row: { application_name: 'web', query: "UPDATE orders SET state = 'shipped' WHERE id = 7" },
  },
]

const prepared: readonly Actor[] = [
  {
    gid: "order's 77",
    holds: ['Share ledger'],
    row: { usename: 'payments', datname: 'bank' },
  },
  { pid: 6001, wants: 'RowExclusive ledger', waited: 7000, row: { query: 'UPDATE ledger SET x = 1' } },
  { pid: 6002, wants: 'RowExclusive ledger', waited: 60, row: { query: 'UPDATE ledger SET x = 2' } },
]

async function onLocks(
  actors: readonly Actor[],
  options: Parameters<typeof openApp>[0] = {},
): Promise<AppUnderTest> {
  const app = await openApp(options)
  app.server.answers.set('locks', locksRows(...actors) as readonly Row[])
  await app.press('3')
  await app.see('waiters first')
  await app.see(actors.length === 0 ? 'nobody waits' : 'waiting in')
  return app
}

/** The body: what stands between the rule and the footer. */
function body(app: AppUnderTest): string {
  return app.screen().slice(4, -1).join('\n').trimEnd()
}

describe('the forest', () => {
  test('is understood at 80 x 24', async () => {
    const app = await onLocks([...storm, ...prepared])
    expect(body(app)).toMatchSnapshot()
  })

  test('has room for everything at 160 x 45', async () => {
    const app = await onLocks([...storm, ...prepared], { columns: 160, rows: 45 })
    expect(body(app)).toMatchSnapshot()
  })

  test('is drawn in ASCII where there is nothing else', async () => {
    const app = await onLocks(storm, { unicode: false })
    expect(body(app)).toMatch(/^[\x20-\x7e\n]*$/)
    expect(body(app)).toContain('h RowExclusive')
  })

  test('says so when nobody waits', async () => {
    const app = await onLocks([])
    expect(body(app)).toContain('nobody waits for a lock')
  })

  test('speaks of the tree under the cursor', async () => {
    const app = await onLocks([...storm, ...prepared])
    expect(body(app)).toContain('40 sessions wait behind pid 4711')
    await app.press('G')
    expect(body(app)).toContain("2 sessions wait behind the prepared transaction 'order''s 77'")
  })

  test('keeps the cursor on its party while others come and go', async () => {
    const app = await onLocks(storm)
    await app.press('j', 'j')
    expect(app.screen().find((line) => line.startsWith('▶'))).toContain('4802')
    app.server.answers.set(
      'locks',
      locksRows(...prepared, ...storm, ...prepared.slice(0, 0)) as readonly Row[],
    )
    await app.refresh()
    expect(app.screen().find((line) => line.startsWith('▶'))).toContain('4802')
    app.server.answers.set('locks', locksRows(...prepared) as readonly Row[])
    await app.refresh()
    await app.see('is no longer shown')
    expect(app.screen().some((line) => line.startsWith('▶'))).toBe(false)
    await app.press('K')
    await app.see('what was chosen is gone')
  })

  test('tells the depth by number where branches would fill the line', async () => {
    const chain: readonly Actor[] = [
      { pid: 100, holds: ['Exclusive advisory 0'] },
      ...Array.from(
        { length: 12 },
        (_, index): Actor => ({
          pid: 101 + index,
          holds: [`Exclusive advisory ${index + 1}`],
          wants: `Exclusive advisory ${index}`,
        }),
      ),
    ]
    const app = await onLocks(chain, { rows: 30 })
    expect(body(app)).toMatch(/└ 103/)
    expect(body(app)).toMatch(/…12 112/)
  })
})

describe('branches', () => {
  test('of alike waiters are opened in place, and found again by their pid', async () => {
    const app = await onLocks(storm, { rows: 60 })
    expect(body(app)).toContain('… 37 more')
    await app.press(':', '4930', KEYS.enter)
    expect(app.screen().find((line) => line.startsWith('▶'))).toContain('4930')
    expect(body(app)).not.toContain('more')
  })

  test('of alike waiters are drawn together again, from any of them', async () => {
    const app = await onLocks(storm, { rows: 60 })
    await app.press(':', '4930', KEYS.enter)
    await app.press('h')
    expect(app.screen().find((line) => line.startsWith('▶'))).toContain('… 37 more')
    await app.press('h')
    expect(app.screen().find((line) => line.startsWith('▶'))).toContain('4802')
  })

  test('close and tell how many rows they hide', async () => {
    const app = await onLocks(storm)
    await app.press('j', 'j', 'h')
    expect(body(app)).toContain('4802 +38')
    await app.press('l')
    expect(body(app)).toContain('… 37 more')
    await app.press('k', 'h')
    expect(body(app)).toContain('4711 +40')
  })
})

describe('the filter', () => {
  test('keeps whoever matches, and the way up to its root', async () => {
    const app = await onLocks(storm)
    await app.press('/', 'shipped', KEYS.enter)
    const rows = body(app).split('\n').slice(-2)
    expect(rows[0]).toContain('4711')
    expect(rows[1]).toContain('5002')
  })

  test('takes a plain pid for that session, and those behind it only by name', async () => {
    const app = await onLocks(storm)
    await app.press('/', '4802', KEYS.enter)
    expect(body(app)).not.toContain('5002')
    await app.press(KEYS.escape, '/', 'behind:4802', KEYS.enter)
    expect(body(app)).toContain('4915')
  })

  test('knows the headings, and says what it does not know', async () => {
    const app = await onLocks(storm)
    await app.press('/', 'waits>590', KEYS.enter)
    expect(body(app)).toContain('4802')
    expect(body(app)).not.toContain('5002')
    await app.press(KEYS.escape, '/', 'colour:red')
    expect(app.screen().at(-1)).toContain('no column colour')
  })
})

test('a filter and its cursor stay while new answers come', async () => {
  const app = await onLocks([...storm, ...prepared])
  const isOnRow = () =>
    app
      .screen()
      .find((line) => line.startsWith('▶'))
      ?.includes('prepared')
  await app.press('/', 'kind:prepared', KEYS.enter)
  expect(isOnRow()).toBe(true)
  for (const actors of [storm.slice(1), storm]) {
    app.server.answers.set('locks', locksRows(...actors, ...prepared) as readonly Row[])
    await app.refresh()
    expect(isOnRow()).toBe(true)
  }
})

describe('a prepared transaction', () => {
  test('has no session to end, and gives the statement that ends it', async () => {
    const app = await onLocks(prepared)
    await app.press('j', 'K')
    await app.see('has no session to end')
    await app.press('y')
    expect(app.copied).toEqual(["ROLLBACK PREPARED 'order''s 77';"])
    await app.see('owner payments, database bank')
    await app.press(KEYS.enter)
    await app.see("ROLLBACK PREPARED 'order''s 77';")
    await app.see('or COMMIT PREPARED')
  })
})

describe('the actions', () => {
  test('are aimed at the row, with what the tree says they free', async () => {
    const app = await onLocks(storm, { columns: 120 })
    await app.press('j', 'K')
    await app.see('Terminate the session of pid 4711?')
    // The one who wants the row, then the migration and its queue.
    await app.see('frees: 1 at once, 40 in all')
    await app.press(KEYS.escape, 'j', 'C')
    await app.see('Cancel the running statement of pid 4802?')
    await app.see('frees: 38 at once')
    await app.press(KEYS.escape)
  })

  test('are not aimed at what is drawn together', async () => {
    const app = await onLocks(storm)
    await app.press('j', 'j', 'j', 'j')
    expect(app.screen().find((line) => line.startsWith('▶'))).toContain('37 more')
    await app.press('K')
    expect(app.screen().join('\n')).not.toContain('Terminate')
  })

  test('are gone when only reading is allowed', async () => {
    const app = await onLocks(storm, { settings: { readOnly: true } })
    await app.press('j', 'K')
    expect(app.screen().join('\n')).not.toContain('Terminate')
  })
})

test('the other views show waiters with their way up, and objects with their queues', async () => {
  const app = await onLocks(storm, { columns: 120, rows: 24 })
  await app.press('w')
  expect(body(app)).toMatch(/4915 .*4802 ▸ 4711/)
  await app.press('o')
  expect(body(app)).toMatch(/public\.orders +9m51s 39 waiting/)
  expect(body(app)).toMatch(/├ 1\. 4802 .*⧗ AccessExclusiveLock/)
  expect(body(app)).toMatch(/├ 2\. 4915 .*⧗ AccessShareLock/)
  expect(body(app)).toMatch(/… 37 more/)
  expect(body(app)).toMatch(/transaction 755 \(rows.* +2m10s 1 waiting/)
})

test('hostile names and queries reach the screen only as text', async () => {
  const app = await onLocks([
    { ...storm[0], row: { ...storm[0]?.row, application_name: 'evil\x1b[2J', query: 'SELECT \u202e1' } },
    ...storm.slice(1),
  ])
  expect(body(app)).toContain('evil\\x1b[2J')
  expect(body(app)).not.toContain('\u202e')
})

test('the locks are asked for while the screen is open, and not after', async () => {
  const app = await onLocks([])
  await app.press('2')
  const asked = () => app.server.asked.filter(({ entry }) => entry === 'locks').length
  const before = asked()
  await app.refresh()
  await app.refresh()
  expect(asked()).toBe(before)
})
