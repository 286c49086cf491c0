import { describe, expect, it } from 'vitest'
import type { Action } from '#src/actions/action.ts'
import { partiesAimedAt, radiusOf } from '#src/actions/radius.ts'
import type { LocksRow, Party } from '#src/locks/party.ts'
import { type Actor, analysisOf, lockRow } from '#test/src/locks/fixtures.ts'
import { makeTarget } from './make-target.ts'

const ids = (parties: readonly Party[]) => parties.map(({ id }) => id)
const targetAt = (pid: number) => makeTarget({ pid, backend_start: lockRow({ pid }).backend_start })

/** What an action on these pids does, by the ids of the parties. */
function radius(action: Action, targets: readonly number[], ...actors: readonly Actor[]) {
  const { direct, total, remaining, remainingBlockers, ...rest } = radiusOf(
    action,
    targets.map(targetAt),
    analysisOf(...actors),
  )
  return {
    ...rest,
    direct: ids(direct),
    total: ids(total),
    remaining: ids(remaining),
    remainingBlockers: ids(remainingBlockers),
  }
}

const queue: readonly Actor[] = [
  { pid: 4711, holds: ['RowExclusive orders'] },
  { pid: 4802, wants: 'AccessExclusive orders', waited: 591 },
  { pid: 4915, wants: 'AccessShare orders', waited: 590 },
  { pid: 4916, wants: 'AccessShare orders', waited: 12 },
]

describe('the radius of an action', () => {
  it('on a root frees the ALTER at once and the queue behind it in turn', () => {
    expect(radius('terminate', [4711], ...queue)).toMatchObject({
      direct: ['4802'],
      total: ['4802', '4915', '4916'],
      longest: { seconds: 591 },
      remaining: [],
      isUpTo: false,
      unknown: 0,
      isComplete: true,
    })
  })

  it('on the ALTER frees those behind it alone', () => {
    const freed = ['4915', '4916']
    expect(radius('cancel', [4802], ...queue)).toMatchObject({ direct: freed, total: freed, kept: [] })
  })

  it('names who else blocks those that wait on', () => {
    const alsoPrepared: readonly Actor[] = [...queue, { gid: 'order-77', holds: ['AccessShare orders'] }]
    expect(radius('terminate', [4711], ...alsoPrepared)).toMatchObject({
      total: [],
      remaining: ['4802', '4915', '4916'],
      remainingBlockers: ['prepared:order-77'],
    })
  })

  it('of a cancel leaves out who waits for an advisory lock, and says which', () => {
    const actors: readonly Actor[] = [
      { pid: 1, holds: ['Exclusive advisory 42', 'Exclusive advisory 43', 'RowExclusive orders'] },
      { pid: 2, wants: 'Exclusive advisory 42' },
      { pid: 3, wants: 'Share orders' },
    ]
    expect(radius('cancel', [1], ...actors)).toMatchObject({
      total: ['3'],
      remaining: ['2'],
      remainingBlockers: [],
      kept: [{ locktype: 'advisory', objid: 42 }],
    })
    expect(radius('terminate', [1], ...actors)).toMatchObject({ total: ['2', '3'], kept: [] })
  })

  it('is an upper bound where more may have locked the row than show', () => {
    const actors = (sharers: number): readonly Actor[] => [
      { pid: 1, holds: ['Exclusive xid 7', 'RowShare orders'] },
      {
        pid: 2,
        holds: ['Exclusive row orders 1,1', 'RowShare orders'],
        wants: 'Share xid 7',
        sharers,
      },
    ]
    expect(radius('terminate', [1], ...actors(2))).toMatchObject({ total: ['2'], isUpTo: false })
    expect(radius('terminate', [1], ...actors(3))).toMatchObject({ total: ['2'], isUpTo: true })
  })

  it('says of how many it knows nothing', () => {
    const lost: Partial<LocksRow> = { total_waiters: 9000 }
    const alone = { pid: 9, wants: 'Share ledger', row: lost }
    expect(radius('terminate', [4711], alone, ...queue)).toMatchObject({ unknown: 1, isComplete: false })
    expect(radius('terminate', [9], alone, ...queue)).toMatchObject({ unknown: 0, total: [] })
  })
})

describe('what is aimed at', () => {
  const analysis = analysisOf(...queue, {
    pid: 11,
    wants: 'Share orders',
    row: { leader_pid: 4711, backend_type: 'parallel worker' },
  })
  const aimed = (...targets: readonly Parameters<typeof makeTarget>[0][]) =>
    ids(partiesAimedAt(targets.map(makeTarget), analysis))

  it('is the backend that was shown, not another one that has its pid', () => {
    const { backend_start } = targetAt(4711)
    expect(aimed({ pid: 4711, backend_start })).toEqual(['4711'])
    expect(aimed({ pid: 4711, backend_start: '2026-01-31T11:00:00.000000Z' })).toEqual([])
  })

  it('is the whole parallel query, once', () => {
    const { backend_start } = targetAt(4711)
    expect(aimed({ pid: 4711, backend_start }, { pid: 11 })).toEqual(['4711'])
  })

  it('is nobody who neither waits nor keeps others waiting', () => {
    expect(aimed({ pid: 77 })).toEqual([])
  })
})
