import { describe, expect, test } from 'vitest'
import type { PlanModel } from '#src/plans/model/model.ts'
import type { Theme } from '#src/theme/theme.ts'
import { planTableColumns } from '#src/view/plan/columns.ts'
import { headLines } from '#src/view/plan/head.ts'
import type { Look } from '#src/view/plan/look.ts'
import { planRows } from '#src/view/plan/rows.ts'
import { ascii, mono, plain, tableLines } from './draw.ts'
import { afterThePlan, cteReadTwice, findingsOfCte, manyLoops, parallelScan, planned } from './plans.ts'

const wall: Look = { lens: 'wall', metric: 'time' }

interface Drawn {
  readonly width: number
  readonly look?: Look
  readonly theme?: Theme
  readonly findings?: ReturnType<typeof findingsOfCte>
  readonly closed?: readonly string[]
}

function tree(
  model: PlanModel,
  { width, look = wall, theme = mono, findings = [], closed = [] }: Drawn,
): string {
  const { glyphs } = theme
  const rows = planRows(model, new Set(closed), glyphs)
  const columns = planTableColumns(model, { look, findings, glyphs })
  return plain([
    ...headLines(model, { look, width, theme }),
    ...tableLines({ columns, rows, keyOf: ({ key }) => key, width, theme }),
  ])
}

describe('a plan on 80, 100 and 160 columns', () => {
  const model = cteReadTwice()
  const findings = findingsOfCte(model)

  test('keeps name, bar, own time, share, rows and misjudgement on the shortest line', () => {
    expect(tree(model, { width: 80, findings })).toMatchInlineSnapshot(`
      " execution 537ms  planning 0.55ms  tree 536ms  other 1.2ms
        node                                                   self     %  rows    es▶
        Aggregate                                            0.99ms  0.1%     1      =
        ├ [CTE c] GroupAggregate                    █▍         79ms 14.7%   40k      =
        │ └ Index Scan orders_cu…r_idx on orders !! ███████   414ms 76.9%  300k      =
        └ Merge Join                              i ▎          11ms  2.0%   16k  ▼158x
          ├ Sort                                    ▏         8.9ms  1.6%   40k      =
          │ └ CTE Scan on c a                       ▎          11ms  2.1%   40k      =
          └ Sort                                    ▏         7.6ms  1.4%   40k      =
            └ CTE Scan on c b                                 3.1ms  0.5%   40k      ="
    `)
  })

  test('adds blocks, the biggest nodes, and what there is to know of a node as far as it has room', () => {
    expect(tree(model, { width: 100, findings })).toMatchInlineSnapshot(`
      " execution 537ms  planning 0.55ms  tree 536ms  other 1.2ms
       time ████████████▍ Index Scan orders 76%  ██▍ GroupAggregate 14%  █▍ other 8%  hit 2.3GB  read 8kB
        node                                                         self     %  rows    est    hit   rea▶
        Aggregate                                                  0.99ms  0.1%     1      =
        ├ [CTE c] GroupAggregate                       █▉            79ms 14.7%   40k      =
        │ └ Index Scan orders_cus…mer_idx on orders !! ██████████   414ms 76.9%  300k      =  2.3GB    8kB
        └ Merge Join  (24k removed by join filter)   i ▎             11ms  2.0%   16k  ▼158x
          ├ Sort                                       ▎            8.9ms  1.6%   40k      =
          │ └ CTE Scan on c a  (paid CTE c 493ms)      ▎             11ms  2.1%   40k      =
          └ Sort                                       ▏            7.6ms  1.4%   40k      =
            └ CTE Scan on c b  (self 0ms to 3.1ms)     ▏            3.1ms  0.5%   40k      ="
    `)
  })

  test('adds inclusive times and I/O', () => {
    expect(tree(model, { width: 160, findings })).toMatchInlineSnapshot(`
      " execution 537ms  planning 0.55ms  tree 536ms  other 1.2ms
       time ██████████████████████████████████████████████████████████▌ Index Scan orders 76%  ███████████▎ GroupAggregate 14%  ██████▎ other 8%  hit 2.3GB  read 8kB
        node                                                                                                     self     %   total  rows    est    hit   read     i/o
        Aggregate                                                                                              0.99ms  0.1%   536ms     1      =
        ├ [CTE c] GroupAggregate                                                                   █▉            79ms 14.7%   493ms   40k      =
        │ └ Index Scan using orders_customer_idx on orders                                      !! ██████████   414ms 76.9%   414ms  300k      =  2.3GB    8kB  0.03ms
        └ Merge Join  (24k removed by join filter)                                               i ▎             11ms  2.0%   535ms   16k  ▼158x
          ├ Sort                                                                                   ▎            8.9ms  1.6%   513ms   40k      =
          │ └ CTE Scan on c a  (paid CTE c 493ms, self 11ms to 504ms)                              ▎             11ms  2.1%   504ms   40k      =
          └ Sort                                                                                   ▏            7.6ms  1.4%    10ms   40k      =
            └ CTE Scan on c b  (self 0ms to 3.1ms)                                                 ▏            3.1ms  0.5%   3.1ms   40k      ="
    `)
  })

  test('is all ASCII where the terminal wants that', () => {
    const drawn = tree(model, { width: 100, findings, theme: ascii })
    expect(drawn).toMatch(/^[\n\x20-\x7e]*$/)
    expect(drawn).toMatchInlineSnapshot(`
      " execution 537ms  planning 0.55ms  tree 536ms  other 1.2ms
       time ############ Index Scan orders 76%  ## GroupAggregate 14%  # other 8%     hit 2.3GB  read 8kB
        node                                                        self     %   rows    est    hit   rea>
        Aggregate                                                 0.99ms  0.1%      1      =
        | [CTE c] GroupAggregate                     ##             79ms 14.7%    40k      =
        | \` Index Scan orders_cu~er_idx on orders !! ##########    414ms 76.9%   300k      =  2.3GB    8kB
        \` Merge Join                               i                11ms  2.0%    16k  v158x
          | Sort                                                   8.9ms  1.6%    40k      =
          | \` CTE Scan on c a  (paid CTE c 493ms)                   11ms  2.1%    40k      =
          \` Sort                                                   7.6ms  1.4%    40k      =
            \` CTE Scan on c b                                      3.1ms  0.5%    40k      ="
    `)
  })

  test('counts what is folded', () => {
    expect(tree(model, { width: 80, closed: ['0.1', '0.0.0'] })).toMatchInlineSnapshot(`
      " execution 537ms  planning 0.55ms  tree 536ms  other 1.2ms
        node                                                   self     %  rows    es▶
        Aggregate                                            0.99ms  0.1%     1      =
        ├ [CTE c] GroupAggregate                 █▉            79ms 14.7%   40k      =
        │ └ Index Scan orders_cu…r_idx on orders ██████████   414ms 76.9%  300k      =
        └ Merge Join ▸4                          ▎             11ms  2.0%   16k  ▼158x"
    `)
  })
})

describe('a parallel plan', () => {
  const model = parallelScan()

  test('tells workers that were missing, who paid for the InitPlan, and what never ran', () => {
    expect(tree(model, { width: 140 })).toMatchInlineSnapshot(`
      " execution 142ms  planning 1.5ms  tree 141ms  other 1.0ms  workers 2 of 4                                                        wall clock
       time █████████████████████▊ Par Seq Scan orders 49%  ██████████████ Gather 31%  ██████▎ Result 14%  █▌ Par Append 3%  ▋ other 1%  hit 31MB
        node                                                                                   self     %   total  rows loops    est    hit   read
        Aggregate                                                                ▏            1.0ms  0.7%   141ms     1     1      =
        ├ [InitPlan 1] Result                                                    ██▉           20ms 14.0%    20ms     1     1      =   80kB
        └ Gather  (paid InitPlan 1 20ms, 2 of 4 workers)                         ██████▍       45ms 31.6%   140ms  3.0k     1   ▲13x
          └ Parallel Append  (3 processes)                                       ▊            5.0ms  3.5%    75ms  3.0k     3  ▲7.4x
            ├ Parallel Seq Scan on orders o  (1.5k removed by filter)            ██████████    70ms 49.2%    70ms  3.0k     3  ▲7.5x   31MB
            └ Index Scan Backward using orders_pkey on orders  (never executed)                                   never"
    `)
  })

  test('is told by the clock of the leader', () => {
    expect(tree(model, { width: 80, look: { lens: 'leader', metric: 'time' } })).toMatchInlineSnapshot(`
      " execution 142ms  planning 1.5ms  tree 141ms  workers 2 of 4       leader clock
        node                                                 leader     %  rows    es▶
        Aggregate                                ▏            1.0ms  0.7%     1      =
        ├ [InitPlan 1] Result                    ██            20ms 14.0%     1      =
        └ Gather  (paid InitPlan 1 20ms)         █▎            13ms  9.1%  3.0k   ▲13x
          └ Parallel Append  (3 processes)       ▊            7.0ms  4.9%  3.0k  ▲7.4x
            ├ Parallel Seq Scan on orders o      ██████████   100ms 70.4%  3.0k  ▲7.5x
            └ Index Scan Backward…pkey on orders                          never"
    `)
  })

  test('is told for all processes together', () => {
    expect(tree(model, { width: 80, look: { lens: 'cpu', metric: 'time' } })).toMatchInlineSnapshot(`
      " execution 142ms  planning 1.5ms  tree 141ms  workers 2 of 4      all processes
        node                                                    cpu     %  rows    es▶
        Aggregate                                             1.0ms  0.3%     1      =
        ├ [InitPlan 1] Result                    █             20ms  6.8%     1      =
        └ Gather  (paid InitPlan 1 20ms)         ██▏           45ms 15.4%  3.0k   ▲13x
          └ Parallel Append  (3 processes)       ▊             15ms  5.1%  3.0k  ▲7.4x
            ├ Parallel Seq Scan on orders o      ██████████   210ms 71.9%  3.0k  ▲7.5x
            └ Index Scan Backward…pkey on orders                          never"
    `)
  })
})

describe('a plan by other measures than time', () => {
  test('is drawn by rows, with the own times beside them', () => {
    expect(
      tree(cteReadTwice(), { width: 100, look: { lens: 'wall', metric: 'rows' } }),
    ).toMatchInlineSnapshot(`
      " execution 537ms  planning 0.55ms  tree 536ms  other 1.2ms
       rows █████████▎ Index Scan orders 58%  █▎ GroupAggregate 7%  █████▌ other 34%  hit 2.3GB  read 8kB
        node                                               rows     %    self    est    hit   read     i/o
        Aggregate                                             1 <0.1%  0.99ms      =
        ├ [CTE c] GroupAggregate                 ▊          40k  7.7%    79ms      =
        │ └ Index Scan orders_cu…r_idx on orders ██████    300k 58.0%   414ms      =  2.3GB    8kB  0.03ms
        └ Merge Join                             ▍          16k  3.1%    11ms  ▼158x
          ├ Sort                                 ▊          40k  7.7%   8.9ms      =
          │ └ CTE Scan on c a                    ▊          40k  7.7%    11ms      =
          └ Sort                                 ▊          40k  7.7%   7.6ms      =
            └ CTE Scan on c b                    ▊          40k  7.7%   3.1ms      ="
    `)
  })

  test('is drawn by blocks touched', () => {
    expect(
      tree(parallelScan(), { width: 100, look: { lens: 'wall', metric: 'buffers' } }),
    ).toMatchInlineSnapshot(`
      " execution 142ms  planning 1.5ms  tree 141ms  other 1.0ms  workers 2 of 4
       touched █████████████████████████████████████████████████████▉ Par Seq Scan orders 99%    hit 31MB
        node                                               touched     %    self  rows loops    est    hi▶
        Aggregate                                                          1.0ms     1     1      =
        ├ [InitPlan 1] Result                                 80kB  0.2%    20ms     1     1      =   80kB
        └ Gather  (paid InitPlan 1 20ms)                                    45ms  3.0k     1   ▲13x
          └ Parallel Append  (3 processes)                                 5.0ms  3.0k     3  ▲7.4x
            ├ Parallel Seq Scan on orders o      █████████    31MB 99.7%    70ms  3.0k     3  ▲7.5x   31MB
            └ Index Scan Backward…pkey on orders                                 never"
    `)
  })

  test('is drawn by cost where it was not executed', () => {
    expect(tree(planned(), { width: 80, look: { lens: 'wall', metric: 'cost' } })).toMatchInlineSnapshot(`
      " planned, not executed  cost 200.00  1.0k rows expected  planning 0.30ms
        node                                                cost     %   total planned
        Hash Left Join                           ████▉     70.00 35.0%  200.00    1.0k
        ├ Seq Scan on a                          ███████  100.00 50.0%  100.00    1.0k
        └ Seq Scan on b                          ██▏       30.00 15.0%   30.00      10"
    `)
  })
})

describe('what is not known exactly', () => {
  test('is told as at most, or about', () => {
    expect(tree(manyLoops(), { width: 80 })).toMatchInlineSnapshot(`
      " execution 117ms  tree 116ms  other 1.0ms
        node                                                   self     %  rows    es▶
        Nested Loop                              ▌            ≤50ms  4.2%   90k      =
        ├ Seq Scan on lines l                    ██▍           21ms 17.9%   90k      =
        └ Memoize                                ██████████   ≈90ms 76.9%  ≤45k  ▼2.0+"
    `)
  })
})

describe('what ran after the plan', () => {
  test('has a row of its own', () => {
    expect(tree(afterThePlan(), { width: 80 })).toMatchInlineSnapshot(`
      " execution 35ms  tree 1.0ms  after the plan 33ms  other 0.79ms
        node                                                   self     %  rows    es▶
        Limit                                               <0.01ms <0.1%     5  ▲5.0x
        ├ [CTE ins] Insert on audit              ██████████    35ms 97.7%  8.0k ▲8.0kx
        └ CTE Scan on ins  (paid CTE ins 1.0ms)                 0ms    0%     5  ▲5.0x
        after the plan: CTE ins ran on for 33ms"
    `)
  })
})
