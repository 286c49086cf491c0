/** Which indexes nothing scans, as far as the statistics can tell. */
import type { EntryRow } from '#queries/define.ts'
import type { statisticsSince } from '#queries/statistics-since.ts'
import { duration, percent, things } from '#src/text/units.ts'
import { dropRemedy } from './drop.ts'
import type { IndexFacts } from './facts.ts'
import type { ForeignKeyFacts } from './foreign-key.ts'
import { type Serving, servingOf } from './serving.ts'
import { countsOf, type IndexTree, scansByTable, type TreeCounts, treesOf } from './trees.ts'
import type { UsageVerdict } from './verdict.ts'

/** What else decides. */
export interface UsageWorld {
  /** Null where it is not known since when scans are counted. */
  readonly statistics: EntryRow<typeof statisticsSince> | null
  /** Standbys are attached: what they scan is counted there alone. */
  readonly hasStandbys: boolean
  readonly foreignKeys: readonly ForeignKeyFacts[]
  /** How long scans have to be counted before their absence means something, seconds; `USUAL_SECONDS` unless told. */
  readonly oldEnoughSeconds?: number
}

const DAY = 86_400

/** A month of work: what runs once a month has run (pganalyze takes 35 days, most others none). */
const USUAL_SECONDS = 30 * DAY

/** A quarter and some: what was scanned once is left alone until a job of every quarter would have come by. */
const LONG_AGO = 100 * DAY

/** Scans and writes of less than a week say little of their proportion. */
const A_WEEK = 7 * DAY

/** More written than read: pgx_scripts, "low scans, high writes". */
const LOW = { scansPerWrite: 1, shareOfScans: 0.1, writes: 100 }

/** 1 MB: the planner reads such a table whole, whatever its indexes. */
const SMALL_PAGES = 128

/** A verdict for each index by its oid; the indexes of partitions share that of the partitioned table. */
export function usageVerdicts(
  indexes: readonly IndexFacts[],
  world: UsageWorld,
): ReadonlyMap<number, UsageVerdict> {
  const scans = scansByTable(indexes)
  const trees = treesOf(indexes).map((tree) => ({
    tree,
    counts: countsOf(tree, (table) => scans.get(table) ?? 0),
  }))
  const staying = new Set(
    trees
      .filter(({ tree, counts }) => counts.scans > 0 || guardOf(tree) !== null)
      .flatMap(({ tree }) => tree.members),
  )
  const serving = servingOf(world.foreignKeys, indexes, (index) => staying.has(index))
  return new Map(
    trees.flatMap(({ tree, counts }) => {
      const verdict = judge({ tree, counts, serving: serving(tree) }, world)
      return tree.members.map((index) => [index.oid, ofMember(index, tree, verdict)] as const)
    }),
  )
}

interface Seen {
  readonly tree: IndexTree
  readonly counts: TreeCounts
  readonly serving: Serving
}

function judge(seen: Seen, world: UsageWorld): UsageVerdict {
  const { tree, counts } = seen
  const guard = guardOf(tree)
  if (counts.scans > 0) return guard === null ? judgeScanned(seen, world) : USED
  if (tree.top.row.is_valid !== true || tree.top.row.is_live !== true) {
    return { ...USED, usage: 'unknown', reason: 'not valid: queries cannot use it' }
  }
  if (guard !== null) return { ...USED, reason: `never scanned, but ${guard}` }
  const unknown = whyUnknown(tree, world)
  if (unknown !== null) return { ...USED, usage: 'unknown', reason: unknown }
  const [key] = seen.serving.alone
  if (key !== undefined) {
    return review(
      `never scanned, but deletes from ${key.referencedTable} need it: it serves the foreign key ${key.name}`,
    )
  }
  if (tree.members.some(({ row }) => row.is_clustered === true)) {
    return review('never scanned, but CLUSTER orders the table by it')
  }
  return unused(seen, world)
}

const USED: UsageVerdict = { usage: 'used', reason: null, remedy: null, confidence: 'high', caveats: [] }

function review(reason: string): UsageVerdict {
  return { usage: 'low', reason, remedy: null, confidence: 'low', caveats: [] }
}

/** What an index does without ever being scanned; null for nothing. */
function guardOf({ members }: IndexTree): string | null {
  for (const { row } of members) {
    if (row.is_primary === true) return 'it is the primary key'
    if (row.constraint_name !== null) return `it backs the constraint ${row.constraint_name}`
    if (row.is_exclusion === true) return 'it backs an exclusion constraint'
    if (Number(row.foreign_keys ?? 0) > 0) return 'foreign keys rely on it'
    if (row.is_replica_identity === true) return 'logical replication identifies rows by it'
    if (row.is_unique === true) return 'it guards uniqueness'
  }
  return null
}

/** Why a count of zero scans means nothing; null where it does. */
function whyUnknown(
  { top, leaves }: IndexTree,
  { statistics, oldEnoughSeconds = USUAL_SECONDS }: UsageWorld,
): string | null {
  if (top.row.persistence === 't') return 'temporary: it goes with its session'
  if (leaves.length === 0) return 'no partition counts its scans'
  if (statistics?.in_recovery === true) {
    return "ask the primary: the scans counted here are this standby's alone"
  }
  if (statistics?.track_counts === false) return 'track_counts is off: scans are not counted'
  const age = ageOf(statistics?.since ?? null, statistics)
  if (age === null) return 'it is not known since when scans are counted'
  return age < oldEnoughSeconds ? `statistics only since ${duration(age)}` : null
}

// A scan proves that something needed it once: then its absence is told, and a person decides.
function judgeScanned({ counts, serving }: Seen, { statistics }: UsageWorld): UsageVerdict {
  const quiet = ageOf(counts.lastScan, statistics)
  if (statistics?.in_recovery !== false) return USED
  if (quiet !== null && quiet >= LONG_AGO) {
    return review(`not scanned for ${duration(quiet)}, ${things(counts.scans, 'time')} before that`)
  }
  const age = ageOf(statistics.since, statistics)
  const share = counts.scans / Math.max(1, counts.tableScans)
  if (
    age !== null &&
    age >= A_WEEK &&
    serving.alone.length === 0 &&
    counts.writes > LOW.writes &&
    counts.scans / counts.writes <= LOW.scansPerWrite &&
    share < LOW.shareOfScans
  ) {
    return review(
      `${things(counts.scans, 'scan')} for ${things(counts.writes, 'write')}, ${percent(share)} of the index scans of the table`,
    )
  }
  return USED
}

function unused({ tree, counts, serving }: Seen, { statistics, hasStandbys }: UsageWorld): UsageVerdict {
  const { top, members } = tree
  const seconds = ageOf(statistics?.since ?? null, statistics)
  const age = duration(seconds)
  const isYoung = seconds === null || seconds < USUAL_SECONDS
  const isSmall = counts.tablePages < SMALL_PAGES
  const caveats = [
    ...(hasStandbys ? ['standbys count their own scans: look there too'] : []),
    `a job that runs less than once in ${age} may need it`,
    'one that was built lately looks the same: the server keeps no time of creation',
    ...(members.length > 1 ? ['scans of partitions dropped since are no longer counted'] : []),
    ...(isSmall ? ['the table is small: as it grows, the planner may come to need it'] : []),
    ...(top.expressions === null
      ? []
      : [
          'ANALYZE keeps statistics on its expressions: without it plans may change (14+: CREATE STATISTICS)',
        ]),
    ...serving.shared.map(({ name }) => `it serves the foreign key ${name}, as another index does`),
    ...(top.row.extension === null ? [] : [`it belongs to the extension ${top.row.extension}`]),
  ]
  return {
    usage: 'unused',
    reason: `no scan in ${age}, since the statistics began`,
    remedy: dropRemedy(top),
    confidence: isYoung || hasStandbys || isSmall || top.row.extension !== null ? 'low' : 'medium',
    caveats,
  }
}

/** The index of a partition goes with that of the table: it has no remedy of its own. */
function ofMember(index: IndexFacts, { top }: IndexTree, verdict: UsageVerdict): UsageVerdict {
  if (index === top) return verdict
  if (verdict.usage !== 'used') {
    return { ...verdict, remedy: null, reason: `part of ${top.name}: ${verdict.reason ?? ''}` }
  }
  if (verdict.reason !== null || index.isPartitioned || Number(index.row.idx_scan ?? 0) > 0) return verdict
  return { ...verdict, reason: `not scanned here, but ${top.name} is on other partitions` }
}

/** Seconds from a time to the server's now; null where one is not known. */
function ageOf(time: string | null, statistics: UsageWorld['statistics']): number | null {
  const age = (Date.parse(statistics?.now ?? '') - Date.parse(time ?? '')) / 1000
  return Number.isNaN(age) ? null : age
}
