import { describe, expect, it } from 'vitest'
import { locksIn, tagOf } from '#src/locks/lock.ts'
import { isWaiting, partiesOf, preventsWraparound } from '#src/locks/party.ts'
import {
  autovacuum,
  holds,
  idle,
  locked,
  moment,
  prepared,
  relation,
  session,
  startup,
  wants,
} from './make-locks.ts'

describe('a party', () => {
  it('is a leader with its workers, who hold and want as one', () => {
    const [leader, other] = partiesOf(
      [
        session(1, [holds(relation(1))]),
        session(2, [wants(relation(2))], { leader_pid: 1, wait_seconds: 4 }),
        session(3, [wants(relation(3))], { leader_pid: 1, wait_seconds: 9 }),
        session(4, []),
      ],
      false,
    )
    expect(leader).toMatchObject({ id: '1', kind: 'parallel_leader', pids: [1, 2, 3], row: { pid: 1 } })
    expect(leader?.locks.map((lock) => lock.relation)).toEqual([1, 2, 3])
    expect(leader?.waits.map(({ pid, seconds }) => [pid, seconds])).toEqual([
      [3, 9],
      [2, 4],
    ])
    expect(other).toMatchObject({ id: '4', kind: 'backend', pids: [4] })
  })

  it('is a worker by itself when its leader is not told of', () => {
    expect(partiesOf([session(2, [], { leader_pid: 1 })], false)).toMatchObject([{ id: '2', pids: [2] }])
  })

  it('is a prepared transaction, by its gid or else by its virtual transaction', () => {
    const parties = partiesOf([prepared('a', []), { ...prepared('b', []), gid: null }], false)
    expect(parties.map(({ id, kind, pids }) => [id, kind, pids])).toEqual([
      ['prepared:a', 'prepared', []],
      ['prepared:-1/701', 'prepared', []],
    ])
  })

  it('is the replay of a standby also for a role that may not see kinds of processes', () => {
    const hidden = { backend_type: null, visible: false } as const
    const kinds = (inRecovery: boolean) =>
      partiesOf(
        [
          startup(1, []),
          startup(2, [], hidden),
          session(3, [], hidden),
          session(4, [], { ...hidden, usesysid: null }),
          autovacuum(5, '', []),
        ],
        inRecovery,
      ).map(({ kind }) => kind)
    expect(kinds(true)).toEqual(['startup', 'startup', 'backend', 'backend', 'autovacuum'])
    expect(kinds(false)).toEqual(['startup', 'backend', 'backend', 'backend', 'autovacuum'])
  })

  it('waits when it wants a lock or a safe snapshot', () => {
    const rows = [
      idle(1, [holds(relation(1))]),
      session(2, [wants(relation(1))]),
      session(3, [], { snapshot_blocked_by: [] }),
    ]
    expect(partiesOf(rows, false).map(isWaiting)).toEqual([false, true, true])
  })

  it('gives way or not, where it is an autovacuum, as its statement says', () => {
    const query = 'autovacuum: VACUUM public.t (to prevent wraparound)'
    const parties = partiesOf(
      [autovacuum(1, query, []), autovacuum(2, 'autovacuum: VACUUM public.t', []), session(3, [], { query })],
      false,
    )
    expect(parties.map(preventsWraparound)).toEqual([true, false, false])
  })
})

describe('a wait', () => {
  const waitOf = (more: Parameters<typeof session>[2]) => {
    const [party] = partiesOf([session(1, [wants(relation(1))], more)], false)
    return party?.waits[0]
  }

  it('has its start where the server tells it', () => {
    expect(waitOf({ wait_start: moment(5), wait_seconds: 3 })).toMatchObject({
      isExact: true,
      since: moment(5),
      seconds: 3,
      blockedBy: null,
    })
  })

  it('is ordered by the statement before 14, which is no more than a bound', () => {
    const before14 = { wait_start: null, query_start: moment(8), blocked_by: [7] }
    expect(waitOf(before14)).toMatchObject({ isExact: false, since: moment(8), blockedBy: [7] })
  })

  it('is the last in its first moments, when its start is not told yet', () => {
    expect(waitOf({ wait_start: null, query_start: moment(8) })).toMatchObject({
      isExact: false,
      since: null,
    })
  })
})

describe('the locks in a column', () => {
  it('are those that are there, with null for what they do not have', () => {
    const json = { granted: true, mode: 'ShareLock', locktype: 'transactionid', transactionid: '70' }
    expect(locksIn([json])).toEqual([
      {
        ...locked({ locktype: 'transactionid' }),
        transactionid: '70',
        granted: true,
        mode: 'ShareLock',
        sharers: 0,
        writers: 0,
      },
    ])
  })

  it.each([[null], ['text'], [{ granted: true }], [[null, 1, 'text', []]]])('are none in %j', (json) => {
    expect(locksIn(json)).toEqual([])
  })

  it('are not granted unless it is said so, and of no kind where that is no text', () => {
    expect(locksIn([{ granted: 'yes', mode: 7, locktype: null, relation: '5' }])).toEqual([
      { ...locked({ locktype: '' }), granted: false, mode: '', sharers: 0, writers: 0 },
    ])
  })

  it('are on the same thing whatever its name is', () => {
    const [one, other] = [relation(1, 'a.t'), relation(1)].map((thing) => locksIn([holds(thing)])[0])
    expect(one && tagOf(one)).toBe(other && tagOf(other))
  })
})
