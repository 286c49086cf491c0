/** What keeps an index from being offered although nothing scans it: other verdicts, and what cannot be seen. */
import type { IndexFacts } from './facts.ts'
import type { Item } from './item.ts'
import type { IndexRows } from './rows.ts'
import { scansByTable, treesOf } from './trees.ts'
import type { StructureVerdict, UsageVerdict } from './verdict.ts'

/** The verdicts of all indexes, by oid. */
export interface Verdicts {
  readonly structures: ReadonlyMap<number, StructureVerdict>
  readonly usages: ReadonlyMap<number, UsageVerdict>
}

/** Gives the use of any index with what else is known: without it, following two verdicts could drop both. */
export function usageAmong(
  indexes: readonly IndexFacts[],
  verdicts: Verdicts,
  reading: IndexRows,
): (index: IndexFacts) => UsageVerdict | null {
  const trees = new Map(
    treesOf(indexes).flatMap(({ members }) => members.map(({ oid }) => [oid, members] as const)),
  )
  const membersOf = (index: IndexFacts) => trees.get(index.oid) ?? [index]
  const standsFor = standingFor(indexes, verdicts, membersOf)
  const scans = scansByTable(indexes)
  return (index) => {
    const usage = verdicts.usages.get(index.oid) ?? null
    if (usage === null || usage.usage === 'used') return usage
    const other = standsFor.get(index.oid)
    if (other !== undefined) return standing(other)
    if (usage.usage === 'unknown') return usage
    // What was restored today is as old as the statistics of the server, to all that can be seen.
    const isUnread = membersOf(index).every(({ tableOid }) => !scans.get(tableOid))
    const reason = whyUntold(usage, isUnread, reading)
    return reason === null ? usage : { ...UNTOLD, reason }
  }
}

interface Other {
  readonly name: string
  readonly isUsed: boolean
}

/**
 * The indexes that will do the work of others which can go, with one of these. Where that is the part on a partition, it
 * is the whole, which is what would be dropped.
 */
function standingFor(
  indexes: readonly IndexFacts[],
  { structures, usages }: Verdicts,
  membersOf: (index: IndexFacts) => readonly IndexFacts[],
): ReadonlyMap<number, Other> {
  const standing = new Map<number, Other>()
  for (const index of indexes) {
    const verdict = structures.get(index.oid)
    if (verdict === undefined || verdict.structure === 'review') continue
    if (verdict.coveredBy === null || verdict.remedy === null) continue
    const usage = usages.get(index.oid)?.usage
    const isUsed = usage === 'used' || usage === 'low'
    for (const { oid } of membersOf(verdict.coveredBy))
      if (standing.get(oid)?.isUsed !== true) standing.set(oid, { name: index.name, isUsed })
  }
  return standing
}

const UNTOLD = { usage: 'unknown', remedy: null, confidence: 'high', caveats: [] } as const

/** Not scanned so far; once the other is gone, its scans are told here. */
function standing({ name, isUsed }: Other): UsageVerdict {
  return {
    ...UNTOLD,
    usage: isUsed ? 'used' : 'unknown',
    reason: `not scanned itself, but ${name} is to go in favour of it`,
  }
}

const UNGUARDED = 'not all that it may be needed for could be read'

function whyUntold(
  { usage }: UsageVerdict,
  isUnread: boolean,
  { isGuarded, facts }: IndexRows,
): string | null {
  if (!isGuarded) return UNGUARDED
  if ('timescaledb' in facts.extensions) return 'the chunks of a hypertable count their own scans'
  return isUnread && usage === 'unused'
    ? 'no index of its table was ever scanned: the table may be new here'
    : null
}

/** The item, offering nothing where something that decides is not seen here. */
export function withheld(item: Item, { structure }: StructureVerdict, { isGuarded, facts }: IndexRows): Item {
  const reason = !isGuarded
    ? UNGUARDED
    : facts.inRecovery && (structure === 'invalid' || structure === 'building')
      ? 'a standby does not see what the primary builds: ask the primary'
      : null
  return reason === null
    ? item
    : { ...item, remedy: null, confidence: 'low', caveats: [reason, ...item.caveats] }
}
