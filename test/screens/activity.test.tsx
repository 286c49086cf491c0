import { describe, expect, test, vi } from 'vitest'
import type { Row } from '#queries/define.ts'
import { DEAF_MS } from '#src/actions/dialog.ts'
import { activityRow, facts } from '#test/src/activity/fixtures.ts'
import { locksRows } from '#test/src/locks/fixtures.ts'
import { KEYS, openApp } from '#test/support/app.tsx'

const vitals: Row = {
  sessions: 90,
  usable_connections: 97,
  max_connections: 100,
  active: 4,
  idle: 80,
  idle_in_transaction: 1,
  idle_in_transaction_aborted: 0,
  other: 0,
  hidden: 0,
  waiting: 2,
  oldest_xact_seconds: 847,
  prepared_xacts: 0,
  oldest_prepared_seconds: null,
  server_time: '2026-01-31T14:03:22.000000Z',
  uptime_seconds: 3_553_200,
  in_recovery: false,
  stats_reset: null,
}

const storm = [
  activityRow({
    pid: 4711,
    application_name: 'billing-worker',
    state: 'idle in transaction',
    state_seconds: 847,
    xact_start: '2026-01-31T13:49:15.000000Z',
    xact_seconds: 847,
    backend_xid: '755',
    query: 'UPDATE orders\n   SET paid = true',
  }),
  activityRow({
    pid: 4802,
    application_name: 'migrate',
    state: 'active',
    wait_event_type: 'Lock',
    wait_event: 'relation',
    query_seconds: 591,
    query: 'ALTER TABLE orders ADD COLUMN note text',
  }),
  activityRow({
    pid: 4915,
    application_name: 'web',
    state: 'active',
    wait_event_type: 'Lock',
    wait_event: 'relation',
    query_seconds: 590,
    query: 'SELECT * FROM orders',
  }),
  activityRow({
    pid: 5002,
    application_name: 'report',
    state: 'active',
    query_seconds: 12.3,
    query: 'SELECT sum(total) FROM ledger',
  }),
  activityRow({ pid: 5100, application_name: 'pool', state: 'idle', state_seconds: 3 }),
  activityRow({ pid: 90, application_name: 'pgtriage', state: 'idle' }),
  activityRow({
    pid: 31,
    backend_type: 'checkpointer',
    datid: null,
    datname: null,
    usename: null,
    state: null,
    query: '',
  }),
] as readonly Row[]

const stormLocks = locksRows(
  { pid: 4711, holds: ['RowExclusive orders', 'Exclusive xid 755'] },
  { pid: 4802, wants: 'AccessExclusive orders', waited: 591 },
  { pid: 4915, wants: 'AccessShare orders', waited: 590 },
) as readonly Row[]

/** A dialog takes no key at first, see `DEAF_MS`. */
const untilItHears = () => new Promise((resolve) => setTimeout(resolve, DEAF_MS + 30))
const open = (more = {}) => openApp({ activity: storm, locks: stormLocks, vitals, ...more })
const pids = (lines: readonly string[]) =>
  lines.flatMap((line) => /^[▶> ][•+ ] +(\d+) /.exec(line)?.[1] ?? [])

describe('the Activity screen', () => {
  test('looks like this at 80x24', async () => {
    const { screen, see } = await open()
    await see('4711')
    expect(screen()).toMatchSnapshot()
    expect(screen().length).toBe(24)
  })

  test('looks like this at 160x45', async () => {
    const { screen, see } = await open({ columns: 160, rows: 45 })
    await see('4711')
    expect(screen()).toMatchSnapshot()
  })

  test('needs no character beyond ASCII where there is no UTF-8', async () => {
    const { screen, see } = await open({ unicode: false })
    await see('4711')
    expect(
      screen()
        .join('')
        .match(/[^\x20-\x7e]/g),
    ).toBe(null)
  })

  test('begins with the culprit, then whoever queues behind it', async () => {
    const { screen, see } = await open()
    await see('4711')
    expect(pids(screen())).toEqual(['4711', '4802', '4915', '5002', '5100'])
  })

  test('shows each view by its key', async () => {
    const { screen, press } = await open()
    await press('w')
    expect(pids(screen())).toEqual(['4802', '4915'])
    await press('t')
    expect(pids(screen())).toEqual(['4711'])
    await press('a')
    expect(pids(screen())).toEqual(['4802', '4915', '5002'])
    await press('i')
    expect(pids(screen())).toEqual(['5100'])
    await press('A', 'b', 'o')
    expect(pids(screen())).toEqual(['4711', '4802', '4915', '5002', '5100', '90', '31'])
  })

  test('keeps the cursor on its backend when the rows move, and on nobody when it is gone', async () => {
    const { app, server, screen, press, refresh } = await open()
    await press('j', 'j')
    expect(screen().find((line) => line.startsWith('▶'))).toContain('4802')
    server.answers.set('activity', storm.filter(({ pid }) => pid !== 4711).toReversed())
    await refresh()
    expect(screen().find((line) => line.startsWith('▶'))).toContain('4802')
    server.answers.set(
      'activity',
      storm.filter(({ pid }) => pid !== 4802),
    )
    await refresh()
    expect(screen().some((line) => line.startsWith('▶'))).toBe(false)
    await press('K')
    expect(app.overlay.get()).toBe(null)
  })

  test('lets no lost choice slide onto another session', async () => {
    const { app, server, screen, press, refresh, see } = await open()
    const without = (...gone: number[]) =>
      server.answers.set(
        'activity',
        storm.filter(({ pid }) => !gone.includes(Number(pid))),
      )
    await press('j', 'j')
    without(4802)
    await refresh()
    await press(KEYS.enter)
    await see('what was chosen is gone')
    server.answers.set('activity', storm)
    await refresh()
    await press('g', ' ', 'j', ' ', 'j', 'j')
    expect(screen().filter((line) => line.startsWith(' •') || line.startsWith('▶•')).length).toBe(2)
    without(4711, 4802)
    await refresh()
    await press('K')
    await see('what was chosen is gone')
    expect(app.overlay.get()).toBe(null)
  })

  test('closes a detail to go to another pid', async () => {
    const { screen, press, see } = await open()
    await press('j', KEYS.enter)
    await see('pid 4711')
    await press(':', '4802', KEYS.enter)
    expect(screen().find((line) => line.startsWith('▶'))).toContain('4802')
  })

  test('counts a statement as waiting when one of its parallel workers waits', async () => {
    const worker = activityRow({
      pid: 8,
      backend_type: 'parallel worker',
      leader_pid: 7,
      state: 'active',
      wait_event_type: 'Lock',
      wait_event: 'relation',
    })
    const leader = activityRow({ pid: 7, state: 'active', query_seconds: 3 })
    const locks = locksRows(
      { pid: 8, wants: 'AccessShare orders', row: { leader_pid: 7, backend_type: 'parallel worker' } },
      { pid: 7 },
      { pid: 9, holds: ['AccessExclusive orders'] },
    ) as readonly Row[]
    const { screen, press, see } = await open({ activity: [leader, worker], locks })
    await see('waiting 1')
    await press('w')
    expect(screen().find((line) => line.includes(' 7 '))).toMatch(/waiting \+1 +⧗9 /)
  })

  test('filters while typing, chooses the first match, and gives all back with Escape', async () => {
    const { screen, press } = await open()
    await press('/', 'web')
    expect(pids(screen())).toEqual(['4915'])
    await press(KEYS.enter)
    expect(screen().find((line) => line.startsWith('▶'))).toContain('4915')
    await press(KEYS.escape)
    expect(pids(screen()).length).toBe(5)
  })

  test('filters by what its columns show', async () => {
    const { screen, press } = await open()
    const filtered = async (text: string) => {
      await press('/', text, KEYS.enter)
      const found = pids(screen())
      await press(KEYS.escape)
      return found
    }
    expect(await filtered('state:waiting')).toEqual(['4802', '4915'])
    expect(await filtered('time>10m')).toEqual(['4711'])
    expect(await filtered('lock>1')).toEqual(['4711'])
    expect(await filtered('app:report !state:idle')).toEqual(['5002'])
    expect(await filtered('blocked_by:4711')).toEqual(['4802'])
  })

  test('does not accept a filter that it does not understand', async () => {
    const { press, see, app } = await open()
    await press('/', 'foo:bar', KEYS.enter)
    await see('no column foo')
    expect(app.prompt.get()).not.toBe(null)
  })

  test('opens the first session when none is chosen', async () => {
    const { press, see } = await open()
    await press(KEYS.enter)
    await see('pid 4711')
  })

  test('says that a prepared transaction has no pid to end, and where its name is', async () => {
    const waiter = activityRow({ pid: 7, state: 'active', wait_event_type: 'Lock' })
    const locks = locksRows(
      { pid: 7, wants: 'Share ledger' },
      { gid: 'order-77', holds: ['RowExclusive ledger'] },
    ) as readonly Row[]
    const { see } = await open({ activity: [waiter], locks })
    await see('1 wait behind a prepared transaction (no pid to end): 3 Locks names it')
    await see('⧗prepared')
  })

  test('loses no key when a slow link delivers many at once', async () => {
    const { screen, press } = await open()
    await press('jjj')
    expect(screen().find((line) => line.startsWith('▶'))).toContain('4915')
    await press('/web\r')
    expect(pids(screen())).toEqual(['4915'])
  })

  test('shows everything of one backend and comes back', async () => {
    const { press, see, screen } = await open()
    await press('j', KEYS.enter)
    await see('pid 4711')
    await see('SET paid = true')
    expect(screen().join('\n')).toContain('2 wait behind it')
    await press(KEYS.escape)
    await see('all 5')
  })

  test('counts time of the query, the transaction, the backend', async () => {
    const { press, see } = await open()
    await press('T')
    await see('xact')
    await press('T')
    await see('backend')
  })

  test('says how many sessions this role cannot see, and the GRANT that would show them', async () => {
    const { see } = await open({
      activity: [
        ...storm,
        activityRow({
          pid: 6000,
          backend_type: null,
          state: null,
          visible: false,
          query: '<insufficient privilege>',
        }),
      ],
    })
    await see('1 of 6 sessions hidden: GRANT pg_read_all_stats TO "dba"')
  })

  test('asks for the locks only while somebody waits, and tells nothing of those who waited before', async () => {
    const calm = storm.filter(({ wait_event_type }) => wait_event_type === null)
    const { app, server, screen, see, refresh } = await openApp({ activity: calm, vitals })
    const asked = () => server.asked.filter(({ entry }) => entry === 'locks').length
    await refresh()
    expect([
      asked(),
      app.screen
        .get()
        .entries()
        .map(({ id }) => id),
    ]).toEqual([0, ['activity']])
    server.answers.set('activity', storm)
    server.answers.set('locks', stormLocks)
    await refresh()
    await see('●2')
    expect(
      app.screen
        .get()
        .entries()
        .map(({ id }) => id),
    ).toEqual(['activity', 'locks'])
    server.answers.set('activity', calm)
    await refresh()
    await refresh()
    const before = asked()
    expect(screen().join()).not.toContain('●2')
    server.answers.set('activity', storm)
    server.answers.set('locks', { kind: 'timeout', message: 'it takes too long', sqlstate: '57014' })
    await refresh()
    await see('⧗?')
    await vi.waitFor(() => expect(asked()).toBe(before + 1))
    expect(screen().join()).not.toContain('●2')
    await see('waiting 2')
  })

  test('learns from the locks who waits where this role sees no wait events', async () => {
    const hidden = { backend_type: null, state: null, visible: false, query: '<insufficient privilege>' }
    const { app, server, screen, see, refresh } = await openApp({
      activity: [4711, 4802, 5002].map((pid) => activityRow({ pid, ...hidden })),
      locks: locksRows(
        { pid: 4711, holds: ['RowExclusive orders'], row: hidden },
        { pid: 4802, wants: 'AccessExclusive orders', row: hidden },
      ) as readonly Row[],
      vitals,
      facts: { ...facts, role: { ...facts.role, superuser: false, readsAllStats: false } },
    })
    await see('⧗4711')
    await see(/ 4711 3\.0s \? ●1 /)
    await see('waiting 1')
    expect(pids(screen())).toEqual(['4711', '4802', '5002'])
    app.show('locks')
    app.show('activity')
    server.facts = facts
    await refresh()
    expect(app.locks.isWatched).toBe(false)
  })

  test('copies the whole query and pages it', async () => {
    const { press, copied, paged } = await open()
    await press('j', 'y', 'v')
    await vi.waitFor(() => expect(paged.length).toBe(1))
    expect(copied).toEqual(['UPDATE orders\n   SET paid = true'])
    expect(paged[0]).toEqual(['UPDATE orders', '   SET paid = true'])
  })
})

describe('cancel and terminate', () => {
  test('ask first, with who is freed and what is lost, and Enter is No', async () => {
    const { server, press, see, app } = await open()
    await press('j', 'K')
    await see('Terminate the session of pid 4711?')
    await see('frees: 1 at once, 2 in all, the longest waits 9m51s')
    await see('with what it wrote, is rolled back')
    await untilItHears()
    await press(KEYS.enter)
    expect(app.overlay.get()).toBe(null)
    expect(server.asked.some(({ entry }) => entry === 'terminate')).toBe(false)
  })

  test('tell at once what the screen has known, and then what the server tells now', async () => {
    const { server, press, see, app } = await open()
    const { promise: isLate, resolve: answer } = Promise.withResolvers<void>()
    const { run } = server
    server.run = async (entry, options) => {
      await (entry.id === 'locks' ? isLate : undefined)
      return await run(entry, options)
    }
    server.answers.set(
      'locks',
      locksRows(
        { pid: 4711, holds: ['AccessShare orders'] },
        { gid: "o'r", holds: ['AccessShare orders'] },
        { pid: 4802, wants: 'AccessExclusive orders', waited: 700 },
      ) as readonly Row[],
    )
    await press('j', 'K')
    await see('frees: 1 at once, 2 in all, the longest waits 9m51s')
    answer()
    await see("1 waits on, blocked by prepared 'o''r' as well")
    server.answers.set('locks', { kind: 'timeout', message: 'it takes too long', sqlstate: '57014' })
    await press(KEYS.escape, 'K')
    await see('frees: not known (the server did not answer)')
    expect(app.overlay.get()).not.toBe(null)
  })

  test('say which advisory lock a cancel does not give back', async () => {
    const { press, see } = await open({
      locks: locksRows(
        { pid: 5002, holds: ['Exclusive advisory 42'] },
        { pid: 4915, wants: 'Exclusive advisory 42' },
      ) as readonly Row[],
    })
    await press('/', 'app:report', KEYS.enter, 'C')
    await see('a cancel does not give back advisory 42')
    await see('1 waits on')
    await press(KEYS.escape, 'K')
    await see('frees: 1 at once')
  })

  test('take no y that was typed before the dialog could be read', async () => {
    const { server, press, see } = await open()
    await press('j', 'Ky')
    await see('Terminate the session of pid 4711?')
    expect(server.asked.some(({ entry }) => entry === 'terminate')).toBe(false)
  })

  test('are aimed at the backend that was shown, whatever the list does meanwhile', async () => {
    const { server, press, see, refresh } = await open({ settings: { noAudit: true } })
    await press('j', 'K')
    await see('pid 4711')
    server.answers.set(
      'activity',
      storm.filter(({ pid }) => pid !== 4711),
    )
    await refresh()
    await untilItHears()
    await press('y')
    await vi.waitFor(() =>
      expect(server.asked.find(({ entry }) => entry === 'terminate')?.parameters.slice(0, 2)).toEqual([
        4711,
        '2026-01-31T10:00:00.004711Z',
      ]),
    )
  })

  test('say why a cancel of an idle transaction would do nothing', async () => {
    const { press, see } = await open()
    await press('j', 'C')
    await see('No statement runs: cancel would do nothing. Terminate ends the transaction.')
  })

  test('do not exist in read-only mode', async () => {
    const { press, see, app } = await open({ settings: { readOnly: true } })
    await press('j', 'K')
    await see('K does nothing here')
    expect(app.overlay.get()).toBe(null)
  })
})

describe('the frame', () => {
  test('shows the keys of the screen from the registry', async () => {
    const { press, see } = await open({ rows: 60 })
    await press('?')
    await see('Show sessions idle in transaction')
    await see('Terminate the session')
    await press(KEYS.escape)
    await see('all 5')
  })

  test('shows the SQL behind the screen', async () => {
    const { press, see } = await open()
    await press('@')
    await see('/* pgtriage:activity */')
  })

  test('goes to a pid', async () => {
    const { press, screen } = await open()
    await press('w', ':', '5100', KEYS.enter)
    expect(screen().find((line) => line.startsWith('▶'))).toContain('5100')
  })

  test('says PAUSED, and how old the data is when the link is lost', async () => {
    const { press, see, server } = await open()
    await press('p')
    await see('PAUSED')
    await press('p')
    server.tell({
      kind: 'link',
      link: {
        status: 'down',
        failure: { kind: 'lost', message: 'the server ended the connection', sqlstate: '57P01' },
        attempts: 1,
        retryAtMs: performance.now() + 3000,
      },
    })
    await see(/data .* old/)
    await see('the server ended the connection')
    await press('r')
    expect(server.reconnects).toBe(1)
  })

  test('forgets what was chosen when it finds itself on another server', async () => {
    const { press, server, app, screen, see } = await open()
    await press('j', 'K')
    server.tell({
      kind: 'identity',
      before: app.options.server.facts as never,
      after: app.options.server.facts as never,
      message: 'this is another server now',
    })
    await see('this is another server now')
    expect(app.overlay.get()).toBe(null)
    expect(screen().some((line) => line.startsWith('▶'))).toBe(false)
  })

  test('quits with q, after going back', async () => {
    const { press, quits } = await open()
    await press('j', KEYS.enter, 'q')
    expect(quits.count).toBe(0)
    await press('q')
    expect(quits.count).toBe(1)
  })

  test('draws something at any size without a line too many', async () => {
    for (const [columns, rows] of [
      [1, 1],
      [2, 5],
      [10, 3],
      [40, 10],
      [500, 100],
    ] as const) {
      const { screen } = await openApp({ activity: storm, vitals: undefined as never, columns, rows })
      expect(screen().length).toBeLessThanOrEqual(rows)
    }
  })
})
