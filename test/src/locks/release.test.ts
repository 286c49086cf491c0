import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LockAnalysis } from '#src/locks/analysis.ts'
import type { LocksRow } from '#src/locks/party.ts'
import type { Ending } from '#src/locks/release.ts'
import { anyHistory, type Claim, idOf, LockServer } from './lock-server.ts'
import {
  advisory,
  analyse,
  holds,
  idle,
  idsOf,
  prepared,
  relation,
  rowOf,
  session,
  transaction,
  wants,
} from './make-locks.ts'

const anyTargets = fc.array(fc.nat(), { minLength: 1, maxLength: 3 })
const anyEnding = fc.constantFrom<Ending>('cancel', 'terminate')

describe('what is freed', () => {
  it('is what the server would wake, wave by wave', () => {
    fc.assert(
      fc.property(anyHistory, anyTargets, anyEnding, (events, picks, ending) => {
        const { server, rows, targets } = scene(events, picks)
        const named = (leaders: Iterable<number>) =>
          [...leaders].map((leader) => idOf(leader, rows)).toSorted()
        const wasWaiting = new Set(server.parties.filter((leader) => server.isWaiting(leader)))
        const behind = reached(targets, server.claims())
        const direct = server.end(targets, ending === 'cancel')
        const total = new Set(direct)
        for (let wave = direct; wave.length > 0; ) {
          wave = server.end(wave)
          for (const leader of wave) total.add(leader)
        }
        const remaining = behind.filter((leader) => !total.has(leader))
        const left = server
          .claims()
          .filter(({ waiter, kind }) => kind === 'hard' && remaining.includes(waiter))
        const blockers = new Set(
          left.map(({ blocker }) => blocker).filter((leader) => !wasWaiting.has(leader)),
        )

        expect(told(rows, targets, ending)).toEqual({
          direct: named(direct),
          total: named(total),
          remaining: named(remaining),
          remainingBlockers: named(blockers),
        })
      }),
      { numRuns: 1000 },
    )
  })

  it('never shrinks when more end', () => {
    fc.assert(
      fc.property(anyHistory, anyTargets, anyTargets, (events, some, more) => {
        const { rows, targets } = scene(events, some)
        const all = [...targets, ...scene(events, more).targets]
        const { total } = told(rows, all, 'terminate')
        const ended = all.map((leader) => idOf(leader, rows))
        for (const id of told(rows, targets, 'terminate').total) expect([...total, ...ended]).toContain(id)
      }),
    )
  })

  it('is a part of those behind', () => {
    fc.assert(
      fc.property(anyHistory, anyTargets, (events, picks) => {
        const { server, rows, targets } = scene(events, picks)
        const analysis = analyse(rows)
        const parties = partiesIn(analysis, rows, targets)
        expect(idsOf(analysis.behind(parties)).toSorted()).toEqual(
          reached(targets, server.claims())
            .map((leader) => idOf(leader, rows))
            .toSorted(),
        )
        expect(idsOf(analysis.behind(parties))).toEqual(
          expect.arrayContaining([...idsOf(analysis.release(parties).total)]),
        )
        for (const party of analysis.dispute.parties) {
          expect(analysis.countBehind(party)).toBe(analysis.behind([party]).size)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a cancelled session', () => {
  const rows = [
    session(1, [holds(advisory(7), 'ExclusiveLock'), holds(relation(1))]),
    session(2, [wants(advisory(7), 'ExclusiveLock')]),
    session(3, [wants(relation(1), 'AccessShareLock')]),
  ]

  it('keeps its advisory locks and gives back the others', () => {
    expect(told(rows, [1], 'cancel')).toEqual({
      direct: ['3'],
      total: ['3'],
      remaining: ['2'],
      remainingBlockers: ['1'],
    })
  })

  it('that is terminated gives back all', () => {
    expect(told(rows, [1], 'terminate')).toMatchObject({ direct: ['2', '3'], remaining: [] })
  })
})

describe('the line for a row', () => {
  const line = [
    idle(1, [holds(transaction(70), 'ExclusiveLock')]),
    session(2, [wants(transaction(70), 'ShareLock'), holds(rowOf(1), 'ExclusiveLock')]),
    session(3, [wants(rowOf(1), 'ExclusiveLock')]),
    session(4, [wants(rowOf(1), 'ExclusiveLock')]),
  ]

  it('goes on one by one when the writer ends', () => {
    expect(told(line, [1], 'terminate')).toMatchObject({
      direct: ['2'],
      total: ['2', '3', '4'],
      remaining: [],
    })
  })

  it('does not go on when the first in it ends, since the next one waits for the same writer', () => {
    expect(told(line, [2], 'terminate')).toEqual({
      direct: [],
      total: [],
      remaining: ['3', '4'],
      remainingBlockers: ['1'],
    })
  })

  it('goes on when both end', () => {
    expect(told(line, [1, 2], 'terminate')).toMatchObject({ direct: ['3'], total: ['3', '4'] })
  })

  it('goes on when the first has gone and the writer comes to his end later', () => {
    const rows = [
      idle(9, [holds(relation(1))]),
      session(1, [holds(transaction(70), 'ExclusiveLock'), wants(relation(1))]),
      ...line.slice(1),
    ]
    expect(told(rows, [2], 'terminate')).toMatchObject({ total: [], remaining: ['3', '4'] })
    expect(told(rows, [2, 9], 'terminate')).toMatchObject({
      direct: ['1'],
      total: ['1', '3', '4'],
      remaining: [],
    })
  })

  it('does not matter to who waits for another row of the writer', () => {
    const rows = [
      ...line,
      session(5, [wants(transaction(70), 'ShareLock'), holds({ ...rowOf(1), tuple: 8 }, 'ExclusiveLock')]),
    ]
    expect(told(rows, [1], 'terminate')).toMatchObject({ direct: ['2', '5'], total: ['2', '3', '4', '5'] })
    expect(told(rows, [5], 'terminate')).toMatchObject({ direct: [], remaining: [] })
  })
})

describe('a wait for a safe snapshot', () => {
  const rows = [idle(1, []), idle(2, []), session(3, [], { snapshot_blocked_by: [1, 2] })]

  it('ends when all the transactions that it is for have ended', () => {
    expect(told(rows, [1], 'terminate')).toMatchObject({ total: [], remaining: ['3'] })
    expect(told(rows, [1, 2], 'terminate')).toMatchObject({ direct: ['3'], total: ['3'], remaining: [] })
  })
})

it('a long line comes to its turn to the last', () => {
  const chain = Array.from({ length: 500 }, (_, at) =>
    session(at + 1, [holds(relation(at + 1)), ...(at === 0 ? [] : [wants(relation(at))])]),
  )
  expect(told(chain, [1], 'terminate')).toMatchObject({ direct: ['2'], remaining: [] })
  expect(told(chain, [1], 'terminate').total).toHaveLength(499)
  const fan = [
    prepared('gid0', [holds(relation(1), 'AccessShareLock')]),
    ...Array.from({ length: 500 }, (_, at) => session(at + 1, [wants(relation(1))])),
  ]
  const { direct, total } = told(fan, [0], 'terminate')
  expect([direct.length, total.length]).toEqual([1, 500])
})

function scene(events: Parameters<typeof LockServer.after>[0], picks: readonly number[]) {
  const server = LockServer.after(events, 'with patience')
  const { parties } = server
  const picked = picks.flatMap((pick) => (parties.length === 0 ? [] : (parties[pick % parties.length] ?? [])))
  return { server, rows: server.rows('with starts'), targets: [...new Set(picked)] }
}

/** Who has one of the targets in his chain, but for the targets. */
function reached(targets: readonly number[], claims: readonly Claim[]): readonly number[] {
  const known = new Set(targets)
  const next = () => claims.filter(({ waiter, blocker }) => known.has(blocker) && !known.has(waiter))
  for (let found = next(); found.length > 0; found = next()) {
    for (const { waiter } of found) known.add(waiter)
  }
  return [...known].filter((leader) => !targets.includes(leader))
}

function partiesIn(analysis: LockAnalysis, rows: readonly LocksRow[], targets: readonly number[]) {
  const ids = targets.map((target) => idOf(target, rows))
  return analysis.dispute.parties.filter(({ id }) => ids.includes(id))
}

function told(rows: readonly LocksRow[], targets: readonly number[], ending: Ending) {
  const analysis = analyse(rows)
  const parties = partiesIn(analysis, rows, targets)
  const { direct, total, remaining, remainingBlockers } = analysis.release(parties, ending)
  return {
    direct: idsOf(direct).toSorted(),
    total: idsOf(total).toSorted(),
    remaining: idsOf(remaining).toSorted(),
    remainingBlockers: idsOf(remainingBlockers).toSorted(),
  }
}
