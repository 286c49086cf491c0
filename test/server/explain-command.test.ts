import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { explain } from '#src/commands/explain.ts'
import type { SqlRequest } from '#src/commands/explain-sql.ts'
import { connect } from '#test/support/cluster.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'

const DATABASE = 'explain_command'
const uri = uriOf(DATABASE)

beforeAll(() =>
  makeDatabase(DATABASE, [
    'CREATE TABLE kept AS SELECT g AS id FROM generate_series(1, 1000) AS g',
    'ANALYZE kept',
  ]),
)

/** What `pgtriage explain --sql` prints for a statement. */
async function explained(
  sql: string,
  asked: Partial<Pick<SqlRequest, 'analyze' | 'yes' | 'settings' | 'timeoutMs'>> = {},
  format: 'tree' | 'json' = 'json',
) {
  const directory = mkdtempSync(join(tmpdir(), 'explain-command-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'query.sql')
  writeFileSync(file, sql)
  const out: string[] = []
  const err: string[] = []
  const code = await explain(
    {
      file,
      format,
      width: 100,
      server: {
        positional: [uri],
        flags: { prompt: 'never' },
        env: {},
        home: directory,
        osUser: 'nobody',
        analyze: false,
        yes: false,
        settings: {},
        timeoutMs: 5000,
        ...asked,
      },
    },
    { out: (text) => out.push(text), err: (line) => err.push(line) },
  )
  return { code, out: out.join(''), err }
}

async function rowsKept(): Promise<number> {
  const { rows } = await (await connect(uri)).query('SELECT count(*)::int AS kept FROM kept')
  return rows[0].kept
}

describe('pgtriage explain --sql', () => {
  test('plans a statement without running it', async () => {
    const { code, out, err } = await explained('DELETE FROM kept')
    expect([code, err]).toEqual([0, []])
    const [statement] = JSON.parse(out).plan.statements
    expect(statement.nodes.map(({ type }: { type: string }) => type)).toEqual(['ModifyTable', 'Seq Scan'])
    expect(statement.nodes[0].loops).toBe(null)
    expect(await rowsKept()).toBe(1000)
  })

  test('says of a plan without values that it is generic, and not executed', async () => {
    const { out } = await explained('SELECT * FROM kept WHERE id = $1', {}, 'tree')
    expect(out).toMatch(/^planned, not executed, generic plan, cost /)
  })

  test('takes settings for it', async () => {
    const { out } = await explained('SELECT count(*) FROM kept GROUP BY id', {
      settings: { enable_hashagg: 'off' },
    })
    expect(out).toContain('"type":"Sort"')
  })

  test('tells what is wrong and where, and that exits with 2', async () => {
    const { code, out, err } = await explained('SELECT idd FROM kept')
    expect([code, out]).toEqual([2, ''])
    expect(err.join(' ')).toContain('column "idd" does not exist at character 8')
  })

  test('takes one statement alone', async () => {
    const { code, err } = await explained('SELECT 1; DELETE FROM kept')
    expect(code).toBe(2)
    expect(err.join(' ')).toContain('it holds several statements')
    expect(await rowsKept()).toBe(1000)
  })
})

describe('pgtriage explain --sql --analyze', () => {
  test('runs nothing without consent where nobody can be asked, and tells what it would have done', async () => {
    const { code, out, err } = await explained('DELETE FROM kept', { analyze: true })
    expect([code, out]).toEqual([2, ''])
    expect(err).toEqual([
      'EXPLAIN ANALYZE really runs it, in a transaction that is always rolled back',
      expect.stringContaining('deletes rows of public.kept'),
      'nothing was run: --yes consents to it',
    ])
  })

  test('runs it with --yes, and takes it back', async () => {
    const { code, out, err } = await explained('DELETE FROM kept', { analyze: true, yes: true })
    expect(code).toBe(0)
    expect(err.join(' ')).toContain('deletes rows of public.kept')
    const [statement] = JSON.parse(out).plan.statements
    expect(statement.execution_ms).toBeGreaterThan(0)
    expect(statement.nodes[1]).toMatchObject({ type: 'Seq Scan', rows_total: 1000 })
    expect(await rowsKept()).toBe(1000)
  })

  test('ends a run that takes longer than it may', async () => {
    const { code, err } = await explained('SELECT pg_sleep(60)', { analyze: true, yes: true, timeoutMs: 300 })
    expect(code).toBe(2)
    expect(err.join(' ')).toContain('statement timeout')
  })

  test('draws the tree and what is to be done', async () => {
    const { out } = await explained(
      'SELECT count(*) FROM kept AS a, kept AS b',
      { analyze: true, yes: true },
      'tree',
    )
    expect(out).toMatch(/^execution \d/)
    expect(out).toContain('Nested Loop')
    expect(out).toMatch(/saves|condition/)
  })
})
