/** What the tests of verdicts on shapes share: readings, and the rules that a database enforces by its own account. */
import type pg from 'pg'
import { indexBuilds } from '#queries/index-builds.ts'
import { indexes } from '#queries/indexes.ts'
import { relationLocks } from '#queries/relation-locks.ts'
import { unattachedPartitions } from '#queries/unattached-partitions.ts'
import { type IndexFacts, indexFactsOf } from '#src/indexes/facts.ts'
import { type StructureWorld, structureVerdicts } from '#src/indexes/structure/structure.ts'
import type { StructureVerdict } from '#src/indexes/verdict.ts'
import { openServer, whenConnected } from '#src/server/server.ts'
import { targetOf } from './connect-support.ts'

export interface Structure {
  readonly indexes: readonly IndexFacts[]
  readonly world: StructureWorld
  readonly verdicts: ReadonlyMap<number, StructureVerdict>
}

/** Reads a database through a connection string and judges it. */
export async function readStructure(uri: string): Promise<Structure> {
  const server = openServer(targetOf(uri), { control: false })
  try {
    const failure = await whenConnected(server)
    if (failure !== null) throw new Error(failure.message)
    const [rows, builds, locks, unattached] = [
      await server.run(indexes),
      await server.run(indexBuilds),
      await server.run(relationLocks),
      await server.run(unattachedPartitions),
    ]
    if (!rows.ok || !builds.ok || !locks.ok || !unattached.ok) throw new Error('an entry failed')
    const found = rows.rows.map(indexFactsOf)
    const world: StructureWorld = {
      versionNum: server.facts?.versionNum ?? 0,
      builds: builds.rows,
      locks: locks.rows,
      unattached: unattached.rows,
    }
    return { indexes: found, world, verdicts: structureVerdicts(found, world) }
  } finally {
    await server.close()
  }
}

/** A verdict as one word, and the index it names. */
export function wordOf(verdict: StructureVerdict | undefined): string {
  if (verdict === undefined) return 'none'
  return [verdict.structure, verdict.coveredBy?.name].filter((word) => word !== undefined).join(' ')
}

/** A rule of uniqueness as the server itself writes it down. */
export interface Rule {
  readonly table: string
  readonly keys: string
  readonly condition: string | null
  readonly operators: string | null
  readonly nullsEqual: boolean
  readonly immediate: boolean
}

/** All rules of uniqueness and exclusion of a database. */
export async function rulesOf(client: pg.Client): Promise<readonly Rule[]> {
  const { rows } = await client.query<Rule>(`
    SELECT
      x.indrelid::text AS table,
      (SELECT string_agg(
          concat_ws(' ', pg_get_indexdef(x.indexrelid, k, false), x.indcollation[k - 1], o.opcfamily), ',' ORDER BY k)
        FROM generate_series(1, x.indnkeyatts) AS k
        INNER JOIN pg_opclass AS o ON o.oid = x.indclass[k - 1]) AS keys,
      pg_get_expr(x.indpred, x.indrelid) AS condition,
      (SELECT c.conexclop::text FROM pg_constraint AS c
        WHERE c.conindid = x.indexrelid AND c.conexclop IS NOT NULL) AS operators,
      coalesce((to_json(x) ->> 'indnullsnotdistinct')::bool, false) AS "nullsEqual",
      x.indimmediate AS immediate
    FROM pg_index AS x
    INNER JOIN pg_class AS c ON c.oid = x.indrelid
    WHERE (x.indisunique OR x.indisexclusion) AND x.indisvalid
      AND c.relnamespace <> ALL (ARRAY['pg_catalog', 'pg_toast']::regnamespace[])`)
  return rows
}

/** The rules of `before` that nothing in `after` enforces. */
export function rulesLost(before: readonly Rule[], after: readonly Rule[]): readonly Rule[] {
  const left = Map.groupBy(after, ({ table, keys, condition, operators }) =>
    [table, keys, condition, operators].join('|'),
  )
  return before.filter(
    (rule) =>
      !left
        .get([rule.table, rule.keys, rule.condition, rule.operators].join('|'))
        ?.some((each) => (each.nullsEqual || !rule.nullsEqual) && (each.immediate || !rule.immediate)),
  )
}
