import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blockersOf } from '#src/locks/blockers.ts'
import { membersOf, type TreeNode } from '#src/locks/forest.ts'
import { isWaiting, type LocksRow } from '#src/locks/party.ts'
import { anyHistory, LockServer } from './lock-server.ts'
import { analyse, holds, idle, idsOf, moment, partyIn, relation, session, wants } from './make-locks.ts'

/** Who waits for whom at random, circles and all: each holds its own thing and wants that of another one. */
const anyCircles = fc
  .array(fc.option(fc.nat(14), { freq: 5 }), { minLength: 2, maxLength: 15 })
  .map((targets) =>
    targets.map((target, at) =>
      session(at + 1, [holds(relation(at + 1)), ...(target === null ? [] : [wants(relation(target + 1))])]),
    ),
  )
const anyRows = fc.oneof(
  anyHistory.map((events) => LockServer.after(events, 'without patience').rows('with starts')),
  anyCircles,
)

describe('the forest', () => {
  it('has everybody who waits in one place, and the others only as roots', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const { trees, dispute } = analyse(rows)
        const members = trees.flatMap(({ roots }) => roots.flatMap(membersOf))
        expect(new Set(members).size).toBe(members.length)
        expect(idsOf(members.filter(isWaiting)).toSorted()).toEqual(
          idsOf(dispute.parties.filter(isWaiting)).toSorted(),
        )
        const inner = nodesOf(trees.flatMap(({ roots }) => roots)).filter(({ edge }) => edge !== null)
        expect(idsOf(inner.map(({ party }) => party).filter((party) => !isWaiting(party)))).toEqual([])
        for (const tree of trees) {
          expect(tree.waiting).toEqual(tree.roots.flatMap(membersOf).filter(isWaiting))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('hangs everybody under one for whom he does wait', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const { trees, dispute } = analyse(rows)
        const nodes = nodesOf(trees.flatMap(({ roots }) => roots))
        for (const { party, children } of nodes) {
          for (const { edge, party: child } of children) {
            expect(edge?.blocker).toBe(party)
            expect(blockersOf(dispute, child)).toContainEqual(edge)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('has a waiter at the top only for a circle or where nobody is in his way', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const { trees, dispute } = analyse(rows)
        for (const { roots, circle } of trees) {
          for (const { party } of roots) {
            const isExplained =
              !isWaiting(party) || circle.length > 1 || blockersOf(dispute, party).length === 0
            expect([party.id, isExplained]).toEqual([party.id, true])
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('tells a circle in the order of the waiting, lowest pid first', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const { trees, dispute } = analyse(rows)
        for (const { circle } of trees.filter((tree) => tree.circle.length > 0)) {
          const next = [...circle.slice(1), ...circle.slice(0, 1)]
          for (const [at, party] of circle.entries()) {
            const blockers = blockersOf(dispute, party).map(({ blocker }) => blocker)
            expect(blockers).toContain(next[at])
          }
          const pids = circle.map(({ pids: [pid] }) => pid ?? 0)
          expect(pids[0]).toBe(Math.min(...pids))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('keeps apart those who have nothing to do with each other, the most waiters first', () => {
    const { trees } = analyse([
      idle(1, [holds(relation(1))]),
      session(2, [wants(relation(1))]),
      idle(3, [holds(relation(2))]),
      session(4, [wants(relation(2))]),
      session(5, [wants(relation(2))]),
    ])
    expect(trees.map(({ roots }) => roots.map(shapeOf))).toEqual([['3(4 5)'], ['1(2)']])
  })

  it('puts the longest wait first among equals', () => {
    const { trees } = analyse([
      idle(1, [holds(relation(1))]),
      session(2, [wants(relation(1))], { wait_seconds: 5 }),
      idle(3, [holds(relation(2))]),
      session(4, [wants(relation(2))], { wait_seconds: 50 }),
    ])
    expect(trees.map(({ longestSeconds }) => longestSeconds)).toEqual([50, 5])
  })

  it('joins roots that hold up the same waiter, the one with more behind it first', () => {
    const { trees } = analyse([
      idle(1, [holds(relation(1), 'AccessShareLock')]),
      idle(2, [holds(relation(1), 'AccessShareLock'), holds(relation(2))]),
      session(3, [wants(relation(1))]),
      session(4, [wants(relation(2))]),
      session(5, [wants(relation(2))]),
    ])
    expect(trees.map(({ roots }) => roots.map(shapeOf))).toEqual([['2(4 5)', '1(3)']])
  })

  it('puts those first who hold up others in turn, then the longest waits', () => {
    const { trees } = analyse([
      idle(1, [holds(relation(1), 'ShareLock')]),
      session(2, [wants(relation(1), 'RowExclusiveLock')], { wait_seconds: 3 }),
      session(3, [wants(relation(1), 'RowExclusiveLock')], { wait_seconds: 9 }),
      session(4, [wants(relation(1), 'RowExclusiveLock'), holds(relation(2))], { wait_seconds: 1 }),
      session(5, [wants(relation(2))]),
    ])
    expect(trees.map(({ roots }) => roots.map(shapeOf))).toEqual([['1(4(5) 3 2)']])
  })

  it('says that two wait for each other also where a bystander holds up one of them', () => {
    const analysis = analyse([
      idle(1, [holds(relation(1), 'AccessShareLock')]),
      session(2, [holds(relation(1), 'AccessShareLock'), wants(relation(2))]),
      session(3, [holds(relation(2)), wants(relation(1))]),
    ])
    expect(analysis.trees.map(({ roots, circle }) => [roots.map(shapeOf), idsOf(circle)])).toEqual([
      [['1(3(2))'], ['2', '3']],
    ])
  })

  it('holds a chain as deep as the rows that there can be', () => {
    const chain = Array.from({ length: 5000 }, (_, at) =>
      session(at + 1, [holds(relation(at + 1)), ...(at === 0 ? [] : [wants(relation(at))])]),
    )
    const { trees, waiting } = analyse(chain)
    expect(trees).toHaveLength(1)
    expect(idsOf(waiting)).toEqual(chain.slice(1).map(({ pid }) => String(pid)))
  })

  it('holds 500 waiters behind one as a tree of two levels', () => {
    const rows = [
      idle(1, [holds(relation(1))]),
      ...Array.from({ length: 500 }, (_, at) => session(at + 10, [wants(relation(1))])),
    ]
    const { trees } = analyse(rows)
    expect(trees.map(({ roots }) => roots.map(({ children }) => children.length))).toEqual([[500]])
    expect(
      nodesOf(trees.flatMap(({ roots }) => roots)).every(({ otherBlockers }) => otherBlockers.length === 0),
    ).toBe(true)
  })
})

describe('an analysis', () => {
  const rows: readonly LocksRow[] = [
    idle(1, [holds(relation(1), 'AccessShareLock')], { total_waiters: 3 }),
    session(2, [wants(relation(1))], { total_waiters: 3 }),
    session(3, [wants(relation(1), 'AccessShareLock')], { wait_seconds: 77, total_waiters: 3 }),
    session(4, [holds(relation(9))], { total_waiters: 3 }),
  ]

  it('counts those who wait, and those who have one in their chain', () => {
    const analysis = analyse(rows)
    expect(idsOf(analysis.waiting)).toEqual(['2', '3'])
    expect(analysis.longestSeconds).toBe(77)
    expect(['1', '2', '3'].map((id) => analysis.countBehind(partyIn(analysis, id)))).toEqual([2, 1, 0])
  })

  it('says when the server has more waiters than it has told of', () => {
    expect(analyse(rows).isComplete).toBe(false)
    expect(analyse(rows.map((row) => ({ ...row, total_waiters: 2n }))).isComplete).toBe(true)
    expect(analyse([]).isComplete).toBe(true)
  })

  it('finds a party by its id, its pid and its place, but none that has no part in a dispute', () => {
    const analysis = analyse([
      ...rows,
      session(5, [holds(relation(1), 'AccessShareLock')], { leader_pid: 1, xact_start: moment(9) }),
    ])
    expect(analysis.partyOfPid(5)).toBe(partyIn(analysis, '1'))
    expect(analysis.nodeOf(partyIn(analysis, '2'))?.edge?.blocker.id).toBe('1')
    expect(analysis.partyById('4')).toBeUndefined()
    expect(analysis.partyOfPid(4)).toBeUndefined()
    expect(analysis.partyOfPid(99)).toBeUndefined()
  })

  it('of no rows is empty', () => {
    expect(analyse([])).toMatchObject({ trees: [], parties: [], waiting: [], longestSeconds: null })
  })
})

function nodesOf(roots: readonly TreeNode[]): readonly TreeNode[] {
  return roots.flatMap((node) => [node, ...nodesOf(node.children)])
}

function shapeOf({ party, children }: TreeNode): string {
  return children.length === 0 ? party.id : `${party.id}(${children.map(shapeOf).join(' ')})`
}
