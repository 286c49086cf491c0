import { expect, test } from 'vitest'
import { History } from '#screens/explain/history.ts'
import { readShown, type ShownPlan } from '#screens/explain/shown-plan.ts'

function plan(text: string): ShownPlan {
  const read = readShown(text, 'typed', new Date(0))
  if (read.kind !== 'plan') throw new Error(text)
  return read.shown
}

const first = plan('Seq Scan on a  (cost=0.00..1.01 rows=1 width=4)')
const second = plan('Seq Scan on b  (cost=0.00..1.01 rows=1 width=4)')
const third = plan('Seq Scan on c  (cost=0.00..1.01 rows=1 width=4)')

function historyOf(...plans: readonly ShownPlan[]): History {
  const history = new History()
  for (const each of plans) history.add(each)
  return history
}

test('shows the newest plan, and goes back and forth between its ends', () => {
  const history = historyOf(first, second)
  expect(history.plan).toBe(second)
  expect(history.step(1)).toBe(false)
  expect(history.step(-1)).toBe(true)
  expect(history.plan).toBe(first)
  expect(history.step(-1)).toBe(false)
})

test('compares with the plan before, or with the one that was marked', () => {
  const history = historyOf(first, second, third)
  expect(history.before).toBe(second)
  history.step(-1)
  history.step(-1)
  history.markBase()
  history.step(1)
  history.step(1)
  expect(history.before).toBe(first)
  history.step(-1)
  history.step(-1)
  history.markBase()
  expect(history.base).toBe(null)
})

test('goes through the statements of one text', () => {
  const two = plan('[{"Plan": {"Node Type": "Result"}}, {"Plan": {"Node Type": "Limit"}}]')
  const history = historyOf(two)
  expect(history.stepStatement(1)).toBe(true)
  expect(history.current?.model.root?.type).toBe('Limit')
  expect(history.stepStatement(1)).toBe(false)
})

test('forgets the oldest plans after 50', () => {
  const history = historyOf(first, ...Array.from({ length: 50 }, () => second))
  expect(history.plans).toHaveLength(50)
  expect(history.plans).not.toContain(first)
})
