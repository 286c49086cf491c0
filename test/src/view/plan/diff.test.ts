import { describe, expect, test } from 'vitest'
import { diffPlans, type FindingsOfBoth } from '#src/plans/diff/diff.ts'
import type { Finding } from '#src/plans/findings/finding.ts'
import type { PlanModel } from '#src/plans/model/model.ts'
import type { PlanObject } from '#src/plans/plan.ts'
import { cellWidth } from '#src/text/width.ts'
import { createTheme } from '#src/theme/theme.ts'
import { diffLines } from '#src/view/plan/diff.ts'
import { at, modelFrom, ran } from '../../plans/model-plans.ts'
import { ascii, mono, plain, strip } from './draw.ts'

const orders = { 'Relation Name': 'orders', Alias: 'orders' }
const customers = { 'Relation Name': 'customers', Alias: 'c' }

/** A join by sorting, with an index that reads each block again and again. */
function sorting(): PlanModel {
  const scan = ran(
    'Index Scan',
    { ms: 2160, rows: 300_000 },
    { ...orders, 'Index Name': 'orders_customer_idx', 'Shared Hit Blocks': 300_372, 'Total Cost': 20_815 },
  )
  const sort = ran(
    'Sort',
    { ms: 60, rows: 16_400 },
    { 'Temp Written Blocks': 900, 'Shared Hit Blocks': 35, 'Total Cost': 80 },
    [ran('Seq Scan', { ms: 20, rows: 16_400 }, { ...customers, 'Shared Hit Blocks': 35, 'Total Cost': 40 })],
  )
  return modelFrom(
    ran('Merge Join', { ms: 2900, rows: 300_000 }, { 'Shared Hit Blocks': 300_407, 'Total Cost': 30_000 }, [
      scan,
      sort,
    ]),
    { 'Execution Time': 2950, 'Planning Time': 0.5, Settings: { work_mem: '4MB', jit: 'off' } },
  )
}

/** The same by hashing. */
function hashing(): PlanModel {
  const scan = ran(
    'Seq Scan',
    { ms: 136, rows: 300_000 },
    { ...orders, 'Parallel Aware': true, 'Shared Hit Blocks': 3800, 'Total Cost': 6_000 },
  )
  const hash = ran('Hash', { ms: 30, rows: 16_400 }, { 'Shared Hit Blocks': 35, 'Total Cost': 40 }, [
    ran('Seq Scan', { ms: 20.5, rows: 16_400 }, { ...customers, 'Shared Hit Blocks': 35, 'Total Cost': 40 }),
  ])
  return modelFrom(
    ran('Hash Join', { ms: 1250, rows: 300_000 }, { 'Shared Hit Blocks': 3835, 'Total Cost': 9_000 }, [
      scan,
      hash,
    ]),
    { 'Execution Time': 1300, 'Planning Time': 180, Settings: { work_mem: '64MB', enable_indexscan: 'off' } },
  )
}

function found(title: string, of: ReturnType<typeof at>): Finding {
  return {
    rule: title,
    node: of,
    severity: 'warning',
    share: 0.2,
    savesMs: 400,
    title,
    advice: '',
    remedy: null,
    evidence: [],
  }
}

function drawnAt(width: number, theme = mono, findings?: FindingsOfBoth): string {
  return plain(diffLines(diffPlans(sorting(), hashing(), findings), width, theme))
}

test('tells both executions, each node before and after, and what came and went', () => {
  const [first, second] = [sorting(), hashing()]
  const diff = diffPlans(first, second, {
    before: [found('2.3 GB for 300k rows', at(first, '0.0'))],
    after: [found('seq scan of all rows', at(second, '0.0'))],
  })
  expect(plain(diffLines(diff, 120, mono))).toBe(
    [
      ' A 2.95s → B 1.30s  ▼ 56%',
      ' settings: enable_indexscan (default) → off, jit off → (default), work_mem 4MB → 64MB',
      ' whole statement: planning 0.50ms → 180ms',
      '',
      '    node                                                                 A self B self    change rows      buffers temp',
      '  ~ Merge Join → Hash Join                                                680ms  1.08s ▲▲ +404ms 300k',
      '  ~ ├ Index Scan using orders_customer_idx → Parallel Seq Scan on orders  2.16s  136ms ▼▼ -2.02s 300k 2.3GB → 30MB',
      '  - └ Sort                                                                 40ms          ▼ -40ms  16k               7MB',
      '  +   └ Hash                                                                     9.5ms  ▲ +9.5ms  16k',
      '  =     └ Seq Scan on customers c                                          20ms   20ms         ·  16k        280kB',
      '',
      ' new ! seq scan of all rows  (Par Seq Scan orders)',
      ' resolved ! 2.3 GB for 300k rows  (Index Scan orders)',
      ' = same  ~ another way  + only in B  - only in A  · within 5 % or its error',
    ].join('\n'),
  )
})

test('leaves blocks out at 80 cells, and draws in ASCII where there is nothing else', () => {
  expect(drawnAt(80, ascii)).toBe(
    [
      ' A 2.95s > B 1.30s  v 56%',
      ' settings: enable_indexscan (default) > off, jit off > (default), work_mem 4MB',
      ' > 64MB',
      ' whole statement: planning 0.50ms > 180ms',
      '',
      '    node                                            A self B self    change rows',
      '  ~ Merge Join > Hash Join                           680ms  1.08s ^^ +404ms 300k',
      '  ~ | Index Scan > Par Seq Scan on orders            2.16s  136ms vv -2.02s 300k',
      '  - ` Sort                                            40ms          v -40ms  16k',
      '  +   ` Hash                                                9.5ms  ^ +9.5ms  16k',
      '  =     ` Seq Scan on customers c                     20ms   20ms         .  16k',
      '',
      ' = same  ~ another way  + only in B  - only in A  . within 5 % or its error',
    ].join('\n'),
  )
})

test.each([20, 40, 80, 100, 140, 200])('fits %i cells in every colour', (width) => {
  const theme = createTheme({ colour: '256', unicode: true })
  const lines = diffLines(diffPlans(sorting(), hashing()), width, theme)
  expect(Math.max(...lines.map((line) => cellWidth(strip(line))))).toBeLessThanOrEqual(width)
})

describe('what cannot be compared by time', () => {
  const untimed = (model: PlanModel, more: PlanObject = {}) =>
    modelFrom(
      {
        properties: { 'Node Type': 'Seq Scan', ...orders, ...more },
        workers: [],
        children: [],
      },
      model.statement.properties,
    )

  test('is compared by cost', () => {
    const diff = diffPlans(
      untimed(sorting(), { 'Total Cost': 155, 'Plan Rows': 10_000 }),
      untimed(hashing(), { 'Total Cost': 8.29, 'Plan Rows': 1 }),
    )
    const [totals, , , , heading, row] = plain(diffLines(diff, 80, mono)).split('\n')
    expect(totals).toBe(' cost A 155.00 → B 8.29  ▼ 95%')
    expect(heading).toMatch(/ A cost B cost +change +planned$/)
    expect(row).toMatch(/^ {2}= Seq Scan on orders +155\.00 +8\.29 ▼▼ -146\.71 10k → 1$/)
  })

  test('is compared by its nodes where there is neither', () => {
    const lines = plain(diffLines(diffPlans(untimed(sorting()), untimed(hashing())), 80, mono)).split('\n')
    expect(lines[0]).toBe(' A and B can be compared by their nodes alone: not both tell times or costs')
    expect(lines[5]).toBe('  = Seq Scan on orders')
  })

  test('may be no plan at all, or one of another statement', () => {
    const utility = { ...sorting(), root: null, nodes: [] }
    expect(plain(diffLines(diffPlans(utility, hashing()), 80, mono))).toContain(
      ' A has no plan: not told why\n',
    )
    const other = modelFrom(ran('Seq Scan', { ms: 1 }, customers))
    const strangers = diffPlans(modelFrom(ran('Seq Scan', { ms: 1 }, orders)), other)
    expect(plain(diffLines(strangers, 80, mono))).toContain('these are plans of different statements')
  })
})

test('an execution that differs by no more than runs do is said to', () => {
  const first = sorting()
  const second = { ...first, executionMs: 3000 }
  expect(plain(diffLines(diffPlans(first, second), 80, mono)).split('\n')[0]).toBe(
    ' A 2.95s → B 3.00s  · differs by at most 5 %',
  )
  const third = { ...first, executionMs: 9000 }
  expect(plain(diffLines(diffPlans(first, third), 80, mono)).split('\n')[0]).toBe(
    ' A 2.95s → B 9.00s  ▲ 3.1x',
  )
})

test('tells what moved, and keeps names from the server from steering the terminal', () => {
  const scan = (alias: string) =>
    ran('Seq Scan', { ms: 1 }, { 'Relation Name': `t\u001b[2J${alias}`, Alias: alias })
  const join = (...below: Parameters<typeof ran>[3] & object) => ran('Nested Loop', { ms: 9 }, {}, below)
  const diff = diffPlans(
    modelFrom(join(join(scan('a'), scan('b')), scan('c'))),
    modelFrom(join(join(scan('a'), scan('c')), scan('b'))),
  )
  const drawn = plain(diffLines(diff, 100, mono))
  expect(drawn).toMatch(/=> └ Seq Scan on t\\x1b\[2Jb b /)
  expect(drawn).toContain('- only in A  > moved')
  expect(drawn).not.toContain('\u001b')
})
