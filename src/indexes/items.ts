/** All that is to be said of the indexes of a database, from one reading of its catalogs. */
import type { columnStatistics } from '#queries/column-statistics.ts'
import type { EntryRow } from '#queries/define.ts'
import type { foreignKeys } from '#queries/foreign-keys.ts'
import type { indexBuilds } from '#queries/index-builds.ts'
import type { relationLocks } from '#queries/relation-locks.ts'
import type { statisticsSince } from '#queries/statistics-since.ts'
import { type BloatEstimate, isWorthAReport } from '#src/bloat/estimate.ts'
import { bytes, percent } from '#src/text/units.ts'
import { indexBloat } from './bloat.ts'
import { type Candidate, candidatesOf } from './candidates.ts'
import { type IndexFacts, type IndexRow, indexFactsOf } from './facts.ts'
import { foreignKeyFactsOf } from './foreign-key.ts'
import { type ForeignKeyVerdict, foreignKeyVerdicts } from './foreign-keys.ts'
import type { Item, Verdict } from './item.ts'
import { reindexRemedy } from './reindex.ts'

import { structureVerdicts } from './structure/structure.ts'
import type { Unattached } from './structure/whole.ts'
import { type IndexTree, scansByTable, treesOf } from './trees.ts'
import { usageVerdicts } from './usage.ts'
import type { Remedy, StructureVerdict, UsageVerdict } from './verdict.ts'

/** The rows that the verdicts are made of. */
export interface IndexRows {
  /** False while only a part is known, on which no verdict can rest. */
  readonly isWhole: boolean
  readonly facts: {
    readonly versionNum: number
    readonly inRecovery: boolean
    readonly extensions: Readonly<Record<string, unknown>>
  }
  /** False where something that an index may be needed for could not be read. */
  readonly isGuarded: boolean
  readonly rows: readonly IndexRow[]
  readonly foreignKeys: readonly EntryRow<typeof foreignKeys>[]
  readonly locks: readonly EntryRow<typeof relationLocks>[]
  /** Null where they could not be read. */
  readonly builds: readonly EntryRow<typeof indexBuilds>[] | null
  readonly unattached: readonly Unattached[]
  /** Null where it is not known. */
  readonly statistics: EntryRow<typeof statisticsSince> | null
  readonly columns: readonly EntryRow<typeof columnStatistics>[]
}

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
  const trees = new Map(
    treesOf(indexes).flatMap((tree) => tree.members.map(({ oid }) => [oid, tree] as const)),
  )
  const scans = scansByTable(indexes)
  const needed = neededBy(indexes, { structures, usages, trees })
  return [
    ...indexes.map((index) => {
      const structure = structures.get(index.oid) ?? KEEP
      const bloat = columns.has(index.oid) ? bloatOf(index, columns) : null
      const [hint = null] = candidatesOf(index, columns.get(index.tableOid) ?? [])
      const usage = usageHere(reading, usages.get(index.oid) ?? null, {
        heirOf: needed.get(index.oid),
        // What was restored today is as old as the statistics of the server, to all that can be seen.
        isUnread: (trees.get(index.oid)?.members ?? [index]).every(({ tableOid }) => !scans.get(tableOid)),
      })
      const item = indexItem({ index, structure, usage, bloat, hint })
      const reason = withheld(reading, structure)
      return reason === null ? item : offeringNothing(item, reason)
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

/**
 * Indexes that will do the work of another one which can go: not scanned so far, they are needed then. Without this,
 * following two verdicts would drop both. Where that is the part on a partition, the whole is needed, which is what
 * would be dropped.
 */
function neededBy(
  indexes: readonly IndexFacts[],
  {
    structures,
    usages,
    trees,
  }: {
    readonly structures: ReadonlyMap<number, StructureVerdict>
    readonly usages: ReadonlyMap<number, UsageVerdict>
    readonly trees: ReadonlyMap<number, IndexTree>
  },
): ReadonlyMap<number, string> {
  const byOid = new Map(indexes.map((index) => [index.oid, index]))
  const needed = new Map<number, string>()
  for (const [oid, { coveredBy, structure, remedy }] of structures) {
    if (coveredBy === null || remedy === null || structure === 'review') continue
    if (usages.get(oid)?.usage === 'unused') continue
    const name = byOid.get(oid)?.name ?? ''
    for (const member of trees.get(coveredBy.oid)?.members ?? [coveredBy]) needed.set(member.oid, name)
  }
  return needed
}

function inheriting(usage: UsageVerdict | null, name: string): UsageVerdict | null {
  if (usage === null || usage.usage === 'used') return usage
  return {
    usage: usage.usage === 'unknown' ? 'unknown' : 'used',
    reason: `not scanned itself, but ${name} is to go in favour of it`,
    remedy: null,
    confidence: 'high',
    caveats: [],
  }
}

/** An index without scans is only unused where all that could need it is known. */
function usageHere(
  { isGuarded, facts }: IndexRows,
  usage: UsageVerdict | null,
  { heirOf, isUnread }: { readonly heirOf: string | undefined; readonly isUnread: boolean },
): UsageVerdict | null {
  if (heirOf !== undefined) return inheriting(usage, heirOf)
  if (usage === null || (usage.usage !== 'unused' && usage.usage !== 'low')) return usage
  const reason = !isGuarded
    ? UNGUARDED
    : 'timescaledb' in facts.extensions
      ? 'the chunks of a hypertable count their own scans'
      : isUnread && usage.usage === 'unused'
        ? 'no index of its table was ever scanned: the table may be new here'
        : null
  return reason === null ? usage : { usage: 'unknown', reason, remedy: null, confidence: 'high', caveats: [] }
}

const UNGUARDED = 'not all that it may be needed for could be read'

/** What is not seen here, as a reason to offer nothing; null where all is. */
function withheld({ isGuarded, facts }: IndexRows, { structure }: StructureVerdict): string | null {
  if (!isGuarded) return UNGUARDED
  return facts.inRecovery && (structure === 'invalid' || structure === 'building')
    ? 'a standby does not see what the primary builds: ask the primary'
    : null
}

/** With a reason to withhold it, a verdict offers nothing. */
function offeringNothing<T extends Pick<Said, 'remedy' | 'confidence' | 'caveats'>>(
  verdict: T,
  reason: string,
): T {
  return { ...verdict, remedy: null, confidence: 'low', caveats: [reason, ...verdict.caveats] }
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

interface Judged {
  readonly index: IndexFacts
  readonly structure: StructureVerdict
  readonly usage: UsageVerdict | null
  readonly bloat: BloatEstimate | null
  readonly hint: Candidate | null
}

/** What the heaviest of an index's verdicts says. */
interface Said {
  readonly verdict: Verdict
  readonly why: string
  readonly evidence: readonly string[]
  readonly confidence: Item['confidence']
  readonly remedy: Remedy | null
  readonly caveats: readonly string[]
}

function indexItem(judged: Judged): Item {
  const { index, structure, usage, bloat } = judged
  return {
    key: `index ${index.oid}`,
    schema: index.schema,
    table: index.table,
    tableOid: index.tableOid,
    name: index.name,
    index,
    structure,
    usage,
    bloat,
    coveredBy: structure.coveredBy,
    foreignKey: null,
    isMinor: false,
    ...(saidOfShape(structure) ??
      saidOfUse(structure, usage) ??
      saidOfBloat(index, bloat) ??
      saidBesides(judged)),
  }
}

/** A verdict by name: other fields of what it is made of belong elsewhere in the item. */
function said(
  verdict: Verdict,
  { confidence, remedy, caveats }: Pick<Said, 'confidence' | 'remedy' | 'caveats'>,
  evidence: readonly string[],
): Said {
  return { verdict, why: evidence[0] ?? '', evidence, confidence, remedy, caveats }
}

const SHAPES = {
  keep: null,
  duplicate: 'duplicate',
  dup_constraint: 'duplicate',
  redundant: 'redundant',
  review: null,
  invalid: 'invalid',
  building: 'building',
} as const

function saidOfShape(structure: StructureVerdict): Said | null {
  const verdict = SHAPES[structure.structure]
  return verdict === null ? null : said(verdict, structure, structure.evidence)
}

// What a person has to decide about its shape comes first: it may wait for ATTACH, and was never scanned for that.
function saidOfUse({ structure }: StructureVerdict, usage: UsageVerdict | null): Said | null {
  return usage?.usage === 'unused' && structure !== 'review' ? said('unused', usage, reasonsOf(usage)) : null
}

function reasonsOf({ reason }: UsageVerdict): readonly string[] {
  return reason === null ? [] : [reason]
}

function saidOfBloat(index: IndexFacts, bloat: BloatEstimate | null): Said | null {
  if (bloat?.isKnown !== true || !isWorthAReport(bloat)) return null
  const why = `about ${bytes(bloat.bytes)} of it (${percent(bloat.ratio)}) is air`
  return {
    verdict: 'bloated',
    why,
    evidence: [why, `a rebuild would leave about ${bytes(bloat.expectedBytes)}`],
    confidence: bloat.confidence,
    remedy: reindexRemedy(index),
    caveats: bloat.caveats,
  }
}

/** What a person has to decide, or nothing. */
function saidBesides({ structure, usage, hint }: Judged): Said {
  if (structure.structure === 'review') return said('review', structure, structure.evidence)
  if (usage?.usage === 'low') return said('low use', usage, reasonsOf(usage))
  if (hint !== null) return said('hint', hint, hint.evidence)
  const isUnknown = usage?.usage === 'unknown'
  return {
    verdict: isUnknown ? 'unknown' : 'ok',
    why: isUnknown ? (usage.reason ?? '') : '',
    evidence: usage?.reason == null ? [] : [usage.reason],
    confidence: 'high',
    remedy: null,
    caveats: [],
  }
}

/** Pages read for nothing since the statistics began, from which on somebody has felt it: 8 MB. */
const FELT_PAGES = 1000

const COVERS = { ok: 'ok', skip: 'ok', missing: 'missing', partial: 'partial', review: 'review' } as const

function foreignKeyItem(key: ForeignKeyVerdict): Item {
  return {
    key: `foreign key ${key.keys[0]?.oid ?? key.constraint}`,
    verdict: COVERS[key.verdict],
    isMinor: key.severity === 'notice' && key.weight < FELT_PAGES,
    schema: key.schema,
    table: key.table,
    tableOid: key.relid,
    name: key.constraint,
    index: null,
    structure: null,
    usage: null,
    bloat: null,
    coveredBy: key.coveredBy,
    foreignKey: key,
    why: key.reason,
    evidence: [key.reason, ...key.evidence],
    confidence: key.confidence,
    remedy: key.remedy,
    caveats: key.caveats,
  }
}
