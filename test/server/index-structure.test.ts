import pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { connect, sharedCluster } from '#test/support/cluster.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'
import { structureCases } from './index-structure-cases.ts'
import { readStructure, rulesLost, rulesOf, type Structure, wordOf } from './index-structure-support.ts'

const DATABASE = 'index_structure'
const { versionNum } = sharedCluster()
const uri = uriOf(DATABASE)
const cases = structureCases.filter(({ since = 0 }) => versionNum >= since)
const schemaOf = (name: string) => `s${structureCases.findIndex((each) => each.name === name)}`

const EXTENSIONS = ['pg_trgm', 'intarray', 'btree_gin', 'btree_gist', 'bloom', 'seg']

let judged: Structure

beforeAll(async () => {
  await makeDatabase(DATABASE, [EXTENSIONS.map((name) => `CREATE EXTENSION ${name}`).join(';')])
  const client = new pg.Client({ connectionString: uri })
  await client.connect()
  for (const { name, sql } of cases) {
    const schema = schemaOf(name)
    await client
      .query(`CREATE SCHEMA ${schema}; SET search_path = ${schema}, public; ${sql}`)
      .catch((error) => {
        throw new Error(`${name}: ${error.message}`)
      })
  }
  await client.end()
  judged = await readStructure(uri)
})

test('there is one case of each name, and enough of them', () => {
  expect(new Set(structureCases.map(({ name }) => name)).size).toBe(structureCases.length)
  expect(cases.length).toBeGreaterThan(200)
})

describe('the shape of indexes', () => {
  test.each(cases)('$name', ({ name, verdicts }) => {
    const schema = schemaOf(name)
    const found = judged.indexes.filter((index) => index.schema === schema)
    const words = found.map((index) => [index.name, wordOf(judged.verdicts.get(index.oid))])
    expect(Object.fromEntries(words)).toEqual(verdicts)
  })

  test('is covered only by what is kept, and offers nothing that is not covered', () => {
    for (const { structure, coveredBy, remedy, evidence } of judged.verdicts.values()) {
      if (coveredBy !== null) expect(judged.verdicts.get(coveredBy.oid)?.structure).toBe('keep')
      const isOffered = ['duplicate', 'redundant', 'dup_constraint'].includes(structure)
      if (isOffered) expect([coveredBy, remedy]).not.toContain(null)
      else if (structure !== 'invalid') expect(remedy).toBeNull()
      if (structure !== 'keep') expect(evidence[0]).toMatch(/\w/)
    }
  })
})

const OFFERED = ['duplicate', 'redundant', 'dup_constraint']

async function refusal(client: pg.Client, schema: string, sql: string): Promise<string | undefined> {
  await client.query(`BEGIN; SET LOCAL search_path = ${schema}, public`)
  const code = await client.query(sql).then(
    () => undefined,
    (error: pg.DatabaseError) => error.code,
  )
  await client.query('ROLLBACK')
  return code
}

describe('the remedies', () => {
  const refused = cases.flatMap(({ name, refused: sql }) =>
    sql === undefined ? [] : [[schemaOf(name), sql] as const],
  )

  test('are taken by the server, and leave no rule unenforced and nothing to offer', async () => {
    const client = await connect(uri)
    for (const [schema, sql] of refused)
      expect([schema, await refusal(client, schema, sql)]).toEqual([
        schema,
        expect.stringMatching(/^23(505|P01)$/),
      ])
    const before = await rulesOf(client)
    const offered = judged.indexes.filter(({ oid }) =>
      OFFERED.includes(judged.verdicts.get(oid)?.structure ?? ''),
    )
    expect(offered.length).toBeGreaterThan(100)
    for (const { oid } of offered)
      for (const sql of judged.verdicts.get(oid)?.remedy?.sql ?? []) await client.query(sql)
    const after = await readStructure(uri)
    const left = new Set(after.indexes.map(({ oid }) => oid))
    expect(offered.filter(({ oid }) => left.has(oid))).toEqual([])
    expect(judged.indexes.length - after.indexes.length).toBeGreaterThanOrEqual(offered.length)
    expect(rulesLost(before, await rulesOf(client))).toEqual([])
    for (const [schema, sql] of refused)
      expect([schema, await refusal(client, schema, sql)]).toEqual([
        schema,
        expect.stringMatching(/^23(505|P01)$/),
      ])
    expect([...after.verdicts.values()].filter(({ structure }) => OFFERED.includes(structure))).toEqual([])
    const kept = [...judged.verdicts].filter(
      ([, { structure, evidence }]) =>
        structure === 'keep' && evidence[0] !== 'goes with the index of the partitioned table',
    )
    expect(kept.filter(([oid]) => !left.has(oid))).toEqual([])
  })
})
