import { describe, expect, test } from 'vitest'
import {
  at,
  modelFrom,
  neverRan,
  ownTimes,
  ran,
  rounded,
  subPlan,
  withWorkers,
  worker,
} from './model-plans.ts'

describe('the time of a node', () => {
  test('is its average times its loops, less that of its children', () => {
    // The inner side ran 200 times 0.05 ms = 10 ms; 16 - 4 - 10 = 2.
    const model = modelFrom(
      ran('Nested Loop', { ms: 16 }, {}, [
        ran('Seq Scan', { ms: 4 }),
        ran('Index Scan', { ms: 0.05, loops: 200 }, { 'Parent Relationship': 'Inner' }),
      ]),
    )
    expect(ownTimes(model)).toEqual({ '0': 2, '0.0': 4, '0.1': 10 })
    expect(at(model, '0.1')).toMatchObject({ inclSumMs: 10, inclWallMs: 10, participants: 1 })
    expect(model.identityErrorMs).toBeCloseTo(0, 9)
  })

  test('is off by half a microsecond for each loop, and those of its children', () => {
    // 90 000 loops of ±0.0005 ms are ±45 ms; the join is ±0.0005 itself and ±45 by its inner side.
    const model = modelFrom(
      ran('Nested Loop', { ms: 140 }, {}, [
        ran('Memoize', { ms: 0.001, loops: 90_000 }, { 'Parent Relationship': 'Inner' }),
      ]),
    )
    expect(at(model, '0.0').inclWallMs).toBeCloseTo(90, 9)
    expect(at(model, '0.0').roundingEpsMs).toBeCloseTo(45, 9)
    expect(at(model, '0').roundingEpsMs).toBeCloseTo(45.0005, 9)
  })

  test('is nothing where it never ran', () => {
    const model = modelFrom(ran('Append', { ms: 1 }, {}, [ran('Seq Scan', { ms: 1 }), neverRan('Seq Scan')]))
    expect(at(model, '0.1')).toMatchObject({
      neverExecuted: true,
      exclWallMs: 0,
      roundingEpsMs: 0,
      rowsTotal: 0,
      estimate: { applicable: false, reason: 'never executed' },
    })
    expect(at(model, '0.0').neverExecuted).toBe(false)
  })

  test('is not known without ANALYZE or with TIMING OFF', () => {
    const bare = { 'Node Type': 'Seq Scan', 'Plan Rows': 7 }
    const planned = modelFrom({ properties: bare, workers: [], children: [] })
    expect(planned).toMatchObject({ isExecuted: false, hasTiming: false, rootMs: null, otherMs: null })
    expect(planned.nodes[0]).toMatchObject({ loops: null, neverExecuted: false, rowsTotal: null })
    const counted = modelFrom({
      properties: { ...bare, 'Actual Rows': 7, 'Actual Loops': 1 },
      workers: [],
      children: [],
    })
    expect(counted).toMatchObject({ isExecuted: true, hasTiming: false, rootMs: null })
    expect(counted.nodes[0]).toMatchObject({ rowsTotal: 7, exclWallMs: 0 })
  })

  test('takes a node without loops for one that never ran, where others ran', () => {
    const text = { properties: { 'Node Type': 'Seq Scan' }, workers: [], children: [] }
    expect(at(modelFrom(ran('Append', { ms: 1 }, {}, [text])), '0.0').neverExecuted).toBe(true)
  })
})

describe('below a Gather', () => {
  test('the participants are the loops of its child, not the workers launched and one', () => {
    // Two workers and an idle leader: 2 loops of 37.5 ms. 48 - 37.5 = 10.5 is the Gather's.
    const model = modelFrom(
      ran('Gather', { ms: 48 }, { 'Workers Planned': 2, 'Workers Launched': 2 }, [
        ran('Seq Scan', { ms: 37.5, loops: 2 }),
      ]),
    )
    expect(at(model, '0.0')).toMatchObject({
      participants: 2,
      inclSumMs: 75,
      inclWallMs: 37.5,
      exclSumMs: 75,
    })
    expect(ownTimes(model)).toEqual({ '0': 10.5, '0.0': 37.5 })
  })

  test('a rescan divides by the loops of the Gather', () => {
    const gather = ran('Gather', { ms: 5, loops: 3 }, { 'Parent Relationship': 'Inner' }, [
      ran('Seq Scan', { ms: 4, loops: 9 }),
    ])
    expect(at(modelFrom(ran('Nested Loop', { ms: 20 }, {}, [gather])), '0.0.0').participants).toBe(3)
  })

  test('what one process ran is divided like the rest, so that it adds up', () => {
    // Append 3 x 10 = 30 ms in all; one member 3 x 4 = 12, the other in one process 1 x 9 = 9. 10 - 4 - 3 = 3.
    const model = modelFrom(
      ran('Gather', { ms: 12 }, {}, [
        ran('Append', { ms: 10, loops: 3 }, {}, [
          ran('Seq Scan', { ms: 4, loops: 3 }, { 'Parent Relationship': 'Member' }),
          ran('Seq Scan', { ms: 9, loops: 1 }, { 'Parent Relationship': 'Member' }),
        ]),
      ]),
    )
    expect(ownTimes(model)).toEqual({ '0': 2, '0.0': 3, '0.0.0': 4, '0.0.1': 3 })
    expect(at(model, '0.0.1').participants).toBe(3)
  })

  test('a SubPlan is divided by the participants too, and taken off its owner', () => {
    // 3 x 60 = 180 ms of scan, 3 x 18 = 54 ms of it hashing the SubPlan.
    const model = modelFrom(
      ran('Gather', { ms: 61 }, {}, [
        ran('Seq Scan', { ms: 60, loops: 3 }, {}, [ran('Seq Scan', { ms: 18, loops: 3 }, subPlan)]),
      ]),
    )
    expect(ownTimes(model)).toEqual({ '0': 1, '0.0': 42, '0.0.0': 18 })
    expect(at(model, '0.0.0').participants).toBe(3)
  })

  test('a share that outlasts the Gather is kept as it is, and shown as nothing', () => {
    const model = modelFrom(ran('Gather', { ms: 46 }, {}, [ran('Seq Scan', { ms: 59.6, loops: 3 })]))
    expect(at(model, '0').exclWallRawMs).toBeCloseTo(-13.6, 9)
    expect(at(model, '0').exclWallMs).toBe(0)
    expect(model.identityErrorMs).toBeCloseTo(0, 9)
  })
})

describe('the clock of the leader', () => {
  const scan = ran('Seq Scan', { ms: 20, loops: 3, rows: 10 })

  test('is the sum of all less the workers', () => {
    // 60 ms in all, the workers 15 and 27: 18 are the leader's. The Gather waited 30 - 18 = 12.
    const model = modelFrom(ran('Gather', { ms: 30 }, {}, [withWorkers(scan, worker(15), worker(27))]))
    expect(at(model, '0.0')).toMatchObject({ leaderInclMs: 18, leaderExclRawMs: 18, slowestWorkerMs: 27 })
    expect(at(model, '0').leaderExclRawMs).toBe(12)
    // The slowest took 27 of a mean of 20.
    expect(at(model, '0.0').imbalance).toBeCloseTo(1.35, 9)
    expect(model.leaderIdentityErrorMs).toBeCloseTo(0, 9)
  })

  test('is not known below a Gather without the times of the workers', () => {
    const model = modelFrom(ran('Gather', { ms: 30 }, {}, [withWorkers(scan, { 'Sort Space Used': 25 })]))
    expect(at(model, '0')).toMatchObject({ leaderInclMs: null, leaderExclRawMs: null })
    expect(at(model, '0.0').imbalance).toBeNull()
    expect(model.leaderIdentityErrorMs).toBeNull()
  })

  test('is the only clock where nothing is parallel', () => {
    const model = modelFrom(ran('Sort', { ms: 5 }, {}, [ran('Seq Scan', { ms: 4 })]))
    expect(rounded(at(model, '0').leaderExclRawMs ?? 0)).toBe(1)
  })

  test('comes with the rows of each worker', () => {
    const model = modelFrom(
      ran('Gather', { ms: 30 }, {}, [withWorkers(scan, worker(15, 1, 4), worker(13.5, 2, 9))]),
    )
    expect(at(model, '0.0').workers).toMatchObject([
      { number: 0, loops: 1, sumMs: 15, rowsTotal: 4 },
      { number: 1, loops: 2, sumMs: 27, rowsTotal: 18 },
    ])
  })
})
