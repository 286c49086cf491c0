import { beforeAll, describe, expect, test } from 'vitest'
import { columnStatistics } from '#queries/column-statistics.ts'
import { indexes } from '#queries/indexes.ts'
import { type Candidate, candidatesOf } from '#src/indexes/candidates.ts'
import { indexFactsOf } from '#src/indexes/facts.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'
import { connected, targetOf } from './connect-support.ts'

const DATABASE = 'index_candidates'

beforeAll(() =>
  makeDatabase(DATABASE, [
    `CREATE TABLE t (id int PRIMARY KEY, half_null int, "Most" text, two bool, many int, lone int, few_null int);
     INSERT INTO t SELECT i, CASE WHEN i % 10 = 0 THEN i END, CASE WHEN i % 50 = 0 THEN i::text ELSE 'x' END,
       i % 2 = 0, i, i, CASE WHEN i % 10 > 0 THEN i END FROM generate_series(1, 5000) AS i;
     CREATE INDEX nulls ON t (half_null);
     CREATE INDEX nulls_spared ON t (half_null) WHERE half_null IS NOT NULL;
     CREATE INDEX nulls_and_more ON t (half_null, many);
     CREATE INDEX nulls_hash ON t USING hash (half_null);
     CREATE UNIQUE INDEX nulls_unique ON t (half_null);
     CREATE INDEX most ON t ("Most");
     CREATE INDEX two_values ON t (two);
     CREATE INDEX two_covering ON t (two) INCLUDE (many);
     CREATE INDEX many_values ON t (many);
     CREATE INDEX few_nulls ON t (few_null);
     CREATE INDEX expression ON t ((half_null + 1));
     ANALYZE t`,
  ]),
)

/** The hints by index, all as if they were of the same size. */
async function hints(sizeBytes: number): Promise<Readonly<Record<string, readonly Candidate[]>>> {
  const { server } = await connected(targetOf(uriOf(DATABASE)), { control: false })
  const found = await server.run(indexes)
  if (!found.ok) throw new Error(found.failure.message)
  const relids = found.rows.flatMap(({ indexrelid, indrelid }) => [indexrelid ?? 0, indrelid ?? 0])
  const columns = await server.run(columnStatistics, { parameters: [relids] })
  if (!columns.ok) throw new Error(columns.failure.message)
  return Object.fromEntries(
    found.rows.map(indexFactsOf).map((index) => {
      return [index.name, candidatesOf({ ...index, bytes: sizeBytes }, columns.rows)]
    }),
  )
}

describe('of a large index', () => {
  test.each([
    ['nulls', 'nulls', 'about 90.0% of its entries are NULL'],
    ['most', 'one value', 'about 98.0% of its rows have one value'],
    ['two_values', 'few values', 'about 2 values in 5.0k rows'],
  ] as const)('the statistics tell: %s', async (name, kind, why) => {
    expect((await hints(20 << 20))[name]).toMatchObject([
      {
        kind,
        why,
        confidence: 'low',
        remedy: null,
      },
    ])
  })

  test('they tell nothing of one that is otherwise', async () => {
    const told = Object.entries(await hints(20 << 20)).filter(([, candidates]) => candidates.length > 0)
    expect(told.map(([name]) => name).toSorted()).toEqual(['most', 'nulls', 'two_values'])
  })
})

test('a small index has no hint', async () => {
  expect(Object.values(await hints(1 << 20)).flat()).toEqual([])
})
