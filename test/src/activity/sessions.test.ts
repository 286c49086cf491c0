import { describe, expect, test } from 'vitest'
import { durationOf, nextBasis } from '#src/activity/duration.ts'
import type { ActivityRow } from '#src/activity/row.ts'
import { sessionsOf } from '#src/activity/sessions.ts'
import { hiddenCounts, inView, type ViewId, viewCounts } from '#src/activity/views.ts'
import { activityRow, facts } from './fixtures.ts'

const sessions = (...rows: ActivityRow[]) => sessionsOf(rows, facts)
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

  test('waits also where this role sees no wait events but the lock queue', () => {
    const unseen = { backend_type: null, state: null, visible: false, query: '<insufficient privilege>' }
    expect(only(activityRow({ pid: 1, ...unseen, blocked_by: [2] })).condition).toBe('waiting')
    expect(only(activityRow({ pid: 1, ...unseen })).condition).toBe('hidden')
  })

  test('knows how many wait for it, each of them once', () => {
    const { list, blockedByPrepared } = sessions(
      activityRow({ pid: 1 }),
      activityRow({ pid: 2, blocked_by: [1, 1] }),
      activityRow({ pid: 3, blocked_by: [1, 2] }),
      activityRow({ pid: 4, blocked_by: [0] }),
    )
    expect(list.map(({ blocks }) => blocks)).toEqual([2, 1, 0, 0])
    expect(blockedByPrepared).toBe(1)
  })

  test('at the front of a queue has all of it behind it, even through a circle', () => {
    const { list } = sessions(
      activityRow({ pid: 1 }),
      activityRow({ pid: 2, blocked_by: [1] }),
      activityRow({ pid: 3, blocked_by: [2, 4] }),
      activityRow({ pid: 4, blocked_by: [3] }),
    )
    expect(list.map(({ behind }) => behind)).toEqual([3, 1, 1, 1])
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
    expect(
      sessions(activityRow({ pid: 1, ...copy }), activityRow({ pid: 2, blocked_by: [1] })).list[0]?.isOwn,
    ).toBe(false)
  })
})

describe('the views', () => {
  const { list } = sessions(
    activityRow({ pid: 1, state: 'active' }),
    activityRow({ pid: 2, state: 'active', wait_event_type: 'Lock', blocked_by: [3] }),
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
    const blocked = sessions(
      activityRow({ pid: 5, backend_type: 'autovacuum worker' }),
      activityRow({ pid: 6, state: 'active', wait_event_type: 'Lock', blocked_by: [5] }),
    )
    expect(pids(inView(blocked.list, shown('all')))).toEqual([5, 6])
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
