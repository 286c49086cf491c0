import { expect, test } from 'vitest'
import { callsIn, callsOf } from '#src/plans/findings/calls.ts'
import { mentionsOf } from '#src/plans/findings/mentions.ts'
import { modelFrom, ran } from './model-plans.ts'

const textsIn = (expression: string) => callsIn(expression).map(({ text }) => text)

test.each([
  [
    "((date_trunc('day'::text, ts) = now()) AND (lower(note) ~~ 'a(b%'::text))",
    ['date_trunc', 'now', 'lower'],
  ],
  ['(app.slow(id) > PARTIAL count(*))', ['app.slow', 'count']],
  ['"two.""x"."Do It"(1)', ['"two.""x"."Do It"']],
  ['row_number() OVER (?)', ['row_number']],
])('functions are found in %s', (expression, texts) => {
  expect(textsIn(expression)).toEqual(texts)
})

test.each([
  ['(note)::character varying(20)'],
  ['(total)::numeric(10,2)'],
  ['(at)::timestamp(3) without time zone'],
  ['(kind)::app."Kind"(3)'],
  ["(COALESCE(a, GREATEST(b, c)) = ANY ('{1,2}'::integer[]))"],
  ['(hashed SubPlan 1)'],
  ["('f(x)'::text = E'it''s g(x)')"],
  ['("f(x)" = 1)'],
])('nothing that only looks like one is found in %s', (expression) => {
  expect(textsIn(expression)).toEqual([])
})

test('a name is told apart from its schema and its quotes', () => {
  expect(callsIn('"two.""x"."Do ""It"(1)')).toEqual([
    { text: '"two.""x"."Do ""It"', schema: 'two."x', name: 'Do "It' },
  ])
})

test('a Function Scan calls what it scans, and what others run elsewhere is no call', () => {
  const scan = { 'Function Name': 'Do It', Schema: 'app' }
  const [node] = modelFrom(ran('Function Scan', { ms: 1 }, scan)).nodes
  expect(node === undefined ? [] : callsOf(node)).toEqual([
    { text: 'app."Do It"', schema: 'app', name: 'Do It' },
  ])
  const foreign = { 'Remote SQL': 'SELECT f(x)', Relations: 'a LEFT JOIN (b)', Alias: 'g(x)' }
  const [other] = modelFrom(ran('Foreign Scan', { ms: 1 }, foreign)).nodes
  expect(other === undefined ? [] : callsOf(other)).toEqual([])
})

test('each thing that a plan mentions is asked for once', () => {
  const scan = ran(
    'Seq Scan',
    { ms: 1 },
    { Schema: 'app', 'Relation Name': 'orders', Filter: '(f(id) = f(total))' },
  )
  const more = {
    Triggers: [
      { 'Constraint Name': 'fk', Relation: 'orders' },
      { 'Trigger Name': 't', Relation: 'orders' },
    ],
  }
  expect(mentionsOf(modelFrom(ran('Append', { ms: 1 }, {}, [scan, scan]), more))).toEqual({
    relations: [{ schema: 'app', name: 'orders' }],
    functions: [{ text: 'f', schema: null, name: 'f' }],
    constraints: [{ name: 'fk', relation: 'orders' }],
  })
})
