import { expect, test } from 'vitest'
import { contextOf } from '#src/plans/findings/context.ts'
import { seqScanDiscards } from '#src/plans/findings/scans/seq-scan-discards.ts'
import type { PlanObject } from '#src/plans/plan.ts'
import { modelFrom, ran } from './model-plans.ts'

/** What a scan of 100 ms, of which its first row took some, would save with so much of JIT. */
function saved(startup: number, jitMs: number): number | null | undefined {
  const filter: PlanObject = { Filter: '(a = 1)', 'Rows Removed by Filter': 99_000 }
  const root = ran('Seq Scan', { ms: 100, startup, rows: 1000 }, { 'Relation Name': 't', ...filter })
  const jit = { JIT: { Functions: 3, Timing: { Total: jitMs } } }
  return seqScanDiscards.find(contextOf(modelFrom(root, { 'Execution Time': 101, ...jit }), null))[0]?.savesMs
}

test('to read less does not spare what JIT compiles in a scan', () => {
  expect(saved(81, 80)).toBeCloseTo(20 * 0.99, 6)
  expect(saved(3, 80)).toBeCloseTo(100 * 0.99, 6)
  expect(saved(100, 98)).toBeUndefined()
})
