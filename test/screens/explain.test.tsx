import { describe, expect, test } from 'vitest'
import { activityRow } from '#test/src/activity/fixtures.ts'
import { type AppUnderTest, KEYS, openApp } from '#test/support/app.tsx'

/** One hot scan below a sort, as EXPLAIN (ANALYZE, BUFFERS) prints it. */
const plan = `Sort  (cost=4251.10..4251.12 rows=10 width=16) (actual time=412.300..412.301 rows=3 loops=1)
  Sort Key: o.total
  Sort Method: quicksort  Memory: 25kB
  Buffers: shared hit=2101
  ->  Hash Join  (cost=21.00..4250.93 rows=10 width=16) (actual time=5.100..412.200 rows=3 loops=1)
        Hash Cond: (o.customer_id = c.id)
        Buffers: shared hit=2101
        ->  Seq Scan on orders o  (cost=0.00..4229.00 rows=10 width=12) (actual time=0.020..401.000 rows=3 loops=1)
              Filter: (status = 'lost'::text)
              Rows Removed by Filter: 199997
              Buffers: shared hit=2100
        ->  Hash  (cost=20.00..20.00 rows=80 width=8) (actual time=0.300..0.300 rows=80 loops=1)
              Buckets: 1024  Batches: 1  Memory Usage: 12kB
              Buffers: shared hit=1
              ->  Seq Scan on customers c  (cost=0.00..20.00 rows=80 width=8) (actual time=0.010..0.200 rows=80 loops=1)
                    Buffers: shared hit=1
Planning Time: 0.400 ms
Execution Time: 412.900 ms
`

const accept = '\x04'

async function onExplain(options: Parameters<typeof openApp>[0] = {}): Promise<AppUnderTest> {
  return openApp({ startScreen: 'explain', ...options })
}

/** Pastes a text into the input and accepts it. */
async function enter(app: AppUnderTest, text: string): Promise<void> {
  await app.press('i')
  await app.see('A query to plan, or a plan to read')
  await app.press(`\x1b[200~${text}\x1b[201~`)
  await app.press(accept)
}

describe('before there is a plan', () => {
  test('tells how to begin, and that nothing runs by itself', async () => {
    const app = await onExplain()
    await app.see('Nothing is explained yet.')
    await app.see('i type or paste a query, or a plan that EXPLAIN has printed')
    await app.see('it never runs before A asked')
  })

  test('says why a key that asks the server does nothing', async () => {
    const app = await onExplain()
    await app.press('A')
    await app.see('only a query can be asked of the server')
  })
})

describe('a plan that was pasted', () => {
  test('is drawn as a tree with the time of each node itself', async () => {
    const app = await onExplain()
    await enter(app, plan)
    await app.see('plan: typed in')
    await app.see('execution 412ms')
    await app.see(/Seq Scan on orders o.* 400ms|401ms/)
  })

  test('has its hottest node found by one key, with the advice below the tree at 80x24', async () => {
    const app = await onExplain()
    await enter(app, plan)
    await app.press('n')
    await app.see(/▶ .*Seq Scan on orders/)
    await app.see('CREATE INDEX CONCURRENTLY ON orders (status);')
    await app.press('n')
    await app.see(/▶ .*Hash Join/)
    await app.press('N')
    await app.see(/▶ .*Seq Scan on orders/)
  })

  test('shows the detail of the chosen node beside the tree on a wide terminal', async () => {
    const app = await onExplain({ columns: 160, rows: 45 })
    await enter(app, plan)
    await app.press('n')
    await app.see('removed 199 997 by Filter')
    await app.see('Sort')
  })

  test('opens the detail of a node, and Esc leads back to the tree', async () => {
    const app = await onExplain()
    await enter(app, plan)
    await app.press('n', KEYS.enter)
    await app.see('node 3 of 5')
    await app.press(KEYS.escape)
    await app.see('Seq Scan on customers')
  })

  test('folds and opens branches', async () => {
    const app = await onExplain()
    await enter(app, plan)
    await app.press('j', 'j', 'h')
    expect(app.screen().join('\n')).not.toContain('Seq Scan on orders')
    await app.press('l')
    await app.see('Seq Scan on orders')
  })

  test('takes no cursor over from a plan before, also one that came while the tree was not in sight', async () => {
    const app = await onExplain()
    await enter(app, plan)
    await app.press('n', 'f')
    await enter(app, plan.replace('orders o', 'refunds o'))
    await app.see('Seq Scan on refunds o')
    expect(app.screen().join('\n')).not.toMatch(/^▶/m)
  })

  test.each([
    ['f', /saves/],
    ['o', /1st row/],
    ['u', /relation .*orders/],
    ['T', /kind of node .*Seq Scan/],
    ['R', /Sort Method: quicksort/],
  ])('is looked at another way by %s', async (key, what) => {
    const app = await onExplain()
    await enter(app, plan)
    await app.press(key)
    await app.see(what)
    await app.press(KEYS.escape)
    await app.see('Hash Join')
  })

  test('leads back to the findings from the node that one of them is about, and only then to the tree', async () => {
    const app = await onExplain()
    await enter(app, plan)
    await app.press('f', KEYS.enter)
    await app.see(/▶ .*Seq Scan on orders/)
    await app.press(KEYS.escape)
    await app.see(/saves .*finding/)
    await app.press(KEYS.escape)
    await app.see(/self .*rows/)
    await app.press('q')
    expect(app.quits.count).toBe(1)
  })

  test('is searched as it was printed', async () => {
    const app = await onExplain()
    await enter(app, plan)
    await app.press('R', '/')
    for (const letter of 'memory usage') await app.press(letter)
    await app.press(KEYS.enter)
    await app.see('/memory usage')
    await app.press('Z')
    await app.press('n')
    await app.see('Memory Usage: 12kB')
  })

  test('is copied as it was printed, and at a node with advice the statement that is advised', async () => {
    const app = await onExplain()
    await enter(app, plan)
    await app.press('y', 'n', 'y', 'Y', KEYS.enter, 'y')
    const remedy = 'CREATE INDEX CONCURRENTLY ON orders (status);'
    expect(app.copied).toEqual([plan, remedy, plan, remedy])
  })

  test('that was read says that nothing was sent for it', async () => {
    const app = await onExplain()
    await enter(app, plan)
    await app.press('@')
    await app.see('nothing was sent to the server for it')
  })

  test('stops at the hottest node', async () => {
    const app = await onExplain()
    await enter(app, plan)
    await app.press('n', 'N')
    await app.see('this is the hottest')
    await app.see(/▶ .*Seq Scan on orders/)
  })

  test('has its further columns scrolled into sight by >', async () => {
    const app = await onExplain()
    await enter(app, plan)
    expect(app.screen().join('\n')).not.toMatch(/est +hi/)
    await app.press('>', '>', '>')
    await app.see(/node .* est +hi/)
    await app.press('<', '<', '<')
    await app.see(/self +% +rows/)
  })

  test('is told as one statement, marked, and without placeholders', async () => {
    const app = await onExplain()
    await enter(app, plan)
    await app.press('}')
    await app.see('it is one statement alone')
    await app.press('b')
    await app.see('marked: d compares other plans with this one')
  })

  test('tells how many of its nodes a filter leaves before where it comes from', async () => {
    const app = await onExplain()
    await enter(app, plan)
    await enter(app, plan)
    await app.press('m', '/', ...'seq', KEYS.enter)
    await app.see(/by rows \/seq 2 of 5/)
  })

  test('without ANALYZE says that advice needs a run, and is measured by cost alone', async () => {
    const app = await onExplain()
    await enter(
      app,
      plan
        .replace(/ \(actual.*?\)/g, '')
        .replace(/^ *(?:Buffers|Sort M|Rows R|Buckets).*\n/gm, '')
        .replace(/^Execution.*\n/m, ''),
    )
    await app.see('planned, not executed')
    await app.press('n')
    await app.see('a plan without ANALYZE')
    await app.press('m')
    await app.see('nothing else in this plan to measure by')
    await app.press('u')
    await app.see(/relation +cost/)
    await app.press('j', KEYS.enter)
    await app.see(/▶ .*Seq Scan/)
  })

  test('is compared with the one before', async () => {
    const app = await onExplain({ columns: 120 })
    await enter(app, plan)
    await enter(app, plan.replace('401.000', '40.000').replaceAll('412.', '51.'))
    await app.see('2 of 2')
    await app.press('d')
    await app.see(/A 412ms → B 51ms/)
    await app.press('[')
    await app.see('1 of 2')
    await app.see('There is no plan before this one')
  })

  test('is measured by rows, blocks and cost as well', async () => {
    const app = await onExplain({ columns: 100 })
    await enter(app, plan)
    await app.press('m')
    await app.see('by rows')
    await app.press('m')
    await app.see('by buffers')
  })

  test('that cannot be read tells line, column and reason', async () => {
    const app = await onExplain()
    await enter(app, '[{"Plan": {"Node Type": 3,')
    await app.see('this plan cannot be read')
    await app.see(/line 1, column \d+/)
    await app.press(KEYS.escape)
    await app.see('Nothing is explained yet.')
  })
})

describe('a query of another screen', () => {
  test('leads back to it, also where it was refused', async () => {
    const app = await openApp({ activity: [activityRow({ pid: 4711, query: 'SELECT 1' })] })
    await app.see('4711')
    await app.press('j', 'e')
    await app.see('no connection of its own here')
    await app.press('q')
    await app.see(/▶ .*4711/)
    expect(app.quits.count).toBe(0)
    await app.press('4')
    await app.see('Nothing is explained yet.')
    await app.press('q')
    expect(app.quits.count).toBe(1)
  })
})

describe('a query that is written', () => {
  test('is not asked again where the editor left it as it was', async () => {
    const app = await onExplain({ editor: (text) => text })
    await app.press('i', ...'SELECT 1', '\x05')
    await app.see('nothing was changed, so nothing was asked')
    await app.press('i')
    await app.see('SELECT 1')
    await app.see('^u clears what was there')
  })
})
