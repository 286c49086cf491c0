/** All that is to be said of the indexes of a database, from one reading of its catalogs. */
import type { columnStatistics } from '#queries/column-statistics.ts'
import type { EntryRow } from '#queries/define.ts'
import type { BloatEstimate } from '#src/bloat/estimate.ts'
import { indexBloat } from './bloat.ts'
import { candidatesOf } from './candidates.ts'
import { type IndexFacts, indexFactsOf } from './facts.ts'
import { foreignKeyFactsOf } from './foreign-key.ts'
import { foreignKeyVerdicts } from './foreign-keys.ts'
import type { Item } from './item.ts'
import { usageAmong, withheld } from './needs.ts'
import type { IndexRows } from './rows.ts'
import { foreignKeyItem, indexItem } from './said.ts'
import { structureVerdicts } from './structure/structure.ts'
import { usageVerdicts } from './usage.ts'
import type { StructureVerdict } from './verdict.ts'

/**
 * An item for each index, and one for each set of columns with foreign keys. Before scans were counted for
 * `statisticsDays` no index is called unused.
 */
export function itemsOf(reading: IndexRows, statisticsDays: number): readonly Item[] {
  const { facts, locks, builds, unattached, statistics } = reading
  const indexes = reading.rows.map(indexFactsOf)
  if (!reading.isWhole) return indexes.map(unjudged)
  const keys = reading.foreignKeys.map(foreignKeyFactsOf)
  const structures = structureVerdicts(indexes, {
    versionNum: facts.versionNum,
    locks,
    builds,
    unattached,
  })
  const hasStandbys = Number(statistics?.attached_standbys ?? 0) > 0
  const usages = usageVerdicts(indexes, {
    statistics,
    hasStandbys,
    foreignKeys: keys,
    oldEnoughSeconds: statisticsDays * DAY,
  })
  const columns = Map.groupBy(reading.columns, ({ relid }) => relid ?? 0)
  const usageOf = usageAmong(indexes, { structures, usages }, reading)
  return [
    ...indexes.map((index) => {
      const structure = structures.get(index.oid) ?? KEEP
      const bloat = columns.has(index.oid) ? bloatOf(index, columns) : null
      const [hint = null] = candidatesOf(index, columns.get(index.tableOid) ?? [])
      return withheld(indexItem({ index, structure, usage: usageOf(index), bloat, hint }), structure, reading)
    }),
    ...foreignKeyVerdicts(keys, indexes, facts).map(foreignKeyItem),
  ]
}

function unjudged(index: IndexFacts): Item {
  const item = indexItem({ index, structure: KEEP, usage: null, bloat: null, hint: null })
  return { ...item, verdict: 'unknown', why: 'reading all indexes…', structure: null }
}

/** Seconds. */
const DAY = 86_400

const KEEP: StructureVerdict = {
  structure: 'keep',
  coveredBy: null,
  evidence: [],
  confidence: 'high',
  remedy: null,
  caveats: [],
}

function bloatOf(
  index: IndexFacts,
  columns: ReadonlyMap<number, readonly EntryRow<typeof columnStatistics>[]>,
): BloatEstimate {
  const changes = index.row.table_changes
  return indexBloat(index, (relid) => columns.get(relid) ?? [], {
    changedRows: changes === null ? null : Number(changes),
    exactBytes: null,
  })
}
