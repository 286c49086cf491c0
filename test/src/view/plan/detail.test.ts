import { describe, expect, test } from 'vitest'
import type { PlanModel } from '#src/plans/model/model.ts'
import { nodeDetailLines } from '#src/view/plan/detail.ts'
import { at, modelFrom, ran } from '../../plans/model-plans.ts'
import { ascii, mono, plain } from './draw.ts'
import { afterThePlan, cteReadTwice, findingsOfCte, manyLoops, parallelScan, planned } from './plans.ts'

function detail(model: PlanModel, path: string, width = 80, theme = mono): string {
  return plain(nodeDetailLines(model, at(model, path), { findings: [], width, theme }))
}

/** Up to what was printed. */
function head(text: string): string {
  return text.split('\n\n as printed')[0] ?? ''
}

describe('the detail of a node', () => {
  test('tells times, rows, conditions and blocks', () => {
    expect(head(detail(cteReadTwice(), '0.1'))).toMatchInlineSnapshot(`
      " Merge Join
       node 4 of 8, below Aggregate

       self           11ms  2.0%  ▍
       total          535ms with all below it, first row after 520ms
       loops          1
       cost           163k, its own part about 156k
       rows           16 383
       expected       2 590 682
                      ▼ 158 times as many were expected as came
       removed        23 616 by Join Filter

       conditions
       Merge Cond     (a.customer_id = ((b.customer_id + 1)))

       blocks, 8 kB each unless the server was built with others
                                         own        with all below
       shared hit                          -       300 372 (2.3GB)
       shared read                         -               1 (8kB)
       i/o read                            -                0.03ms"
    `)
  })

  test('tells what each process of a parallel node did', () => {
    expect(head(detail(parallelScan(), '0.1.0.0', 60))).toMatchInlineSnapshot(`
      " Parallel Seq Scan on orders o
       node 5 of 6, below Parallel Append

       self           70ms  49.2%  █████████▉
       total          70ms with all below it, first row after 0ms
                      on average
       by clock            self    total
         wall clock        70ms     70ms
         leader           100ms    100ms
         all together     210ms    210ms
       loops          3, 70ms each on average, in 3 processes
       cost           800.00 for one loop, its own part about
                      800.00
       rows           3 000, give or take 2: the rows of each loop
                      are rounded
       expected       400 in all, planned as 100 for each of 4
                      participants
                      ▲ 7.5 times as many came as expected
       removed        1 500 by Filter (33.3% of what it looked
                      at), give or take 2

       conditions
       Filter         (total > (InitPlan 1).col1)

       workers
       leader         ██████████████   100ms  1 800 rows
       worker 0       ███████▌          54ms  500 rows
       worker 1       ███████▉          56ms  700 rows
       balance        the slowest process took 1.4 times the mean
                      of all

       blocks, 8 kB each unless the server was built with others
                                         own        with all below
       shared hit               4 000 (31MB)          4 000 (31MB)
       a row          11 kB touched for each row it handed on"
    `)
  })

  test('is all ASCII where the terminal wants that', () => {
    expect(detail(parallelScan(), '0.1.0.0', 60, ascii)).toMatch(/^[\n\x20-\x7e]*$/)
  })

  test('tells who paid for a CTE and what ran after the plan', () => {
    const text = detail(afterThePlan(), '0.0')
    expect(text).toContain('paid by        CTE Scan on ins: 1.0ms')
    expect(text).toContain('after the plan 33ms: it ran on when the top node was through')
  })

  test('tells between which times the own one of an uncertain payer lies', () => {
    expect(detail(cteReadTwice(), '0.1.0.0')).toContain('between 11ms and 504ms')
  })

  test('tells how far rounding may be off', () => {
    expect(head(detail(manyLoops(), '0.1'))).toMatchInlineSnapshot(`
      " Memoize
       node 3 of 3, below Nested Loop

       self           ≈90ms  76.9%  ███████████████▍
                      90ms, give or take 45ms: the time of each loop is rounded
       total          90ms with all below it, first row after <0.01ms on average
       loops          90 000, <0.01ms each on average
       cost           0.31 for one loop, about 2862 for all loops, its own part about
                      2862
       rows           0, give or take 45 000: the rows of each loop are rounded
       expected       1 a loop, 0 came
                      ▼ at least 2.0 times as many were expected as came"
    `)
  })

  test('says of a node that never ran no more than that', () => {
    const text = head(detail(parallelScan(), '0.1.0.1'))
    expect(text).toContain('never executed')
    expect(text).not.toContain('total')
    expect(text).toContain('it never ran')
  })

  test('has the costs of a plan that was not executed', () => {
    expect(head(detail(planned(), '0'))).toMatchInlineSnapshot(`
      " Hash Left Join
       node 1 of 3, at the top

       cost           200.00 (30.00 until the first row), its own part about 70.00
       expected       1 000
       width          16 bytes a row expected

       conditions
       Hash Cond      (a.id = b.id)"
    `)
  })

  test('does not blame the planner for what a Limit stopped', () => {
    const scan = ran('Seq Scan', { ms: 1, rows: 5 }, { 'Plan Rows': 5000 })
    const model = modelFrom(ran('Limit', { ms: 1, rows: 5 }, { 'Plan Rows': 5 }, [scan]))
    expect(detail(model, '0.0', 100)).toContain('a Limit above may have had enough')
  })

  test('has the findings of the node', () => {
    const model = cteReadTwice()
    const findings = findingsOfCte(model).slice(0, 1)
    const text = plain(nodeDetailLines(model, at(model, '0.0.0'), { findings, width: 80, theme: mono }))
    expect(text).toContain('index scan reads 2.3 GB for 300k rows')
  })

  test('ends with everything as it was printed, unknown keys too', () => {
    const model = modelFrom(
      ran(
        'Custom Scan',
        { ms: 1 },
        { 'Custom Plan Provider': 'x', Sharding: { of: [1, 2n] }, 'Shared Hit Blocks': 0 },
      ),
    )
    expect(detail(model, '0').split(' as printed\n')[1]).toMatchInlineSnapshot(`
      " Node Type:             Custom Scan
       Parent Relationship:   Outer
       Plan Rows:             1
       Actual Startup Time:   0
       Actual Total Time:     1
       Actual Rows:           1
       Actual Loops:          1
       Custom Plan Provider:  x
       Sharding:              {"of":[1,"2"]}
       0:                     Shared Hit Blocks"
    `)
  })
})
