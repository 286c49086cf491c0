import { expect, test } from 'vitest'
import { sequences } from '#queries/sequences.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'
import { connected, targetOf } from './connect-support.ts'

test('of thousands of sequences those that end soonest are read, and no lock is taken for the rest', async () => {
  await makeDatabase('sequences_many', [
    `DO $$ BEGIN
      FOR i IN 1..1100 LOOP
        EXECUTE format('CREATE SEQUENCE s%s', i);
        PERFORM nextval(format('s%s', i));
      END LOOP;
    END $$`,
    "CREATE TABLE late (id smallserial, other bigint DEFAULT nextval('s1100'), narrow int DEFAULT nextval('s1099'))",
    "SELECT setval('late_id_seq', 7)",
  ])
  const { server } = await connected(targetOf(uriOf('sequences_many')), { control: false })
  const outcome = await server.run(sequences)
  if (!outcome.ok) throw new Error(outcome.failure.message)
  const { rows } = outcome
  const of = (name: string) => rows.find(({ sequence }) => sequence === name)
  expect(rows).toHaveLength(1101)
  expect(Number(of('late_id_seq')?.last_value)).toBe(7)
  expect(Number(of('s1099')?.last_value)).toBe(1)
  expect(of('s1100')).toMatchObject({ last_value: null, unknown_because: 'many' })
  expect(rows.filter(({ unknown_because }) => unknown_because === 'many')).toHaveLength(101)
})
