import { existsSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Cluster, startCluster } from '#src/demo/cluster.ts'
import { sharedCluster } from '#test/support/cluster.ts'
import { explainerOn, fine, question } from './explain-support.ts'

/** Debian's PostgreSQL with its package of HypoPG: no build from npm has it. */
const withHypopg = ['18', '17', '16', '15', '14', '13']
  .filter((major) => existsSync(`/usr/share/postgresql/${major}/extension/hypopg.control`))
  .map((major) => join('/usr/lib/postgresql', major, 'bin'))[0]

const query = 'SELECT note FROM things WHERE kind = 7'

test('says how to get the extension where there is none', async () => {
  const { explainer } = await explainerOn(sharedCluster().uri)
  const outcome = await explainer.whatIf(question('SELECT 1'), ['CREATE INDEX ON things (kind)'])
  expect(outcome).toMatchObject({
    ok: false,
    step: 'index',
    failure: { message: 'the extension hypopg is not installed in postgres' },
  })
})

describe.runIf(withHypopg !== undefined)('with HypoPG', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster({ binaries: withHypopg ?? '' })
    const client = new pg.Client({ connectionString: cluster.uri })
    await client.connect()
    await client.query('CREATE SCHEMA extras')
    await client.query('CREATE EXTENSION hypopg SCHEMA extras')
    await client.query(
      "CREATE TABLE things AS SELECT g AS id, g % 5000 AS kind, 'a note'::text AS note FROM generate_series(1, 50000) AS g",
    )
    await client.query('ANALYZE things')
    await client.end()
    return () => cluster.stop()
  })

  test('plans with an index that nobody builds, and tells its size and whether it would be used', async () => {
    const { explainer } = await explainerOn(cluster.uri)
    const found = fine(await explainer.whatIf(question(query), ['CREATE INDEX ON things (kind)']))
    expect(found.without.planText).toContain('Seq Scan')
    expect(found.with.planText).not.toContain('"Seq Scan"')
    expect(found.indexes).toMatchObject([{ definition: 'CREATE INDEX ON things (kind)', isUsed: true }])
    expect(found.indexes[0]?.sizeBytes).toBeGreaterThan(8192)
    const client = new pg.Client({ connectionString: cluster.uri })
    await client.connect()
    onTestFinished(() => client.end())
    const { rows } = await client.query(
      "SELECT count(*)::int AS real FROM pg_indexes WHERE tablename = 'things'",
    )
    expect(rows).toEqual([{ real: 0 }])
  })

  test('tells that the planner would not use an index', async () => {
    const { explainer } = await explainerOn(cluster.uri)
    const found = fine(await explainer.whatIf(question(query), ['CREATE INDEX ON things (note)']))
    expect(found.indexes).toMatchObject([{ isUsed: false }])
  })

  test.each([
    ['CREATE INDEX ON things (absent)', /absent/],
    ['DROP TABLE things', /HypoPG makes no index of it|hypopg/],
    ['CREATE INDEX', /syntax error/],
  ])('refuses what is no index: %s', async (definition, reason) => {
    const { explainer } = await explainerOn(cluster.uri)
    const outcome = await explainer.whatIf(question(query), [definition])
    expect(outcome).toMatchObject({ ok: false, step: 'index' })
    expect(outcome.ok ? '' : outcome.failure.message).toMatch(reason)
    fine(await explainer.plan(question(query)))
  })

  test('leaves nothing for the next plan', async () => {
    const { explainer } = await explainerOn(cluster.uri)
    fine(await explainer.whatIf(question(query), ['CREATE INDEX ON things (kind)']))
    expect(fine(await explainer.plan(question(query))).planText).toContain('Seq Scan')
  })
})
