import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PlanObject, PlanValue, RawNode } from '#src/plans/plan.ts'
import { documentOf, statementOf } from './read-support.ts'

const text = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .filter((value) => !/[\p{Cc}\uFFFE\uFFFF]/u.test(value))
const expression = fc.oneof(
  text,
  fc.constantFrom('(a -> 1)', "'x\ny'", '1', 'true', '<&>"', '', '-', 'a: b', '[]'),
)
const number = fc.oneof(
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }).map((value) => (isSafe(value) ? Number(value) : value)),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => Number(value.toFixed(3)))
    .filter((value) => Math.abs(value) < 1e15 && !Object.is(value, -0)),
)

function isSafe(value: bigint): boolean {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
}

const properties: fc.Arbitrary<PlanObject> = fc.record(
  {
    'Node Type': fc.constantFrom('Seq Scan', 'Sort', 'Incremental Sort'),
    'Relation Name': expression,
    Filter: expression,
    'One-Time Filter': expression,
    Output: fc.array(expression, { minLength: 1, maxLength: 3 }),
    'Plan Rows': number,
    'Shared I/O Read Time': number,
    'Parallel Aware': fc.boolean(),
    'Something New': fc.oneof(number, fc.boolean()),
    'Grouping Sets': fc.array(
      fc.record({
        'Group Keys': fc.array(fc.array(expression, { maxLength: 2 }), { minLength: 1, maxLength: 2 }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    JIT: fc.record({ Functions: number, Options: fc.record({ Inlining: fc.boolean() }) }),
  },
  { requiredKeys: ['Node Type'] },
)

const workers = fc.array(fc.record({ 'Actual Rows': number }), { maxLength: 2 })

const { node } = fc.letrec<{ node: RawNode }>((tie) => ({
  node: fc.record({
    properties,
    workers: workers.map((list) => list.map((worker, index) => ({ 'Worker Number': index, ...worker }))),
    children: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie('node'), { maxLength: 2 })),
  }),
}))

const settings = fc.dictionary(fc.constantFrom('work_mem', 'app.x'), expression, {
  maxKeys: 2,
  noNullPrototype: true,
})

const statement = fc.record({
  root: node,
  properties: fc.record({
    'Planning Time': number,
    'Query Identifier': number,
    Settings: settings,
    Triggers: fc.constant([]),
  }),
  withoutPlan: fc.constant(null),
})

/** As PostgreSQL prints a node. */
function printable({ properties: own, workers: rows, children }: RawNode): PlanObject {
  return {
    ...own,
    ...(rows.length > 0 ? { Workers: rows } : {}),
    ...(children.length > 0 ? { Plans: children.map(printable) } : {}),
  }
}

function json(value: PlanValue): string {
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(json).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}: ${json(member)}`)
    .join(', ')}}`
}

function yaml(value: PlanValue, indent: number): string {
  const pad = ' '.repeat(indent)
  if (Array.isArray(value)) {
    const item = (one: PlanValue) =>
      Array.isArray(one) || typeof one !== 'object'
        ? ` ${json(one)}`
        : yaml(one, indent + 2).slice(pad.length + 2 - 1)
    return value.map((one) => `${pad}-${item(one).replace(/^ */, ' ')}`).join('\n')
  }
  if (typeof value !== 'object' || value === null) return json(value)
  return Object.entries(value)
    .map(([key, member]) =>
      typeof member === 'object' && member !== null
        ? [`${pad}${key}: `, ...block(member, indent + 2)].join('\n')
        : `${pad}${key}: ${json(member)}`,
    )
    .join('\n')
}

function block(value: PlanValue, indent: number): readonly string[] {
  const printed = yaml(value, indent)
  return printed === '' ? [] : [printed]
}

/** The tag of a list's items, as the server calls them. */
function itemOf(key: string): string {
  if (key === 'Output' || key === 'Group Keys') return key === 'Output' ? 'Item' : 'Group Key'
  return key.endsWith('s') ? key.slice(0, -1) : 'Item'
}

function xml(key: string, value: PlanValue): string {
  const tag = key.replaceAll(/[^\w.-]/g, '-')
  if (Array.isArray(value))
    return `<${tag}>\n${value.map((item) => xml(itemOf(key), item)).join('\n')}\n</${tag}>`
  if (typeof value === 'object' && value !== null) {
    return `<${tag}>\n${Object.entries(value)
      .map(([name, member]) => xml(name, member))
      .join('\n')}\n</${tag}>`
  }
  const escaped = String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return `<${tag}>${escaped}</${tag}>`
}

describe('whatever a plan holds', () => {
  test('comes back from JSON, YAML and XML as it was', () => {
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 2 }), (statements) => {
        const printed = statements.map(({ root, properties: beside }) => ({
          Plan: printable(root),
          ...beside,
        }))
        expect(documentOf(json(printed))).toEqual({ format: 'json', statements })
        expect(documentOf(yaml(printed, 0))).toEqual({ format: 'yaml', statements })
        const queries = printed.map((query) => xml('Query', query)).join('\n')
        expect(documentOf(`<explain xmlns="x">\n${queries}\n</explain>`)).toEqual({
          format: 'xml',
          statements,
        })
      }),
      { numRuns: 200 },
    )
  })
})

describe('XML', () => {
  test('tells groups of an incremental sort by their order', () => {
    const group = (methods: string) =>
      `<Incremental-Sort-Groups><Group-Count>1</Group-Count><Sort-Methods-Used><Item>${methods}</Item></Sort-Methods-Used><Sort-Space><Peak-Sort-Space-Used>5</Peak-Sort-Space-Used></Sort-Space></Incremental-Sort-Groups>`
    const { root } = statementOf(
      `<explain><Query><Plan><Node-Type>Incremental Sort</Node-Type>${group('quicksort')}${group('external merge')}</Plan></Query></explain>`,
    )
    expect(root?.properties).toMatchObject({
      'Full-sort Groups': { 'Group Count': 1, 'Sort Methods Used': ['quicksort'], 'Sort Space Memory': {} },
      'Pre-sorted Groups': { 'Sort Space Disk': { 'Peak Sort Space Used': 5 } },
    })
  })

  test.each([
    ['<explain xmlns="x">\n  <Utility-Statement />\n</explain>', 'Utility Statement'],
    ['<explain xmlns="x">\n</explain>', 'Query rewrites to nothing'],
    ['- "CREATE TABLE AS"\n', 'CREATE TABLE AS'],
  ])('and YAML tell why there is no plan: %j', (printed, withoutPlan) => {
    expect(statementOf(printed)).toEqual({ root: null, properties: {}, withoutPlan })
  })
})
