import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Finding } from '#src/plans/findings/finding.ts'
import { findingsOf } from '#src/plans/findings/findings.ts'
import { rules } from '#src/plans/findings/rules.ts'
import { modelOf } from '#src/plans/model/model.ts'
import type { PlanObject, PlanValue, RawNode, RawStatement } from '#src/plans/plan.ts'
import { statementOf } from './read-support.ts'

// What PostgreSQL 18 and 13 printed for a dozen statements each, one plan a line.
const FILE = join(import.meta.dirname, '../../fixtures/plans.jsonl')
const PLANS = readFileSync(FILE, 'utf8').trim().split('\n').map(statementOf)

describe('every rule', () => {
  test('has a name of its own and says what it looks for', () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
    for (const { id, about, source } of rules) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(about, id).toMatch(/^\S.*\.$/)
      expect(source, id).not.toBe('')
    }
  })

  test('says of real plans what can be shown', () => {
    const found = PLANS.flatMap((statement) => findingsOf(modelOf(statement)))
    expect(new Set(found.map(({ rule }) => rule)).size).toBeGreaterThan(5)
    for (const finding of found) expectShowable(finding)
  })

  test('bears plans that others printed, cut or changed', () => {
    fc.assert(
      fc.property(statements(fc.constant(undefined)), (statement) => {
        for (const finding of findingsOf(modelOf(statement))) expectShowable(finding)
      }),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(statements(fc.constantFrom(...ANYTHING)), (statement) => {
        findingsOf(modelOf(statement))
      }),
      { numRuns: 1_000 },
    )
  })

  test('takes no longer than a plan is long', () => {
    const depth = 2_000
    let root: RawNode = {
      properties: { 'Node Type': 'Seq Scan', 'Actual Rows': 1 },
      workers: [],
      children: [],
    }
    const aggregate = { 'Node Type': 'Aggregate', Strategy: 'Plain', 'Actual Rows': 1, 'Plan Width': 8 }
    for (let level = 0; level < depth; level += 1)
      root = { properties: aggregate, workers: [], children: [root] }
    const filter = `${'('.repeat(200_000)}a = 1${')'.repeat(200_000)}`
    const deep = {
      'Node Type': 'Seq Scan',
      'Actual Rows': 1,
      'Rows Removed by Filter': 50_000,
      Filter: filter,
    }
    const begin = performance.now()
    findingsOf(modelOf({ root, properties: {}, withoutPlan: null }))
    findingsOf(
      modelOf({ root: { ...root, properties: deep, children: [] }, properties: {}, withoutPlan: null }),
    )
    expect(performance.now() - begin).toBeLessThan(5_000)
  })
})

function expectShowable({ rule, savesMs, share, title, advice, remedy, evidence }: Finding): void {
  expect(title, rule).toMatch(/^\S.{3,}[^.\s]$/s)
  expect(advice, rule).toMatch(/^\S.*[.]$/s)
  expect(remedy === null || remedy.trim() !== '', rule).toBe(true)
  expect(savesMs === null || (Number.isFinite(savesMs) && savesMs >= 0), `${rule} saves ${savesMs}`).toBe(
    true,
  )
  expect(share === null || (share >= 0 && share <= 1), `${rule} ${share}`).toBe(true)
  for (const { label, value } of evidence) {
    expect(label, rule).not.toBe('')
    if (typeof value === 'number') expect(value, `${rule} ${label}`).toSatisfy(Number.isFinite)
  }
}

const ANYTHING: readonly (PlanValue | undefined)[] = [
  ...[undefined, null, true, -1, 0, 0.5, 1e300, 9_007_199_254_740_993n],
  ...['', 'x', '(((', `"'`, 'Limit', 'Append', 'Aggregate', 'a = ANY (', '(a AND (b = 1))'],
  ...[[], [null], ['a', 1], {}, { Time: 1 }],
]

interface Edit {
  readonly node: number
  readonly key: number
  readonly value: PlanValue | undefined
}

/** Real plans of which some values are taken away or replaced. */
function statements(values: fc.Arbitrary<PlanValue | undefined>): fc.Arbitrary<RawStatement> {
  const edit = fc.record({ node: fc.nat(60), key: fc.nat(60), value: values })
  return fc
    .record({ plan: fc.nat(PLANS.length - 1), edits: fc.array(edit, { minLength: 1, maxLength: 60 }) })
    .map(({ plan, edits }) =>
      changed(PLANS[plan] ?? { root: null, properties: {}, withoutPlan: null }, edits),
    )
}

function changed({ root, properties, withoutPlan }: RawStatement, edits: readonly Edit[]): RawStatement {
  let count = 0
  const change = ({ properties, workers, children }: RawNode): RawNode => {
    count += 1
    const own = edits.filter(({ node }) => node === count)
    return { properties: without(properties, own), workers, children: children.map(change) }
  }
  return {
    root: root === null ? null : change(root),
    properties: without(
      properties,
      edits.filter(({ node }) => node === 0),
    ),
    withoutPlan,
  }
}

function without(properties: PlanObject, edits: readonly Edit[]): PlanObject {
  const draft: Record<string, PlanValue> = { ...properties }
  for (const { key, value } of edits) {
    const name = Object.keys(properties)[key % Math.max(1, Object.keys(properties).length)]
    if (name === undefined) continue
    // A node of no type has no name in a title.
    if (value === undefined && name !== 'Node Type') delete draft[name]
    else if (value !== undefined) draft[name] = value
  }
  return draft
}
