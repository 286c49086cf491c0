import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diffPlans } from '#src/plans/diff/diff.ts'
import type { DiffRow } from '#src/plans/diff/rows.ts'
import type { RawNode } from '#src/plans/plan.ts'
import { node, scan } from './diff-support.ts'
import { initPlan, modelFrom, subPlan } from './model-plans.ts'

const WRAPPERS = [
  'Sort',
  'Incremental Sort',
  'Limit',
  'Materialize',
  'Memoize',
  'Hash',
  'Gather',
  'Aggregate',
  'Unique',
]
const BRANCHES = ['Nested Loop', 'Hash Join', 'Merge Join', 'Append', 'Merge Append', 'SetOp']
const LEAVES = ['Seq Scan', 'Index Scan', 'Tid Scan', 'CTE Scan']

/** Trees of any shape; the same table may be read twice, under one alias or several, and some leaves have no name. */
const plans: fc.Arbitrary<RawNode> = fc.letrec<{ plan: RawNode; leaf: RawNode }>((tie) => ({
  leaf: fc.oneof(
    fc
      .tuple(fc.constantFrom(...LEAVES), fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('', '_1', '_2'))
      .map(([type, relation, suffix]) => scan(relation, `${relation}${suffix}`, { 'Node Type': type })),
    fc.constant(node('Result')),
  ),
  plan: fc.oneof(
    { maxDepth: 5, depthIdentifier: 'plan' },
    tie('leaf'),
    fc.tuple(fc.constantFrom(...WRAPPERS), tie('plan')).map(([type, below]) => node(type, below)),
    fc
      .tuple(fc.constantFrom(...BRANCHES), fc.array(tie('plan'), { minLength: 2, maxLength: 4 }))
      .map(([type, below]) => node(type, ...below)),
    fc
      .tuple(fc.constantFrom(subPlan, initPlan('InitPlan 1'), initPlan('CTE c')), tie('plan'), tie('plan'))
      .map(([kind, sub, below]) => node('Result', as(kind, sub), below)),
  ),
})).plan

describe('whatever the plan', () => {
  test('it is the same as itself, without any difference', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { rows } = diffPlans(modelFrom(plan), modelFrom(plan))
        for (const { before, after, change, delta, isNoise, isMoved } of rows) {
          expect({ change, delta, isNoise, isMoved }).toEqual({
            change: 'same',
            delta: 0,
            isNoise: true,
            isMoved: false,
          })
          expect(before?.path).toBe(after?.path)
        }
      }),
    )
  })

  test('a wrapper that is put around a node is added, and all else stays as it is', () => {
    fc.assert(
      fc.property(plans, fc.nat(), fc.constantFrom(...WRAPPERS), (plan, place, type) => {
        const wrapped = wrap(plan, place % sizeOf(plan), type)
        const added = diffPlans(modelFrom(plan), modelFrom(wrapped)).rows
        expect(changes(added)).toEqual({ added: 1, same: sizeOf(plan) })
        expect(added.some(({ isMoved }) => isMoved)).toBe(false)
        expect(changes(diffPlans(modelFrom(wrapped), modelFrom(plan)).rows)).toEqual({
          removed: 1,
          same: sizeOf(plan),
        })
      }),
    )
  })
})

describe('whatever the plans', () => {
  test('every node of both is in one row, below the row that it is told to be below', () => {
    fc.assert(
      fc.property(plans, plans, (before, after) => {
        const models = [modelFrom(before), modelFrom(after)] as const
        const { rows } = diffPlans(...models)
        expect(rows.flatMap((row) => row.before ?? []).toSorted((a, b) => a.index - b.index)).toEqual(
          models[0].nodes,
        )
        // The second plan is drawn as it is.
        expect(rows.flatMap((row) => row.after ?? [])).toEqual(models[1].nodes)
        for (const [place, row] of rows.entries()) {
          expect(row.depth).toBe(row.parent === null ? 0 : row.parent.depth + 1)
          expect(row.parent === null ? -1 : rows.indexOf(row.parent)).toBeLessThan(place)
          expect(row.isLast).toBe(rows.findLast(({ parent }) => parent === row.parent) === row)
        }
      }),
    )
  })

  test('the other way round it is the same comparison', () => {
    fc.assert(
      fc.property(plans, plans, (before, after) => {
        const forth = diffPlans(modelFrom(before), modelFrom(after))
        const back = diffPlans(modelFrom(after), modelFrom(before))
        const mirrored = back.rows.map(
          (row): DiffRow => ({
            ...row,
            before: row.after,
            after: row.before,
            delta: row.delta === null ? null : -row.delta,
          }),
        )
        expect(pairsOf(forth.rows)).toEqual(pairsOf(mirrored))
        expect(forth.nothingMatches).toBe(back.nothingMatches)
      }),
    )
  })
})

function pairsOf(rows: readonly DiffRow[]): readonly string[] {
  return rows
    .map(({ before, after, delta, isMoved, isNoise }) =>
      [before?.path, after?.path, (delta ?? 0) + 0, isMoved, isNoise].join(' '),
    )
    .toSorted()
}

function changes(rows: readonly DiffRow[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { change } of rows) counts[change] = (counts[change] ?? 0) + 1
  return counts
}

/** The plan with a node of `type` around the one at `place`, counted in the order they are printed. */
function wrap(plan: RawNode, place: number, type: string): RawNode {
  if (place === 0) {
    const { 'Parent Relationship': relationship = 'Outer', 'Subplan Name': name } = plan.properties
    const kind = {
      'Parent Relationship': relationship,
      ...(name === undefined ? {} : { 'Subplan Name': name }),
    }
    const { 'Subplan Name': _, ...properties } = plan.properties
    return as(kind, node(type, { ...plan, properties: { ...properties, 'Parent Relationship': 'Outer' } }))
  }
  let left = place - 1
  const children = plan.children.map((child) => {
    const size = sizeOf(child)
    const isHere = left >= 0 && left < size
    const wrapped = isHere ? wrap(child, left, type) : child
    left -= size
    return wrapped
  })
  return { ...plan, children }
}

function as(kind: RawNode['properties'], plan: RawNode): RawNode {
  return { ...plan, properties: { ...plan.properties, ...kind } }
}

function sizeOf({ children }: RawNode): number {
  return children.reduce((sum, child) => sum + sizeOf(child), 1)
}
