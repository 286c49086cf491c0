import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blastRadius, type Waiter, waitersBehind } from '#src/actions/blast-radius.ts'

const waits = (
  pid: number,
  blocked_by: readonly number[] | null,
  wait_seconds: number | null = 1,
): Waiter => ({
  pid,
  blocked_by,
  wait_seconds,
})

/** Waiters among pids 1 to 12 with any blockers: holders, each other, themselves never, 0 for prepared. */
const anyQueue = fc
  .uniqueArray(fc.integer({ min: 1, max: 12 }))
  .chain((pids) =>
    fc.tuple(
      ...pids.map((pid) =>
        fc
          .uniqueArray(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 4 })
          .map((blockers) =>
            waits(
              pid,
              blockers
                .filter((blocker) => blocker !== pid)
                .concat(blockers.length === 1 && blockers[0] === pid ? [13] : []),
            ),
          ),
      ),
    ),
  )
const anyTargets = fc.uniqueArray(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 3 })

describe('the blast radius', () => {
  it('of a root frees the ALTER directly and the queue behind it in turn', () => {
    const queue = [waits(4802, [4711], 591), waits(4915, [4802], 590), waits(4916, [4802], 12)]
    expect(blastRadius([4711], queue)).toEqual({
      freedDirectly: [4802],
      freedInAll: [4802, 4915, 4916],
      longestWaitSeconds: 591,
      stillWaiting: [],
      stillBlockedBy: [],
      unknown: 0,
    })
    expect(blastRadius([4802], queue)).toMatchObject({
      freedDirectly: [4915, 4916],
      freedInAll: [4915, 4916],
    })
  })

  it('does not count a waiter that something else blocks too, and names it', () => {
    const queue = [waits(1, [10, 11]), waits(2, [1]), waits(3, [10, 0])]
    expect(blastRadius([10], queue)).toMatchObject({
      freedInAll: [],
      stillWaiting: [1, 2, 3],
      stillBlockedBy: [11, 1, 0],
    })
  })

  it('does not free those who wait for each other, unless one of them goes', () => {
    const deadlock = [waits(1, [2]), waits(2, [1]), waits(3, [2])]
    expect(blastRadius([9], deadlock).freedInAll).toEqual([])
    expect(blastRadius([1], deadlock).freedInAll).toEqual([2, 3])
  })

  it('says how many waiters it knows nothing of', () => {
    expect(blastRadius([9], [waits(1, null), waits(2, [9], null), waits(3, [])])).toMatchObject({
      freedInAll: [2],
      longestWaitSeconds: null,
      unknown: 2,
    })
  })

  it('is what remains when blockers are struck out until nothing changes', () => {
    fc.assert(
      fc.property(anyQueue, anyTargets, (queue, targets) => {
        const gone = new Set(targets)
        const left = () =>
          queue.filter(({ pid, blocked_by }) => !gone.has(pid) && blocked_by?.every((by) => gone.has(by)))
        for (let next = left(); next.length > 0; next = left()) for (const { pid } of next) gone.add(pid)
        const freed = queue.filter(({ pid }) => gone.has(pid) && !targets.includes(pid)).map(({ pid }) => pid)
        expect(blastRadius(targets, queue).freedInAll).toEqual(freed)
      }),
    )
  })

  it('never shrinks when more targets go', () => {
    fc.assert(
      fc.property(anyQueue, anyTargets, anyTargets, (queue, some, more) => {
        const all = [...some, ...more]
        const freed = new Set(blastRadius(all, queue).freedInAll)
        for (const pid of blastRadius(some, queue).freedInAll)
          expect(freed.has(pid) || all.includes(pid)).toBe(true)
      }),
    )
  })

  it('parts those behind the targets into freed and still waiting', () => {
    fc.assert(
      fc.property(anyQueue, anyTargets, (queue, targets) => {
        const { freedInAll, stillWaiting, freedDirectly } = blastRadius(targets, queue)
        expect(new Set([...freedInAll, ...stillWaiting])).toEqual(
          new Set([...waitersBehind(targets, queue)].filter((pid) => !targets.includes(pid))),
        )
        for (const pid of freedDirectly) expect(freedInAll).toContain(pid)
      }),
    )
  })

  it('takes 500 waiters that each name all those before them', () => {
    const queue = Array.from({ length: 500 }, (_, index) =>
      waits(
        index + 2,
        Array.from({ length: index + 1 }, (_, at) => at + 1),
      ),
    )
    expect(blastRadius([1], queue).freedInAll).toHaveLength(500)
  })
})
