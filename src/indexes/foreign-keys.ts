/** Which foreign keys lack an index on their referencing columns. */
import { quoteIdentifier } from '#src/text/identifiers.ts'
import { type Cover, coverOf, whyUseless } from './cover.ts'
import { createIndexRemedy, type Existing, existingOf } from './create.ts'
import type { IndexFacts } from './facts.ts'
import type { ForeignKeyFacts } from './foreign-key.ts'
import { type Place, placesOf } from './partitions.ts'
import type { Confidence, Remedy } from './verdict.ts'

/**
 * `missing`: no index finds the rows that refer to one; `partial`: one finds them by some of the columns; `review`: one of
 * another method may do; `skip`: never checked, or not ours.
 */
export type ForeignKeyCover = 'ok' | 'missing' | 'partial' | 'review' | 'skip'

/** What is said of the foreign keys of one table on one set of columns. Names are raw. */
export interface ForeignKeyVerdict {
  readonly schema: string
  readonly table: string
  readonly relid: number
  /** The oldest of the foreign keys. */
  readonly constraint: string
  /** All of them. */
  readonly keys: readonly ForeignKeyFacts[]
  readonly columns: readonly string[]
  readonly verdict: ForeignKeyCover
  /** Why, one fragment. */
  readonly reason: string
  /** More that speaks for it, one fragment each. */
  readonly evidence: readonly string[]
  /** A warning costs now: a large table, and rows deleted from the referenced one. */
  readonly severity: 'warning' | 'notice'
  /** What sorts them, heaviest first: pages that the deletes counted had to read, at most. */
  readonly weight: number
  readonly confidence: Confidence
  /** The index that serves; where partitions have their own, the first of them. Null for none. */
  readonly coveredBy: IndexFacts | null
  readonly remedy: Remedy | null
  readonly caveats: readonly string[]
}

/** What else decides. */
export interface ForeignKeyWorld {
  /** On a standby no delete is counted: severity then goes by size alone. */
  readonly inRecovery: boolean
}

/** Pages of 9 MB: a table below is read in no time (pgx_scripts, missing FK indexes). */
const LARGE_PAGES = 1152

/** Below these no plan would use an index (pgtriage's own: 1 MB). */
const SMALL_PAGES = 128

const RANK: readonly ForeignKeyCover[] = ['missing', 'partial', 'review', 'ok', 'skip']

/** One verdict for each set of columns of each table, heaviest first. */
export function foreignKeyVerdicts(
  keys: readonly ForeignKeyFacts[],
  indexes: readonly IndexFacts[],
  world: ForeignKeyWorld,
): readonly ForeignKeyVerdict[] {
  const existing = existingOf(indexes)
  const groups = Map.groupBy(keys, ({ relid, columns }) =>
    [relid, ...columns.map(({ attribute }) => attribute).toSorted((a, b) => a - b)].join(' '),
  )
  return [...groups.values()]
    .map((group) => {
      const judged = group.map((key) => ({ key, ...judge(key, existing.byTable) }))
      const [worst] = judged.toSorted((a, b) => RANK.indexOf(a.verdict) - RANK.indexOf(b.verdict))
      return worst === undefined ? null : verdictOf(worst, { group, existing, world })
    })
    .filter((verdict) => verdict !== null)
    .toSorted(
      (a, b) => RANK.indexOf(a.verdict) - RANK.indexOf(b.verdict) || b.weight - a.weight || a.relid - b.relid,
    )
}

interface Judgement {
  readonly verdict: ForeignKeyCover
  readonly reason: string
  readonly coveredBy: IndexFacts | null
  readonly evidence: readonly string[]
}

function judge(key: ForeignKeyFacts, byTable: ReadonlyMap<number, readonly IndexFacts[]>): Judgement {
  const plain = { coveredBy: null, evidence: [] }
  const { row } = key
  if (row.is_enforced === false) return { ...plain, verdict: 'skip', reason: 'NOT ENFORCED: never checked' }
  if (row.persistence === 't')
    return { ...plain, verdict: 'skip', reason: 'a temporary table of one session' }
  if (row.extension !== null)
    return { ...plain, verdict: 'skip', reason: `belongs to the extension ${row.extension}` }
  if (row.is_period === true) {
    return { ...plain, verdict: 'review', reason: 'a PERIOD is compared by range: a GiST index may serve it' }
  }
  const other = key.columns.find(({ families }) => families.length === 0)
  if (other !== undefined) {
    return {
      ...plain,
      verdict: 'review',
      reason: `${other.name} is compared as another type than its own: no index on it can serve`,
    }
  }
  return judgeIndexes(key, byTable)
}

function judgeIndexes(key: ForeignKeyFacts, byTable: ReadonlyMap<number, readonly IndexFacts[]>): Judgement {
  const places = placesOf(key).map((place) => ({ place, ...bestAt(place, byTable) }))
  const isAll = (covers: readonly (Cover | null)[]) => places.every(({ cover }) => covers.includes(cover))
  const lacking = places.filter(({ cover }) => cover !== 'full')
  const [first] = lacking
  const coveredBy = places.find(({ index }) => index !== null)?.index ?? null
  if (first === undefined) return { verdict: 'ok', reason: 'an index serves it', coveredBy, evidence: [] }
  const some =
    key.partitions.length > 0 && lacking.length < places.length
      ? [`${lacking.length} of ${places.length} partitions lack it`]
      : []
  if (isAll(['full', 'leading'])) {
    const found = first.index
    return {
      verdict: 'partial',
      reason: `${found?.name ?? 'the index'} begins with some of the columns only`,
      coveredBy: found,
      evidence: some,
    }
  }
  if (isAll(['full', 'leading', 'other'])) {
    const found = places.find(({ cover }) => cover === 'other')?.index ?? null
    return {
      verdict: 'review',
      reason: `only the ${found?.method ?? ''} index ${found?.name ?? ''} has it, which may read much for one row`,
      coveredBy: found,
      evidence: some,
    }
  }
  const at = lacking.find(({ cover }) => cover === null) ?? first
  const near = (byTable.get(at.place.relid) ?? [])
    .map((index) => whyUseless(index, at.place.columns))
    .filter((why) => why !== null)
  return {
    verdict: 'missing',
    reason: `no index begins with ${key.columns.map(({ name }) => name).join(', ')}`,
    coveredBy: null,
    evidence: [...near, ...some],
  }
}

const COVERS: readonly Cover[] = ['full', 'leading', 'other']

function bestAt(
  { relid, columns }: Place,
  byTable: ReadonlyMap<number, readonly IndexFacts[]>,
): { readonly cover: Cover | null; readonly index: IndexFacts | null } {
  const found = (byTable.get(relid) ?? []).map((index) => ({ index, cover: coverOf(index, columns) }))
  for (const cover of COVERS) {
    const index = found.find((each) => each.cover === cover)?.index
    if (index !== undefined) return { cover, index }
  }
  return { cover: null, index: null }
}

interface Circumstances {
  readonly group: readonly ForeignKeyFacts[]
  readonly existing: Existing
  readonly world: ForeignKeyWorld
}

function verdictOf(
  { key, verdict, reason, coveredBy, evidence }: Judgement & { readonly key: ForeignKeyFacts },
  { group, existing, world }: Circumstances,
): ForeignKeyVerdict {
  const pages = Number(key.row.relpages ?? 0)
  const referenced = [...new Map(group.map(({ row }) => [row.referenced_relid, row])).values()]
  const deletes = referenced.reduce((sum, row) => sum + Number(row.referenced_deletes ?? 0), 0)
  const costs = verdict === 'missing' || verdict === 'partial'
  const isHeavy = costs && pages >= LARGE_PAGES && (deletes > 0 || world.inRecovery)
  return {
    schema: key.schema,
    table: key.table,
    relid: key.relid,
    constraint: key.name,
    keys: group,
    columns: key.columns.map(({ name }) => name),
    verdict,
    reason,
    evidence: [...evidence, ...(costs ? costOf(key, { deletes, pages, world }) : [])],
    severity: isHeavy ? 'warning' : 'notice',
    weight: costs ? pages * (1 + deletes) : 0,
    confidence: verdict === 'missing' ? (pages < SMALL_PAGES ? 'medium' : 'high') : 'medium',
    coveredBy,
    remedy: costs ? createIndexRemedy(key, existing) : null,
    caveats: [...(costs ? caveatsOf(key, pages) : []), ...mismatches(group)],
  }
}

function costOf(
  { referencedTable, row }: ForeignKeyFacts,
  seen: { readonly deletes: number; readonly pages: number; readonly world: ForeignKeyWorld },
): readonly string[] {
  const act = row.on_delete === 'c' ? ', to delete what refers to it' : ''
  return [
    `each row deleted from ${referencedTable} may read the whole table${act}`,
    ...(seen.world.inRecovery ? [] : [`${seen.deletes} deleted there since the statistics began`]),
    ...(row.is_validated === false ? ['NOT VALID spares the old rows only: deletes are checked'] : []),
  ]
}

function caveatsOf(key: ForeignKeyFacts, pages: number): readonly string[] {
  return [
    ...(pages < SMALL_PAGES ? ['the table is small, or was never counted: reading it all costs little'] : []),
    'where no referenced row is ever deleted or changes its key, it serves joins only',
    ...(key.columns.length > 1 ? ['another order of the columns serves the key as well'] : []),
  ]
}

function mismatches(group: readonly ForeignKeyFacts[]): readonly string[] {
  const told = group.flatMap(({ columns, referencedTable }) =>
    columns
      .filter(({ type, referencedType }) => type !== referencedType)
      .map(
        ({ name, type, referencedName, referencedType }) =>
          `${quoteIdentifier(name)} is ${type}, ${quoteIdentifier(referencedTable)}.${quoteIdentifier(referencedName)} is ${referencedType}`,
      ),
  )
  return [...new Set(told)]
}
