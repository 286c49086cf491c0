import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allEdges, blockersOf, inOrder, mayShareRow, reducedEdges, subjectOf } from '#src/locks/blockers.ts'
import type { LocksRow } from '#src/locks/party.ts'
import { anyHistory, anyHistoryOfLoners, anyPlaces, idOf, LockServer } from './lock-server.ts'
import {
  analyse,
  holds,
  idle,
  idsOf,
  moment,
  partyIn,
  prepared,
  relation,
  rowOf,
  session,
  transaction,
  wants,
} from './make-locks.ts'

/** Every edge of ours as a text, and every one of the server's. */
function opinions(server: LockServer, rows: readonly LocksRow[]): { ours: string[]; theirs: string[] } {
  const { dispute } = analyse(rows)
  const tag = (thing: string) =>
    thing.startsWith('a') ? `advisory 5      0 ${thing.slice(1)} 1` : `relation 5 ${thing.slice(1)}       `
  return {
    ours: allEdges(dispute)
      .map(({ waiter, blocker, kind, thing }) => `${thing?.tag.trim()}: ${waiter.id} ${kind} ${blocker.id}`)
      .toSorted(),
    theirs: server
      .claims()
      .map(
        ({ waiter, blocker, kind, thing }) =>
          `${tag(thing).trim()}: ${idOf(waiter, rows)} ${kind} ${idOf(blocker, rows)}`,
      )
      .toSorted(),
  }
}

describe('the blockers', () => {
  it('are those that the server tells, whatever has happened', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        const server = LockServer.after(events, 'with patience')
        const { ours, theirs } = opinions(server, server.rows('with starts'))
        expect(ours).toEqual(theirs)
      }),
      { numRuns: 1000 },
    )
  })

  // Who went in front of one who has given up since has a place that nothing tells.
  it('who hold what is in the way are those that the server tells, and nobody waits for nobody, when some give up', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        const server = LockServer.after(events, 'without patience')
        const rows = server.rows('with starts')
        const { ours, theirs } = opinions(server, rows)
        const hard = (edges: readonly string[]) => edges.filter((edge) => edge.includes(' hard '))
        expect(hard(ours)).toEqual(hard(theirs))
        const analysis = analyse(rows)
        const free = analysis.waiting.filter((party) => analysis.blockersOf(party).length === 0)
        expect(idsOf(free)).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  it('are those that the server tells also before 14, where the order of a queue is pieced together', () => {
    fc.assert(
      fc.property(anyHistoryOfLoners, anyPlaces, (events, places) => {
        const server = LockServer.after(events, 'without patience')
        const { ours, theirs } = opinions(server, server.rows('with blockers', places))
        expect(ours).toEqual(theirs)
      }),
      { numRuns: 1000 },
    )
  })

  it('are told hard ones first, then those ahead from the front', () => {
    const { dispute, parties } = analyse([
      idle(1, [holds(relation(1), 'AccessShareLock')]),
      session(9, [wants(relation(1))], { wait_start: '2026-01-31T11:00:00.000000Z' }),
      session(2, [wants(relation(1), 'ShareLock')]),
      session(3, [wants(relation(1), 'RowExclusiveLock')]),
      session(4, [wants(relation(1))]),
    ])
    const last = parties.find(({ id }) => id === '4')
    expect(last && blockersOf(dispute, last).map(({ kind, blocker }) => `${kind} ${blocker.id}`)).toEqual([
      'hard 1',
      'soft 9',
      'soft 2',
      'soft 3',
    ])
  })

  it('of one whose wait has no start yet are all who have one', () => {
    const analysis = analyse([
      idle(1, [holds(relation(1))]),
      session(2, [wants(relation(1))], { wait_start: null, wait_seconds: null }),
      session(3, [wants(relation(1))]),
    ])
    expect(analysis.blockersOf(partyIn(analysis, '2')).map(({ blocker }) => blocker.id)).toEqual(['1', '3'])
    expect(analysis.blockersOf(partyIn(analysis, '3')).map(({ blocker }) => blocker.id)).toEqual(['1'])
  })

  it('keep apart what differs in one number only', () => {
    const things = [
      relation(1),
      { ...relation(1), database: 6 },
      { ...relation(1), locktype: 'extend' },
      rowOf(1),
      { ...rowOf(1), tuple: 8 },
      { ...rowOf(1), page: 1 },
      transaction(1),
      { locktype: 'virtualxid', virtualxid: '1/1' },
      { locktype: 'advisory', database: 5, classid: 0, objid: 1, objsubid: 1 },
      { locktype: 'advisory', database: 5, classid: 0, objid: 1, objsubid: 2 },
      { locktype: 'advisory', database: 5, classid: 1, objid: 0, objsubid: 1 },
    ]
    const { dispute } = analyse(
      things.flatMap((thing, index) => [
        idle(100 + index, [holds(thing)]),
        session(200 + index, [wants(thing)]),
      ]),
    )
    expect(dispute.things.size).toBe(things.length)
    expect(allEdges(dispute).map(({ waiter, blocker }) => Number(waiter.id) - Number(blocker.id))).toEqual(
      things.map(() => 100),
    )
  })

  it('count once for a group that waits for one thing in several processes', () => {
    const analysis = analyse([
      idle(1, [holds(relation(1))]),
      session(2, [wants(relation(1), 'ShareLock')]),
      session(10, [wants(relation(1), 'AccessShareLock')]),
      session(11, [wants(relation(1), 'AccessShareLock')], { leader_pid: 10 }),
      session(12, [wants(relation(1), 'RowExclusiveLock')], { leader_pid: 10 }),
    ])
    const group = partyIn(analysis, '10')
    expect(analysis.blockersOf(group).map(({ kind, blocker }) => `${kind} ${blocker.id}`)).toEqual([
      'hard 1',
      'soft 2',
    ])
    expect(analysis.nodeOf(group)).toMatchObject({ edge: { blocker: { id: '1' } }, otherBlockers: [] })
  })

  it('of a safe snapshot are the transactions that keep it from being safe', () => {
    const analysis = analyse([idle(1, []), idle(2, []), session(3, [], { snapshot_blocked_by: [1, 2, 77] })])
    expect(analysis.blockersOf(partyIn(analysis, '3'))).toMatchObject([
      { kind: 'hard', blocker: { id: '1' }, thing: null },
      { kind: 'hard', blocker: { id: '2' }, thing: null },
    ])
  })
})

describe('the reduced edges', () => {
  const anyRows = fc.oneof(
    anyHistory.map((events) => LockServer.after(events, 'without patience').rows('with starts')),
    wildRows(),
  )

  it('are true ones, each told once, and never more than there are locks', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const { dispute } = analyse(rows)
        const all = new Set(allEdges(dispute).map(nameOfEdge))
        const reduced = [...reducedEdges(dispute).values()].flat().map(nameOfEdge)
        expect(reduced.filter((edge) => !all.has(edge))).toEqual([])
        expect(new Set(reduced).size).toBe(reduced.length)
        const bound = [...dispute.things.values()].map(
          ({ holders, queue }) => 8 * holders.size + queue.length,
        )
        expect(reduced.length).toBeLessThanOrEqual(bound.reduce((sum, each) => sum + each, 0))
      }),
      { numRuns: 1000 },
    )
  })

  it('to one who is only ahead go to the nearest', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const { dispute } = analyse(rows)
        const reduced = reducedEdges(dispute)
        for (const party of dispute.parties.filter((each) => dispute.placesOf.get(each)?.length === 1)) {
          const all = blockersOf(dispute, party)
          const nearest = all.some(({ kind }) => kind === 'hard') ? [] : all.slice(-1)
          expect((reduced.get(party) ?? []).filter(({ kind }) => kind === 'soft')).toEqual(nearest)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('of a group pass over its own processes', () => {
    const { dispute, parties } = analyse([
      idle(1, [holds(relation(1), 'AccessShareLock')]),
      session(2, [wants(relation(1))]),
      session(3, [wants(relation(1), 'ShareLock')]),
      session(10, [wants(relation(1), 'RowExclusiveLock')]),
      session(11, [wants(relation(1), 'ShareLock')], { leader_pid: 10 }),
    ])
    const group = parties.find(({ id }) => id === '10')
    expect(
      group &&
        reducedEdges(dispute)
          .get(group)
          ?.map(({ blocker }) => blocker.id),
    ).toEqual(['3', '2'])
  })

  it('leave nobody without an edge who has a blocker', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const { dispute } = analyse(rows)
        const reduced = reducedEdges(dispute)
        const withEdges = dispute.parties.filter((party) => (reduced.get(party) ?? []).length > 0)
        expect(idsOf(withEdges)).toEqual(
          idsOf(dispute.parties.filter((party) => blockersOf(dispute, party).length > 0)),
        )
      }),
    )
  })

  it('of many waiters behind many holders are as many as there are of both', () => {
    const rows = [
      ...Array.from({ length: 300 }, (_, at) => idle(at + 1, [holds(relation(1), 'AccessShareLock')])),
      ...Array.from({ length: 200 }, (_, at) =>
        session(at + 1001, [holds(relation(1), 'RowShareLock'), wants(relation(1))]),
      ),
    ]
    expect([...reducedEdges(analyse(rows).dispute).values()].flat().length).toBeLessThanOrEqual(
      300 + 200 + 200,
    )
  })
})

describe('a row that is locked', () => {
  const shared = (sharers: number, holdsShare = true) => {
    const analysis = analyse([
      idle(1, [holds(transaction(70)), ...(holdsShare ? [holds(relation(1), 'RowShareLock')] : [])]),
      session(2, [
        wants(transaction(70), 'ShareLock'),
        holds({ ...rowOf(1), sharers }),
        holds(relation(1), 'RowExclusiveLock'),
      ]),
    ])
    return analysis.blockersOf(partyIn(analysis, '2')).map(mayShareRow)
  }

  it('may have lockers that do not show, when more hold the mode of lockers than are known', () => {
    expect(shared(2)).toEqual([true])
    expect(shared(1, false)).toEqual([true])
  })

  it('has none when all who hold that mode are known', () => {
    expect(shared(1)).toEqual([false])
    expect(shared(0, false)).toEqual([false])
  })

  it('has none that matter to who waits for something else', () => {
    const analysis = analyse([
      idle(1, [holds(relation(1))]),
      session(2, [wants(relation(1)), holds({ ...rowOf(2), sharers: 9 })]),
    ])
    expect(analysis.blockersOf(partyIn(analysis, '2')).map(mayShareRow)).toEqual([false])
  })

  it('is what a wait for a transaction is about, where the waiter stands in line for it', () => {
    const analysis = analyse([
      prepared('p', [holds(transaction(70))]),
      session(2, [wants(transaction(70), 'ShareLock'), holds(rowOf(1))]),
      session(3, [wants(transaction(70), 'ShareLock')]),
    ])
    const subjects = ['2', '3'].map((id) => {
      const party = partyIn(analysis, id)
      return party.waits.map((wait) => subjectOf(party, wait).locktype)
    })
    expect(subjects).toEqual([['tuple'], ['transactionid']])
  })
})

describe('the order of blame', () => {
  it('begins with those who wait for nobody, and among them with the oldest transaction', () => {
    const { dispute } = analyse([
      session(1, [holds(relation(1)), wants(relation(2))]),
      idle(2, [holds(relation(2))], { xact_start: moment(50) }),
      idle(3, [holds(relation(2), 'AccessShareLock')], { xact_start: moment(40) }),
      prepared('old', [holds(relation(2))], { prepared: moment(1) }),
    ])
    expect(idsOf(inOrder(dispute.parties))).toEqual(['prepared:old', '3', '2', '1'])
  })
})

function nameOfEdge({ waiter, blocker, kind, thing }: ReturnType<typeof allEdges>[number]): string {
  return `${waiter.id} ${kind} ${blocker.id} ${thing?.tag ?? ''}`
}

/** Tables that no server would leave so: anybody holds anything, wants one thing, and may be in his own way. */
function wildRows(): fc.Arbitrary<readonly LocksRow[]> {
  const lock = {
    thing: fc.integer({ min: 1, max: 4 }),
    mode: fc.constantFrom('AccessShareLock', 'RowExclusiveLock', 'ShareLock', 'AccessExclusiveLock'),
  }
  const party = fc.record({
    held: fc.array(fc.record(lock), { maxLength: 4 }),
    wanted: fc.option(fc.record(lock)),
  })
  return fc
    .array(party, { minLength: 1, maxLength: 12 })
    .map((parties) =>
      parties.map(({ held, wanted }, index) =>
        session(index + 1, [
          ...held.map(({ thing, mode }) => holds(relation(thing), mode)),
          ...(wanted === null ? [] : [wants(relation(wanted.thing), wanted.mode)]),
        ]),
      ),
    )
}
