import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { explain } from '#src/commands/explain.ts'
import { cellWidth } from '#src/text/width.ts'

/** An InitPlan that the Gather pays for, a scan in two processes, and one branch that never ran. */
const PLAN = [
  {
    Plan: {
      'Node Type': 'Aggregate',
      Strategy: 'Plain',
      'Partial Mode': 'Finalize',
      'Total Cost': 900,
      'Plan Rows': 1,
      'Actual Startup Time': 100,
      'Actual Total Time': 100,
      'Actual Rows': 1,
      'Actual Loops': 1,
      'Shared Hit Blocks': 500,
      Plans: [
        {
          'Node Type': 'Result',
          'Parent Relationship': 'InitPlan',
          'Subplan Name': 'InitPlan 1',
          'Total Cost': 10,
          'Plan Rows': 1,
          'Actual Startup Time': 20,
          'Actual Total Time': 20,
          'Actual Rows': 1,
          'Actual Loops': 1,
          'Shared Hit Blocks': 50,
        },
        {
          'Node Type': 'Gather',
          'Parent Relationship': 'Outer',
          'Workers Planned': 1,
          'Workers Launched': 1,
          'Total Cost': 890,
          'Plan Rows': 2,
          'Actual Startup Time': 25,
          'Actual Total Time': 99,
          'Actual Rows': 2,
          'Actual Loops': 1,
          'Shared Hit Blocks': 500,
          Plans: [
            {
              'Node Type': 'Seq Scan',
              'Parent Relationship': 'Outer',
              'Parallel Aware': true,
              'Relation Name': 'orders',
              Alias: 'o',
              'Total Cost': 800,
              'Plan Rows': 10,
              'Actual Startup Time': 0.1,
              'Actual Total Time': 70,
              'Actual Rows': 2000,
              'Actual Loops': 2,
              Filter: '(total > (InitPlan 1).col1)',
              'Rows Removed by Filter': 500,
              'Shared Hit Blocks': 400,
            },
            {
              'Node Type': 'Index Scan',
              'Parent Relationship': 'Member',
              'Index Name': 'evil\u001b[2J_idx',
              'Relation Name': 'orders',
              Alias: 'orders',
              'Scan Direction': 'Backward',
              'Total Cost': 5,
              'Plan Rows': 1,
              'Actual Startup Time': 0,
              'Actual Total Time': 0,
              'Actual Rows': 0,
              'Actual Loops': 0,
            },
          ],
        },
      ],
    },
    'Planning Time': 1.5,
    'Execution Time': 102,
  },
]

interface Options {
  readonly format?: 'tree' | 'json'
  /** What the other file holds. */
  readonly diff?: string
  readonly width?: number
}

async function run(text: string, { format = 'tree', diff, width = 160 }: Options = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'pgtriage-explain-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const [file, other] = [join(directory, 'plan'), join(directory, 'other')]
  writeFileSync(file, text)
  if (diff !== undefined) writeFileSync(other, diff)
  let out = ''
  const err: string[] = []
  const io = {
    out: (more: string) => {
      out += more
    },
    err: (line: string) => err.push(line),
  }
  const request = { file, format, width, ...(diff === undefined ? {} : { diff: other }) }
  const code = await explain(request, io)
  return { code, out, err, file, other }
}

describe('a plan as a tree', () => {
  test('tells where the time of the statement went, and of each node its own', async () => {
    const { code, out, err } = await run(JSON.stringify(PLAN))
    expect({ code, err }).toEqual({ code: 0, err: [] })
    const [budget, , , , root, init, gather, scan, never] = out.split('\n')
    expect(budget).toBe('execution 102ms, planning 1.5ms, in the tree 100ms, other 2.0ms')
    expect(root).toMatch(/^Finalize Aggregate +1\.0ms +0\.9% +▏ +100ms +1 +=$/)
    expect(init).toMatch(/^├ \[InitPlan 1\] Result +20ms +19\.6% /)
    // 99 ms less the 70 of its processes and the 20 of the InitPlan, that the leader runs before it starts them.
    expect(gather).toMatch(/^└ Gather +9\.0ms +8\.8% .* paid InitPlan 1 20ms$/)
    // 2000 rows in each of two loops; the planner divides by 1.7 for one worker and the leader.
    expect(scan).toMatch(/^ {2}├ Parallel Seq Scan on orders o +70ms +68\.6% .* 4\.0k in 2 +▲\d+x +3\.1MB /)
    expect(scan).toContain('2 processes, 1.0k removed by filter')
    expect(never).toMatch(/^ {2}└ Index Scan Backward using evil\\x1b\[2J_idx on orders .*never executed$/)
  })

  test.each([60, 80, 120])('fits a line of %s cells, and keeps what matters of each node', async (width) => {
    const { out } = await run(JSON.stringify(PLAN), { width })
    const lines = out.split('\n')
    expect(Math.max(...lines.map(cellWidth))).toBeLessThanOrEqual(width)
    expect(out).toMatch(/Par.* Seq Scan on orders o +70ms +68\.6% /)
  })

  test('shows costs where nothing was executed', async () => {
    const { out } = await run('Seq Scan on orders  (cost=0.00..155.00 rows=10000 width=4)')
    expect(out).toMatch(/^planned, not executed, cost 155\.00, 10k rows expected\n/)
    expect(out.split('\n').at(-2)).toMatch(/^Seq Scan on orders +155\.00 +100% +█+ +155\.00 +10k$/)
    expect(out).not.toContain('self')
  })

  test('says what has no plan', async () => {
    const { code, out } = await run('["Utility Statement"]')
    expect({ code, out }).toEqual({ code: 0, out: 'Utility Statement\n' })
  })
})

describe('a plan as JSON', () => {
  test('has the numbers of every node, nothing rounded', async () => {
    const { out } = await run(JSON.stringify(PLAN), { format: 'json' })
    const document = JSON.parse(out)
    expect(document).toMatchObject({ command: 'explain', plan: { format: 'json' } })
    const [statement] = document.plan.statements
    expect(statement).toMatchObject({ planning_ms: 1.5, execution_ms: 102, outside_root_ms: 0 })
    expect(statement.nodes.map(({ path }: { path: string }) => path)).toEqual([
      '0',
      '0.0',
      '0.1',
      '0.1.0',
      '0.1.1',
    ])
    expect(statement.nodes[2]).toMatchObject({ type: 'Gather', excl_wall_ms: 9, participants: 1 })
    expect(statement.nodes[3]).toMatchObject({
      participants: 2,
      incl_sum_ms: 140,
      incl_wall_ms: 70,
      rows_total: 4000,
    })
    expect(statement.nodes[4]).toMatchObject({ never_executed: true, index: 'evil\u001b[2J_idx' })
    expect(out).not.toContain('\u001b')
  })
})

/** All but a few rows of a scan are thrown away, which some rule will have a word about. */
const discards = (executionMs: number, removed: number) =>
  `Seq Scan on orders o  (cost=0.00..2000.00 rows=50 width=4) (actual time=0.010..${executionMs} rows=50 loops=1)
  Filter: (total = 7)
  Rows Removed by Filter: ${removed}
Settings: work_mem = '${removed > 0 ? '4MB' : '64MB'}'
Execution Time: ${executionMs} ms
`

describe('findings', () => {
  test('stand below the tree, with their node and the statement that would help', async () => {
    const { out } = await run(discards(900, 300_000))
    expect(out).toMatch(/\n\n !! .*\n {4}Seq Scan on orders o; saves ≤ \d+ms \(\d+.*\n {4}\S/)
    expect(out).toMatch(/^ {4}CREATE INDEX CONCURRENTLY /m)
  })

  test('are a list of each statement in JSON', async () => {
    const { out } = await run(discards(900, 300_000), { format: 'json' })
    const [statement] = JSON.parse(out).plan.statements
    expect(statement.findings).toContainEqual({
      rule: 'seq-scan-discards',
      path: '0',
      severity: 'critical',
      share: expect.any(Number),
      saves_ms: expect.any(Number),
      title: expect.any(String),
      advice: expect.any(String),
      remedy: expect.stringContaining('CREATE INDEX'),
      evidence: expect.arrayContaining([
        { label: expect.any(String), value: expect.any(Number), unit: 'rows' },
      ]),
    })
  })
})

describe('two plans', () => {
  test('are drawn side by side, with what was resolved', async () => {
    const { code, out, err, file, other } = await run(discards(900, 300_000), { diff: discards(100, 0) })
    expect({ code, err }).toEqual({ code: 0, err: [] })
    const lines = out.split('\n')
    expect(lines.slice(0, 4)).toEqual([
      `A is ${file}, B is ${other}`,
      'A 900ms → B 100ms  ▼ 89%',
      'settings: work_mem 4MB → 64MB',
      '',
    ])
    expect(lines[5]).toMatch(/^= Seq Scan on orders o +900ms +100ms +▼▼ -800ms +50$/)
    expect(out).toMatch(/^resolved !! /m)
    expect(out).not.toMatch(/^new /m)
  })

  test('of which one was only planned have no finding come or gone that only a run tells', async () => {
    const planned = 'Seq Scan on orders o  (cost=0.00..2000.00 rows=50 width=4)\n  Filter: (total = 7)'
    const { out } = await run(planned, { diff: discards(900, 300_000) })
    expect(out).toMatch(/^not comparable, for B was run and A only planned:\n !! .*300k rows/m)
    expect(out).not.toMatch(/^new !!/m)
    const { out: turned } = await run(discards(900, 300_000), { diff: planned })
    expect(turned).toMatch(/^not comparable, for A was run and B only planned:\n/m)
    expect(turned).not.toMatch(/^resolved !!/m)
  })

  test('are one document, in which rows go by the paths of both', async () => {
    const limited = `Limit  (cost=0.00..40.00 rows=1 width=4) (actual time=0.010..100 rows=1 loops=1)
  ->  ${discards(100, 0)}`
    const { out } = await run(discards(900, 300_000), { diff: limited, format: 'json' })
    const { plan, diff } = JSON.parse(out)
    expect(plan.statements).toHaveLength(1)
    expect(diff).toMatchObject({
      compared_by: 'time',
      nothing_matches: false,
      before: { execution_ms: 900, total_cost: 2000 },
      after: { execution_ms: 100, total_cost: 40 },
      rows: [
        { change: 'added', before: null, after: '0', moved: false, is_noise: true },
        { change: 'same', before: '0', after: '0.0', moved: false, delta_ms: -800, is_noise: false },
      ],
      settings: [{ name: 'work_mem', before: '4MB', after: '64MB', before_told: true, after_told: true }],
      new_findings: expect.any(Array),
    })
    expect(diff.resolved_findings.map(({ rule }: { rule: string }) => rule)).toContain('seq-scan-discards')
    expect(diff.plan.statements[0].nodes).toHaveLength(2)
  })

  test('are the first ones, and it is said of which input there are more', async () => {
    const two = `${discards(900, 300_000)}\n${discards(5, 0)}`
    const { out, err, file } = await run(two, { diff: discards(100, 0) })
    expect(out).toContain('A 900ms → B 100ms')
    expect(err).toEqual([`${file} holds 2 plans: the first one is compared`])
  })

  test('cannot both come by standard input', async () => {
    const err: string[] = []
    const io = { out: () => undefined, err: (line: string) => void err.push(line) }
    expect(await explain({ file: '-', diff: '-', format: 'tree' }, io)).toBe(2)
    expect(err).toEqual(['standard input can be read once: name a file for one of the plans'])
  })
})

describe('what cannot be read', () => {
  test('is told with its place and what was expected', async () => {
    const { code, out, err, file } = await run('[\n  {"Plan": {"Node Type": N.N}}\n]')
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toEqual([`${file}:2:26: Expected a number, got \`N.N\`.`])
  })

  test('is told of a file that is not there', async () => {
    const err: string[] = []
    const io = { out: () => undefined, err: (line: string) => void err.push(line) }
    expect(await explain({ file: '/nowhere/plan.json', format: 'tree' }, io)).toBe(2)
    expect(err).toEqual(['/nowhere/plan.json: no such file'])
  })
})
