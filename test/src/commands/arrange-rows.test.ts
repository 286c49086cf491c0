import { describe, expect, test } from 'vitest'
import { activity } from '#queries/activity.ts'
import type { Row } from '#queries/define.ts'
import { type Arrangement, arrangeRows } from '#src/commands/arrange-rows.ts'

const rows: readonly Row[] = [
  { pid: 1, state: 'idle', xact_seconds: null, query_id: 9n },
  { pid: 2, state: 'active', xact_seconds: 5, query_id: 2 ** 60 },
  { pid: 3, state: null, xact_seconds: 70.5, query_id: null },
]

function pids(wishes: Arrangement): readonly unknown[] {
  const arranged = arrangeRows(activity, wishes)
  if (!arranged.ok) throw new Error(arranged.problem)
  const selected = arranged.arrange(rows)
  if (!selected.ok) throw new Error(selected.problem)
  return selected.rows.map(({ pid }) => pid)
}

describe('rows', () => {
  test('stay as they are without a wish', () => {
    expect(pids({})).toEqual([1, 2, 3])
  })

  test('are sorted either way with what is not known last', () => {
    expect(pids({ sort: 'xact_seconds' })).toEqual([2, 3, 1])
    expect(pids({ sort: '-xact_seconds' })).toEqual([3, 2, 1])
    expect(pids({ sort: '-state' })).toEqual([1, 2, 3])
    expect(pids({ sort: 'query_id' })).toEqual([1, 2, 3])
  })

  test('are filtered before they are counted', () => {
    expect(pids({ filter: 'xact_seconds>1m' })).toEqual([3])
    expect(pids({ filter: '!state=', sort: '-pid', limit: 1 })).toEqual([2])
  })
})

describe('columns', () => {
  test('come in the order of the wish', () => {
    const arranged = arrangeRows(activity, { columns: ['query', 'pid'] })
    expect(arranged.ok && arranged.columns.map(({ id }) => id)).toEqual(['query', 'pid'])
  })

  test.each([
    [{ columns: ['pid', 'stat'] }, 'activity has no column stat; did you mean state'],
    [{ sort: '-xact_second' }, 'activity has no column xact_second; did you mean xact_seconds'],
    [{ columns: ['zzzzzzzzz'] }, 'activity has no column zzzzzzzzz; it has pid, backend_start'],
    [{ filter: 'usr:x' }, 'filter: no column usr'],
  ] as const)('that do not exist are named with the nearest: %o', (wishes, problem) => {
    const arranged = arrangeRows(activity, wishes)
    expect(arranged.ok ? '' : arranged.problem).toContain(problem)
  })
})
