import { describe, expect, test } from 'vitest'
import { findingColumns, findingRowKey } from '#src/view/plan/hotspots.ts'
import type { Look } from '#src/view/plan/look.ts'
import { rawLines } from '#src/view/plan/raw.ts'
import { type RollupRow, relationRollup, rollupColumns, typeRollup } from '#src/view/plan/rollups.ts'
import { planRows } from '#src/view/plan/rows.ts'
import { waterfallColumns, waterfallLegend } from '#src/view/plan/waterfall.ts'
import { modelFrom, ran } from '../../plans/model-plans.ts'
import { ascii, mono, plain, tableLines } from './draw.ts'
import { cteReadTwice, findingsOfCte, manyLoops, parallelScan, planned } from './plans.ts'

const wall: Look = { lens: 'wall', metric: 'time' }
const { glyphs } = mono

describe('a plan summed up', () => {
  const rollup = (kind: 'relations' | 'types', width: number, look = wall, model = cteReadTwice()) => {
    const rows: readonly RollupRow[] = (kind === 'relations' ? relationRollup : typeRollup)(model, look)
    const columns = rollupColumns(kind, model, { look, glyphs })
    return plain(tableLines({ columns, rows, keyOf: ({ key }) => key, width }))
  }

  test('has a line for each relation, with its indexes, and one for the rest', () => {
    expect(rollup('relations', 120)).toMatchInlineSnapshot(`
      "  relation                                              self     % nodes  rows    hit   read   temp indexes
        orders                                   █████████   414ms 76.9%     1  300k  2.3GB    8kB        orders_customer_idx…
        CTE c                                    ▍            14ms  2.6%     2   80k
        on no relation (joins, sorts and the li… ██▍         108ms 20.1%     5  136k"
    `)
  })

  test('has a line for each kind of node', () => {
    expect(rollup('types', 80)).toMatchInlineSnapshot(`
      "  kind of node                              self     % nodes  rows    hit   rea▶
        Aggregate                               0.99ms  0.1%     1     1
        GroupAggregate                  █▏        79ms 14.7%     1   40k
        Index Scan                      ██████   414ms 76.9%     1  300k  2.3GB    8kB
        Merge Join                      ▏         11ms  2.0%     1   16k
        Sort                            ▎         16ms  3.0%     2   80k
        CTE Scan                        ▎         14ms  2.6%     2   80k"
    `)
  })

  test('says by its headings what is summed up', () => {
    const heading = (look: Look, model = cteReadTwice()) => rollup('types', 120, look, model).split('\n')[0]
    expect(heading({ lens: 'wall', metric: 'rows' })).toMatch(/kind of node +rows +% nodes +hit/)
    expect(heading({ lens: 'wall', metric: 'cost' }, planned())).toMatch(/kind of node +cost +% nodes$/)
  })

  test('counts a Bitmap Index Scan to the table of the heap scan above it', () => {
    const index = (name: string) => ran('Bitmap Index Scan', { ms: 2 }, { 'Index Name': name })
    const both = ran('BitmapOr', { ms: 4 }, {}, [index('a_idx'), index('b_idx')])
    const model = modelFrom(
      ran('Bitmap Heap Scan', { ms: 10 }, { 'Relation Name': 'orders', Schema: 'shop' }, [both]),
    )
    const rows = relationRollup(model, wall)
    expect(rows.map(({ name, self }) => ({ name, self }))).toEqual([{ name: 'shop.orders', self: 10 }])
    expect(rows[0]?.indexes.map(({ name, self }) => ({ name, self }))).toEqual([
      { name: 'a_idx', self: 2 },
      { name: 'b_idx', self: 2 },
    ])
  })

  test('has no relation where the plan reads none', () => {
    expect(relationRollup(modelFrom(ran('Result', { ms: 1 })), wall)).toEqual([])
  })
})

describe('a plan over time', () => {
  const waterfall = (model: ReturnType<typeof cteReadTwice>, width: number, theme = mono) =>
    plain(
      tableLines({
        columns: waterfallColumns(model, theme.glyphs, wall),
        rows: planRows(model, new Set(), theme.glyphs),
        keyOf: ({ key }) => key,
        width,
        theme,
      }),
    )

  test('draws each node up to its first row and on to its end', () => {
    expect(waterfall(cteReadTwice(), 120)).toMatchInlineSnapshot(`
      "  node                                            loops    self 1st row     end 0 to 536ms
        Aggregate                                           1  0.99ms   536ms   536ms ───────────────────────────────────────█
        ├ [CTE c] GroupAggregate                            1    79ms  0.10ms   493ms █████████████████████████████████████
        │ └ Index Scan orders_customer_idx on orders        1   414ms  0.03ms   414ms ███████████████████████████████
        └ Merge Join  (24k removed by join filter)          1    11ms   520ms   535ms ───────────────────────────────────────█
          ├ Sort                                            1   8.9ms   511ms   513ms ─────────────────────────────────────█
          │ └ CTE Scan on c a  (paid CTE c 493ms)           1    11ms  0.10ms   504ms ██████████████████████████████████████
          └ Sort                                            1   7.6ms   8.6ms    10ms █
            └ CTE Scan on c b  (self 0ms to 3.1ms)          1   3.1ms <0.01ms   3.1ms █"
    `)
  })

  test('draws many loops, whose times are averages, in another way', () => {
    expect(waterfall(manyLoops(), 80)).toMatchInlineSnapshot(`
      "  node                               loops 1st row     end 0 to 116ms          ▶
        Nested Loop                            1     0ms   116ms █████████████████████
        ├ Seq Scan on lines l                  1     0ms    21ms ████
        └ Memoize                            90k <0.01ms    90ms ▌▌▌▌▌▌▌▌▌▌▌▌▌▌▌▌"
    `)
    expect(waterfall(manyLoops(), 80, ascii)).toContain('=====')
  })

  test('has its signs explained in a line of 80 cells', () => {
    const { length } = waterfallLegend(manyLoops(), glyphs)
    expect(length).toBeGreaterThan(60)
    expect(length).toBeLessThan(80)
    expect(waterfallLegend(planned(), glyphs)).toMatch(/no times/)
  })

  test('draws nothing of a node that never ran, nor of a plan without times', () => {
    expect(waterfall(parallelScan(), 80).split('\n').at(-1)).toMatch(/orders *$/)
    expect(waterfall(planned(), 80).split('\n').at(1)).toBe('  Hash Left Join')
  })
})

describe('the findings', () => {
  const findings = findingsOfCte(cteReadTwice())
  const table = (width: number) =>
    plain(tableLines({ columns: findingColumns(glyphs), rows: findings, keyOf: findingRowKey, width }))

  test('tell first what could be saved, and on long lines what they rest on', () => {
    expect(table(80)).toMatchInlineSnapshot(`
      "     saves where                     finding                                   ▶
          ≤400ms Index Scan orders      !! index scan reads 2.3 GB for 300k rows
               - Merge Join              i planned for 158 times as many rows
               - statement               ! planner settings differ from their defaults"
    `)
    expect(table(140)).toMatchInlineSnapshot(`
      "     saves     % where                     finding                                                                 evidence
          ≤400ms 74.0% Index Scan orders      !! index scan reads 2.3 GB for 300k rows                                   blocks 300k, a row 8.0 kB
               -       Merge Join              i planned for 158 times as many rows                                      estimate 158x
               -       statement               ! planner settings differ from their defaults"
    `)
  })

  test('have keys of their own', () => {
    expect(new Set(findings.map(findingRowKey)).size).toBe(findings.length)
  })
})

describe('the plan as it was given', () => {
  test('keeps its indent where lines are wrapped', () => {
    expect(rawLines('Sort\n  ->  Seq Scan on a_table_with_a_name  (cost=0.00..1.00)', 34)).toEqual([
      'Sort',
      '  ->  Seq Scan on',
      '  a_table_with_a_name',
      '  (cost=0.00..1.00)',
    ])
  })
})
