import { describe, expect, test } from 'vitest'
import { at, initPlan, modelFrom, ran, subPlan } from './model-plans.ts'

describe('the blocks of a node', () => {
  test('are its own less its children and SubPlans, whatever the loops and participants', () => {
    const model = modelFrom(
      ran('Gather', { ms: 9 }, { 'Shared Hit Blocks': 100, 'Temp Written Blocks': 5 }, [
        ran('Seq Scan', { ms: 8, loops: 3 }, { 'Shared Hit Blocks': 90, 'Temp Written Blocks': 5 }, [
          ran('Index Scan', { ms: 0.001, loops: 3000 }, { ...subPlan, 'Shared Hit Blocks': 60 }),
        ]),
      ]),
    )
    expect(model.nodes.map(({ exclBuffers }) => exclBuffers)).toEqual([
      { 'Shared Hit Blocks': 10 },
      { 'Shared Hit Blocks': 30, 'Temp Written Blocks': 5 },
      { 'Shared Hit Blocks': 60 },
    ])
    expect(at(model, '0').buffers).toEqual({ 'Shared Hit Blocks': 100, 'Temp Written Blocks': 5 })
  })

  test('come off the payer of an InitPlan and off the scan of a CTE', () => {
    const model = modelFrom(
      ran('Nested Loop', { ms: 40 }, { 'Shared Read Blocks': 70 }, [
        ran('Result', { ms: 5 }, { ...initPlan('InitPlan 1 (returns $0)'), 'Shared Read Blocks': 20 }),
        ran('Seq Scan', { ms: 10 }, { ...initPlan('CTE c'), 'Shared Read Blocks': 40 }),
        ran('CTE Scan', { ms: 12 }, { 'CTE Name': 'c', 'Shared Read Blocks': 40 }),
        ran('Seq Scan', { ms: 9 }, { Filter: '(a = $0)', 'Shared Read Blocks': 29 }),
      ]),
    )
    const own = model.nodes.map(({ exclBuffers }) => exclBuffers['Shared Read Blocks'] ?? 0)
    expect(own).toEqual([1, 20, 40, 0, 9])
    expect(own.reduce((total, blocks) => total + blocks)).toBe(70)
  })

  test('stand beside I/O times and WAL by the names of every version, and beside nothing else', () => {
    const printed = {
      'I/O Read Time': 1.5,
      'Shared I/O Write Time': 0.5,
      'WAL Records': 3,
      'WAL Bytes': 9_007_199_254_740_993n,
      'WAL Buffers Full': 1,
    }
    const model = modelFrom(
      ran('ModifyTable', { ms: 1 }, { ...printed, 'Exact Heap Blocks': 9, 'Shared Hit Blocks': 0 }),
    )
    expect(at(model, '0').exclBuffers).toEqual({ ...printed, 'WAL Bytes': 9_007_199_254_740_992 })
    expect(model.hasBuffers).toBe(true)
    expect(modelFrom(ran('Result', { ms: 1 }, { 'Exact Heap Blocks': 9 })).hasBuffers).toBe(false)
  })
})
