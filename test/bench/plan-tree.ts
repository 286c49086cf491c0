/** Plans of any size, as EXPLAIN (ANALYZE, BUFFERS, VERBOSE) prints them; the same for the same numbers. */
import type { PlanObject, RawNode } from '#src/plans/plan.ts'

export interface PlanSize {
  readonly nodes: number
  /** Columns in each Output list: that is what makes plans of megabytes. */
  readonly columns: number
  /** Plans of another variant read some tables another way and took other times. */
  readonly variant: number
}

/** A tree of joins over partitions, with sorts, aggregates, sub-plans and CTE-like branches in it. */
export function planTree({ nodes, columns, variant }: PlanSize): RawNode {
  const random = randomFrom(20_240_117)
  let table = 0
  const scan = (loops: number): RawNode => {
    table += 1
    const isOther = variant > 0 && table % 11 === 0
    const rows = Math.floor(random() * 5_000)
    const relation = `measurements_y2024m${table}`
    return made(random() < 0.4 !== isOther ? 'Index Scan' : 'Seq Scan', {
      loops,
      rows,
      ms: (rows * 0.002 + 0.01) / loops + variant * 0.003,
      columns,
      more: {
        'Relation Name': relation,
        Schema: 'public',
        Alias: `m_${table}`,
        ...(isOther ? {} : { Filter: `((m_${table}.kind)::text = ANY ('{reading,"a, b"}'::text[]))` }),
        'Rows Removed by Filter': rows * 3,
        'Shared Hit Blocks': Math.floor(rows / 7) + 3,
        'Shared Read Blocks': table % 5 === 0 ? Math.floor(rows / 9) : 0,
      },
    })
  }
  const wrap = (type: string, below: RawNode, more: PlanObject = {}): RawNode =>
    made(type, { loops: 1, rows: 100, ms: msOf(below) + 0.05, columns, more }, [below])
  const join = (outer: RawNode, inner: RawNode): RawNode => {
    const isHash = random() < 0.6
    return made(
      isHash ? 'Hash Join' : 'Nested Loop',
      {
        loops: 1,
        rows: Math.floor(random() * 20_000),
        ms: msOf(outer) + msOf(inner) + 0.2,
        columns,
        more: {
          'Join Type': 'Inner',
          'Inner Unique': false,
          ...(isHash ? { 'Hash Cond': '(o.device_id = i.device_id)' } : {}),
        },
      },
      [outer, isHash ? wrap('Hash', inner, { 'Hash Batches': 1, 'Peak Memory Usage': 4096 }) : inner],
    )
  }
  const build = (size: number): RawNode => {
    if (size < 3) return scan(1)
    if (size < 200 && random() < 0.4) {
      const members = Array.from({ length: size - 1 }, () => scan(1))
      const ms = members.reduce((sum, member) => sum + msOf(member), 0.1)
      return made('Append', { loops: 1, rows: 5_000, ms, columns, more: {} }, members)
    }
    if (random() < 0.2) return wrap('Sort', build(size - 1), SORT)
    if (random() < 0.1)
      return wrap('Aggregate', build(size - 1), { Strategy: 'Hashed', 'Group Key': ['a', 'b'] })
    const outer = Math.max(1, Math.floor(size * (0.2 + random() * 0.6)))
    return join(build(outer), build(size - outer - 1))
  }
  return wrap('Limit', wrap('Sort', build(nodes - 2), SORT))
}

/** The document that FORMAT JSON prints. */
export function asJson(root: RawNode): string {
  const object = (node: RawNode): object => ({
    ...node.properties,
    ...(node.children.length === 0 ? {} : { Plans: node.children.map(object) }),
  })
  return JSON.stringify(
    [{ Plan: object(root), 'Planning Time': 12.5, Triggers: [], 'Execution Time': msOf(root) + 3 }],
    null,
    2,
  )
}

/** The same in FORMAT TEXT. */
export function asText(root: RawNode): string {
  const lines: string[] = []
  const print = ({ properties, children }: RawNode, depth: number): void => {
    const indent = depth === 0 ? '' : ' '.repeat(depth * 6 - 4)
    const say = (text: string) => lines.push(`${' '.repeat(depth * 6 + 2)}${text}`)
    lines.push(`${indent}${depth === 0 ? '' : '->  '}${headOf(properties)}`)
    say(`Output: ${(properties.Output as readonly string[]).join(', ')}`)
    for (const key of ['Sort Key', 'Group Key', 'Hash Cond', 'Filter', 'Rows Removed by Filter']) {
      const value = properties[key]
      if (value !== undefined && value !== 0)
        say(`${key}: ${Array.isArray(value) ? value.join(', ') : value}`)
    }
    say(`Buffers: shared hit=${properties['Shared Hit Blocks']} read=${properties['Shared Read Blocks']}`)
    for (const child of children) print(child, depth + 1)
  }
  print(root, 0)
  return [...lines, 'Planning Time: 12.500 ms', `Execution Time: ${(msOf(root) + 3).toFixed(3)} ms`].join(
    '\n',
  )
}

const SORT = { 'Sort Key': ['m.device_id', 'm.at DESC'], 'Sort Method': 'quicksort', 'Sort Space Used': 120 }

interface Run {
  readonly loops: number
  readonly rows: number
  readonly ms: number
  readonly columns: number
  readonly more: PlanObject
}

function made(
  type: string,
  { loops, rows, ms, columns, more }: Run,
  children: readonly RawNode[] = [],
): RawNode {
  const blocks = (key: string) =>
    children.reduce((sum, { properties }) => sum + Number(properties[key] ?? 0), Number(more[key] ?? 0))
  return {
    properties: {
      'Node Type': type,
      'Parent Relationship': 'Outer',
      'Parallel Aware': false,
      'Async Capable': false,
      'Startup Cost': 0.29,
      'Total Cost': Number((rows * 1.7 + children.length * 200 + 8).toFixed(2)),
      'Plan Rows': Math.max(1, Math.floor(rows / 3)),
      'Plan Width': 48,
      'Actual Startup Time': 0.012,
      'Actual Total Time': Number(ms.toFixed(3)),
      'Actual Rows': rows,
      'Actual Loops': loops,
      Disabled: false,
      Output: Array.from({ length: columns }, (_, at) => `m.measured_column_number_${at}`),
      ...more,
      ...Object.fromEntries(BLOCKS.map((key) => [key, blocks(key)])),
      'I/O Read Time': 0,
      'I/O Write Time': 0,
    },
    workers: [],
    children,
  }
}

const BLOCKS = ['Shared', 'Local', 'Temp'].flatMap((of) =>
  ['Hit', 'Read', 'Dirtied', 'Written']
    .filter((what) => of !== 'Temp' || what === 'Read' || what === 'Written')
    .map((what) => `${of} ${what} Blocks`),
)

function headOf(properties: PlanObject): string {
  const { 'Node Type': type, 'Relation Name': relation, Alias: alias } = properties
  const name = type === 'Aggregate' ? 'HashAggregate' : type
  const on = relation === undefined ? '' : ` on public.${relation} ${alias}`
  const using = type === 'Index Scan' ? ` using ${relation}_idx` : ''
  const cost = `(cost=${properties['Startup Cost']}..${properties['Total Cost']} rows=${properties['Plan Rows']} width=48)`
  const time = `(actual time=0.012..${Number(properties['Actual Total Time']).toFixed(3)} rows=${properties['Actual Rows']} loops=${properties['Actual Loops']})`
  return `${name}${using}${on}  ${cost} ${time}`
}

function msOf({ properties }: RawNode): number {
  return Number(properties['Actual Total Time'])
}

/** Mulberry32: numbers from 0 to 1, always the same ones. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
