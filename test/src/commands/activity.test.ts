import { describe, expect, test } from 'vitest'
import { activity } from '#queries/activity.ts'
import type { EntryRow } from '#queries/define.ts'
import { factsFor } from '#queries/server-version.ts'
import { sessionsOf } from '#src/activity/sessions.ts'
import { incomplete, sessionTable } from '#src/commands/activity.ts'
import { waitsOf } from '#src/locks/waits.ts'
import { type Actor, analysisOf } from '#test/src/locks/fixtures.ts'

type ActivityRow = EntryRow<typeof activity>

const blank = Object.fromEntries(activity.columns.map(({ id }) => [id, null])) as ActivityRow
const facts = { ...factsFor(180000), ownPids: [99] }

function session(more: Partial<ActivityRow>): ActivityRow {
  return {
    ...blank,
    backend_type: 'client backend',
    backend_start: '2026-01-31T10:00:00.000000Z',
    datid: 5,
    datname: 'orders',
    usesysid: 10,
    usename: 'app',
    state: 'idle',
    visible: true,
    total_rows: 1,
    ...more,
  }
}

function tableOf(rows: readonly ActivityRow[], ...locks: readonly Actor[]): string {
  return sessionTable(sessionsOf(rows, facts, waitsOf(analysisOf(...locks))), 120)
}

describe('the table of sessions', () => {
  test('has the worst first: who keeps others waiting, then who waits, then the rest', () => {
    const rows = [
      session({ pid: 1, state: 'idle', state_seconds: 9000 }),
      session({ pid: 2, state: 'active', query_seconds: 3 }),
      session({ pid: 3, state: 'active', query_seconds: 2, wait_event_type: 'Lock' }),
      session({ pid: 4, state: 'idle in transaction', state_seconds: 100 }),
    ]
    const locks = [
      { pid: 3, wants: 'Share orders' },
      { pid: 4, holds: ['RowExclusive orders'] },
    ]
    const lines = tableOf(rows, ...locks)
      .split('\n')
      .slice(2)
    expect(lines.map((line) => Number.parseInt(line, 10)).slice(0, 4)).toEqual([4, 3, 2, 1])
    expect(lines[0]).toMatch(/1m40s\s+idle in transaction\s+1\s/)
    expect(lines[1]).toMatch(/2\.0s\s+waiting\s+4\s/)
  })

  test('leaves out our own sessions and processes of the server', () => {
    const rows = [
      session({ pid: 99 }),
      session({ pid: 5, backend_type: 'checkpointer', datid: null, state: null }),
      session({ pid: 6, query: 'SELECT 6' }),
    ]
    const table = tableOf(rows)
    expect(table).toContain('SELECT 6')
    expect(table).not.toMatch(/^ *(99|5) /m)
  })

  test('keeps a hostile query on its line', () => {
    const table = tableOf([session({ pid: 7, query: 'SELECT 1\n\x1b[2J\r-- \u202e' })])
    expect(table.split('\n')).toHaveLength(4)
    expect(table).toContain('\\x1b[2J')
  })
})

describe('what a table cannot show', () => {
  const told = (rows: readonly ActivityRow[], on = facts) => incomplete(sessionsOf(rows, on), rows, on)

  test('is told with the grant that would help', () => {
    const rows = [
      session({ pid: 1 }),
      session({ pid: 2, visible: false }),
      session({ pid: 3, visible: false }),
    ]
    const plain = { ...facts, role: { ...facts.role, name: 'On Call' } }
    expect(told(rows, plain)).toEqual(['2 of 3 sessions hidden: GRANT pg_read_all_stats TO "On Call"'])
  })

  test('is how many processes were left out', () => {
    expect(told([session({ pid: 1, total_rows: 6000 })])).toEqual([
      '5999 of 6000 processes are not listed, idle ones first',
    ])
  })

  test('is nothing when all is seen', () => {
    expect(told([session({ pid: 1 })])).toEqual([])
  })
})
