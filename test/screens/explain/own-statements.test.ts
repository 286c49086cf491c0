import { expect, test } from 'vitest'
import { activity } from '#queries/activity.ts'
import { catalog } from '#queries/catalog.ts'
import { explainPrepared, prepare } from '#queries/explain/statement.ts'
import { ownStatements } from '#screens/explain/own-statements.ts'
import { facts } from '#test/src/activity/fixtures.ts'

const isOwn = ownStatements(catalog, facts)

/** As a server keeps it since 18. */
function kept(text: unknown): string {
  return String(text)
    .replace(/^\/\*.*?\*\/\s*/, '')
    .replace(/'[^']*'/g, '$1')
}

test('knows what this program asks, with its comment and without', () => {
  expect(isOwn(String(activity.sql(facts)))).toBe(true)
  expect(isOwn(kept(activity.sql(facts)))).toBe(true)
  expect(isOwn(kept(prepare('SELECT 1', []).text))).toBe(true)
  expect(isOwn(kept(explainPrepared(['VERBOSE'], [])))).toBe(true)
})

test('leaves the statements of others, also those on the same views', () => {
  expect(isOwn('SELECT pid, query FROM pg_stat_activity')).toBe(false)
  expect(isOwn('EXPLAIN (ANALYZE) SELECT 1')).toBe(false)
})
