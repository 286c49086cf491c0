import { describe, expect, test } from 'vitest'
import { durationOf, nextBasis } from '#src/activity/duration.ts'
import { headcountOf } from '#src/activity/headcount.ts'
import type { ActivityRow } from '#src/activity/row.ts'
import { sessionsOf } from '#src/activity/sessions.ts'
import { hiddenCounts, inView, type ViewId, viewCounts } from '#src/activity/views.ts'
import { waitsOf } from '#src/locks/waits.ts'
import { type Actor, analysisOf } from '#test/src/locks/fixtures.ts'
import { activityRow, facts } from './fixtures.ts'

const sessions = (...rows: ActivityRow[]) => sessionsOf(rows, facts)
/** The sessions of these pids, whose locks are known. */
const sessionsAmid = (locks: readonly Actor[], ...rows: readonly (ActivityRow | number)[]) =>
  sessionsOf(
    rows.map((row) => (typeof row === 'number' ? activityRow({ pid: row }) : row)),
    facts,
    waitsOf(analysisOf(...locks)),
  )
const only = (row: ActivityRow) => {
  const [session] = sessions(row).list
  if (session === undefined) {
    throw new Error('no session')
  }
  return session
}
const pids = (rows: readonly { row: ActivityRow }[]) => rows.map(({ row }) => row.pid)
const shown = (view: ViewId, more = {}) => ({ view, background: false, own: false, ...more })

describe('a session', () => {
  test('is told by its state, and waits when a lock keeps it from running', () => {
    expect(only(activityRow({ pid: 1, state: 'active' })).condition).toBe('active')
    expect(only(activityRow({ pid: 1, state: 'active', wait_event_type: 'Lock' })).condition).toBe('waiting')
    expect(only(activityRow({ pid: 1, state: 'active', wait_event_type: 'IO' })).condition).toBe('active')
    expect(only(activityRow({ pid: 1, state: 'idle in transaction (aborted)' })).condition).toBe(
      'idle in transaction (aborted)',
    )
  })

  test('waits also where this role sees no wait events but the locks', () => {
    const unseen = { backend_type: null, state: null, visible: false, query: '<insufficient privilege>' }
    const locks = [
      { pid: 1, wants: 'Share orders' },
      { pid: 2, holds: ['RowExclusive orders'] },
    ]
    const [waiter, other] = sessionsAmid(
      locks,
      activityRow({ pid: 1, ...unseen }),
      activityRow({ pid: 3, ...unseen }),
    ).list
    expect(waiter).toMatchObject({ condition: 'waiting', blockedBy: [2] })
    expect(other).toMatchObject({ condition: 'hidden', blockedBy: null })
  })

  test('waits for a safe snapshot as for a lock', () => {
    const waiter = activityRow({
      pid: 1,
      state: 'active',
      wait_event_type: 'IPC',
      wait_event: 'SafeSnapshot',
    })
    expect(only(waiter)).toMatchObject({ condition: 'waiting', blockedBy: [] })
    const locks = [{ pid: 2 }, { pid: 1, row: { snapshot_blocked_by: [2] } }]
    expect(sessionsAmid(locks, waiter, 2).list).toMatchObject([{ blockedBy: [2] }, { behind: 1 }])
  })

  test('waits for somebody unknown while the locks are not', () => {
    expect(only(activityRow({ pid: 1, state: 'active', wait_event_type: 'Lock' })).blockedBy).toEqual([])
  })

  test('knows how many wait for it, each of them once', () => {
    const locks = [
      { pid: 1, holds: ['RowExclusive orders', 'Exclusive xid 7'] },
      { pid: 2, holds: ['Exclusive row orders 1,1'], wants: 'Share xid 7' },
      { pid: 3, wants: 'Exclusive row orders 1,1' },
      { pid: 4, wants: 'Share ledger' },
      { gid: 'order-77', holds: ['RowExclusive ledger'] },
    ]
    const { list, blockedByPrepared } = sessionsAmid(locks, 1, 2, 3, 4)
    expect(list.map(({ blocks }) => blocks)).toEqual([1, 1, 0, 0])
    expect(list.map(({ behind }) => behind)).toEqual([2, 1, 0, 0])
    expect(list.map(({ blockedBy }) => blockedBy)).toEqual([null, [1], [2], [0]])
    expect(blockedByPrepared).toBe(1)
  })

  test('in a hot row has not all those behind it that have others in their way', () => {
    const locks = [
      { pid: 1, holds: ['Exclusive xid 7'] },
      { pid: 2, holds: ['Exclusive row orders 1,1'], wants: 'Share xid 7' },
      ...[3, 4, 5].map((pid) => ({ pid, wants: 'Exclusive row orders 1,1' })),
    ]
    const { list } = sessionsAmid(locks, 1, 2, 3, 4, 5)
    expect(list.map(({ behind }) => behind)).toEqual([4, 3, 0, 0, 0])
    expect(list.at(-1)?.blockedBy).toEqual([2, 3, 4])
  })

  test('names those first who hold what it wants and wait for nobody', () => {
    const locks = [
      { pid: 2, holds: ['RowExclusive orders'], wants: 'Share ledger' },
      { pid: 1, holds: ['RowExclusive orders', 'RowExclusive ledger'] },
      { pid: 3, wants: 'AccessExclusive orders' },
      { pid: 4, wants: 'Share orders' },
    ]
    expect(sessionsAmid(locks, 3, 4).list.map(({ blockedBy }) => blockedBy)).toEqual([
      [1, 2],
      [1, 2, 3],
    ])
  })

  test('has the waiters behind it also when they are counted under another who blocks them as well', () => {
    const locks = [
      { pid: 1, holds: ['AccessShare orders'] },
      { pid: 2, holds: ['AccessShare orders'] },
      { pid: 3, wants: 'AccessExclusive orders' },
      { pid: 4, wants: 'AccessShare orders' },
    ]
    const autovacuum = activityRow({ pid: 2, backend_type: 'autovacuum worker' })
    const { list } = sessionsAmid(locks, 1, autovacuum, 3, 4)
    expect(list.map(({ behind }) => behind)).toEqual([2, 2, 1, 0])
    expect(pids(inView(list, shown('all')))).toEqual([1, 2, 3, 4])
  })

  test('of a deadlock has the other behind it', () => {
    const locks = [
      { pid: 1, holds: ['Exclusive xid 1'], wants: 'Share xid 2' },
      { pid: 2, holds: ['Exclusive xid 2'], wants: 'Share xid 1' },
    ]
    const { list } = sessionsAmid(locks, 1, 2)
    expect(list.map(({ blockedBy }) => blockedBy)).toEqual([[2], [1]])
    expect(list.map(({ behind }) => behind)).toEqual([1, 0])
  })

  test('has at least so many behind it when more wait than were read', () => {
    const locks = [
      { pid: 1, holds: ['RowExclusive orders'] },
      { pid: 2, wants: 'Share orders', row: { total_waiters: 9000 } },
    ]
    expect(sessionsAmid(locks, 1).list).toMatchObject([{ behind: 1, isAtLeast: true }])
  })

  test('carries its parallel workers', () => {
    const { list } = sessions(
      activityRow({ pid: 1, state: 'active' }),
      activityRow({ pid: 2, backend_type: 'parallel worker', leader_pid: 1 }),
      activityRow({ pid: 3, backend_type: 'parallel worker', leader_pid: 1 }),
    )
    expect(pids(list)).toEqual([1])
    expect(list[0]?.workers.map(({ pid }) => pid)).toEqual([2, 3])
  })

  test('stands for itself as a worker whose leader is not in the list', () => {
    expect(
      pids(sessions(activityRow({ pid: 2, backend_type: 'parallel worker', leader_pid: 1 })).list),
    ).toEqual([2])
  })

  test('is ours by its pid, and another copy of this program only while it does no harm', () => {
    const copy = { application_name: 'pgtriage poll' }
    expect(only(activityRow({ pid: 90, application_name: 'anything' })).isOwn).toBe(true)
    expect(only(activityRow({ pid: 1, ...copy })).isOwn).toBe(true)
    expect(only(activityRow({ pid: 1, ...copy, xact_seconds: 60 })).isOwn).toBe(false)
    const locks = [
      { pid: 1, holds: ['RowExclusive orders'] },
      { pid: 2, wants: 'Share orders' },
    ]
    expect(sessionsAmid(locks, activityRow({ pid: 1, ...copy }), 2).list[0]?.isOwn).toBe(false)
  })
})

describe('the views', () => {
  const { list } = sessions(
    activityRow({ pid: 1, state: 'active' }),
    activityRow({ pid: 2, state: 'active', wait_event_type: 'Lock' }),
    activityRow({ pid: 3, state: 'idle in transaction' }),
    activityRow({ pid: 4, state: 'idle' }),
    activityRow({ pid: 5, backend_type: 'checkpointer', datid: null, state: null }),
    activityRow({ pid: 90, state: 'idle' }),
    activityRow({ pid: 7, backend_type: null, state: null, visible: false }),
  )

  test('show what they say', () => {
    expect(pids(inView(list, shown('all')))).toEqual([1, 2, 3, 4, 7])
    expect(pids(inView(list, shown('active')))).toEqual([1, 2])
    expect(pids(inView(list, shown('waiting')))).toEqual([2])
    expect(pids(inView(list, shown('idle-in-transaction')))).toEqual([3])
    expect(pids(inView(list, shown('idle')))).toEqual([4])
  })

  test('count what they show', () => {
    const counts = viewCounts(list, shown('idle'))
    expect(counts).toEqual({ all: 5, active: 2, waiting: 1, 'idle-in-transaction': 1, idle: 1 })
    expect(hiddenCounts(list, shown('all'))).toEqual({ background: 1, own: 1 })
  })

  test('show background processes and our own sessions on demand', () => {
    expect(pids(inView(list, shown('all', { background: true, own: true })))).toEqual([1, 2, 3, 4, 5, 90, 7])
    expect(hiddenCounts(list, shown('all', { background: true, own: true }))).toEqual({
      background: 0,
      own: 0,
    })
  })

  test('never hide a background process that blocks or waits', () => {
    const locks = [
      { pid: 5, holds: ['ShareUpdateExclusive orders'] },
      { pid: 6, wants: 'AccessExclusive orders' },
    ]
    const vacuum = activityRow({ pid: 5, backend_type: 'autovacuum worker' })
    expect(pids(inView(sessionsAmid(locks, vacuum, 6).list, shown('all')))).toEqual([5, 6])
  })
})

describe('the time of a session', () => {
  const idle = only(
    activityRow({ pid: 1, state: 'idle in transaction', xact_seconds: 90, state_seconds: 70 }),
  )
  const active = only(activityRow({ pid: 1, state: 'active', query_seconds: 5, xact_seconds: 90 }))

  test('counts the running query, or the state when none runs', () => {
    expect(durationOf(active, 'query')).toBe(5)
    expect(durationOf(idle, 'query')).toBe(70)
  })

  test('counts the transaction and the backend on demand', () => {
    expect(durationOf(idle, 'transaction')).toBe(90)
    expect(durationOf(idle, 'backend')).toBe(60)
  })

  test('turns through its three bases', () => {
    expect(nextBasis(nextBasis(nextBasis('query')))).toBe('query')
  })
})

describe('the headcount', () => {
  const rows = [
    activityRow({ pid: 1, state: 'active', wait_event_type: 'Lock' }),
    activityRow({ pid: 2, backend_type: 'parallel worker', leader_pid: 1, wait_event_type: 'Lock' }),
  ]

  test('has those who wait by the locks, and by the rows while these are not known', () => {
    expect(headcountOf(rows, facts, 1).waiting).toBe(1)
    expect(headcountOf(rows, facts, null).waiting).toBe(2)
  })
})
