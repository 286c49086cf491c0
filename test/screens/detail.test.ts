import { describe, expect, test } from 'vitest'
import type { backendLocks } from '#queries/backend-locks.ts'
import type { backendProgress } from '#queries/backend-progress.ts'
import type { EntryRow } from '#queries/define.ts'
import type { statementHistory } from '#queries/statement-history.ts'
import { historyLines } from '#screens/activity/detail/history.ts'
import { progressLines } from '#screens/activity/detail/progress.ts'
import { sessionsOf } from '#src/activity/sessions.ts'
import { createTheme } from '#src/theme/theme.ts'
import { lockLines } from '#src/view/locks/lock-lines.ts'
import { activityRow, facts } from '#test/src/activity/fixtures.ts'

const theme = createTheme({ colour: 'none', unicode: true })
const plain = (lines: readonly string[]) => lines.map((line) => line.replace(/\x1b\[[0-9;]*m/g, '').trimEnd())

type LockRow = EntryRow<typeof backendLocks>
const lock = (given: Partial<LockRow>): LockRow => ({
  granted: true,
  mode: 'RowExclusiveLock',
  locktype: 'relation',
  relation_name: 'public.orders',
  database: 5,
  relation: 16390,
  page: null,
  tuple: null,
  virtualxid: null,
  transactionid: null,
  classid: null,
  objid: null,
  objsubid: null,
  fastpath: false,
  wait_start: null,
  wait_seconds: null,
  total_rows: 1,
  ...given,
})

describe('the locks of a session', () => {
  test('begin with the one it waits for, and leave out its own virtual transaction', () => {
    const rows = [
      lock({ total_rows: 3 }),
      lock({ locktype: 'virtualxid', virtualxid: '4/12', mode: 'ExclusiveLock', total_rows: 3 }),
      lock({
        granted: false,
        locktype: 'transactionid',
        transactionid: '755',
        mode: 'ShareLock',
        wait_seconds: 847,
        total_rows: 3,
      }),
    ]
    expect(plain(lockLines(rows, 100, theme))).toEqual([
      '   ⧗ ShareLock                transaction 755                                          waits 14m07s',
      '   ● RowExclusiveLock         public.orders',
    ])
  })

  test('are counted when they are too many to read', () => {
    const rows = Array.from({ length: 60 }, () => lock({ total_rows: 500 }))
    expect(plain(lockLines(rows, 100, theme)).at(-1)).toBe('   … and 460 more')
  })

  test('name what is locked as pg_locks means it', () => {
    const named = (given: Partial<LockRow>) =>
      plain(lockLines([lock({ mode: 'X', ...given })], 100, theme))[0]?.replace(/^ +● X +/, '')
    expect(named({ locktype: 'tuple', page: 3n, tuple: 7 })).toBe('row (3,7) of public.orders')
    expect(named({ relation_name: null, database: 9 })).toBe('relation 16390 of database 9')
    expect(named({ locktype: 'advisory', classid: 1, objid: 2, objsubid: 2 })).toBe('advisory (1, 2)')
    expect(named({ locktype: 'advisory', classid: 4_294_967_295, objid: 4_294_967_290, objsubid: 1n })).toBe(
      'advisory -6',
    )
    expect(named({ granted: false, locktype: 'virtualxid', virtualxid: '4/12' })).toContain(
      'virtual transaction 4/12',
    )
  })
})

describe('the progress of a command', () => {
  const row: EntryRow<typeof backendProgress> = {
    pid: 1,
    command: 'CREATE INDEX',
    phase: 'building index: scanning table',
    done: 250,
    total: 1000,
    unit: 'blocks',
    waits_for_pid: null,
    datid: 5,
    relid: 16390,
    relation_name: 'public.orders',
  }

  test('is told of the phase alone', () => {
    expect(plain(progressLines([row], 100, theme))).toEqual([
      '   CREATE INDEX  public.orders  building index: scanning table',
      '   █████                250 blocks of 1.0k blocks  25.0% of this phase',
    ])
  })

  test('names the session that it waits for, and makes up no percentage', () => {
    const lines = plain(progressLines([{ ...row, done: 0, total: 0, waits_for_pid: 4711 }], 100, theme))
    expect(lines[0]).toContain('waits for pid 4711')
    expect(lines[1]).not.toContain('%')
  })
})

describe('a statement against its own past', () => {
  const past: EntryRow<typeof statementHistory> = {
    toplevel: true,
    calls: 45_000,
    total_seconds: 405,
    mean_seconds: 0.009,
    min_seconds: 0.001,
    max_seconds: 1.5,
    stddev_seconds: 0.02,
    rows: 45_000,
    shared_blks_hit: 990,
    shared_blks_read: 10,
    shared_blks_dirtied: 0,
    temp_blks_written: 0,
    read_seconds: 0,
    wal_bytes: 0,
    stats_since: null,
  }
  const [session] = sessionsOf([activityRow({ pid: 1, state: 'active', query_seconds: 412 })], facts).list

  test('says by how much it is slower than usual', () => {
    if (session === undefined) {
      throw new Error('no session')
    }
    const lines = plain(historyLines([past], session, { width: 120, theme }))
    expect(lines[0]).toBe('   runs for 6m52s, its mean is 9.0ms: 46k times as long')
    expect(lines[1]).toContain('45k calls: mean 9.0ms, min 1.0ms, max 1.50s')
    expect(lines[2]).toContain('1 rows a call; in all hit 99.0% of 1.0k blocks')
  })
})
