/** What to say of an index that queries cannot use. */
import { dropRemedy } from '../drop.ts'
import type { IndexFacts } from '../facts.ts'
import type { Remedy, StructureVerdict } from '../verdict.ts'
import type { Surroundings } from './finding.ts'
import { whyKept } from './guards.ts'
import { attachRemedy, rebuildRemedy } from './remedy.ts'
import type { UnderWay } from './under-way.ts'
import type { Wholes } from './whole.ts'

/** The names that REINDEX CONCURRENTLY gives to what it builds and to what it replaces (manual: REINDEX). */
const LEFTOVER = /_cc(?:new|old)\d*$/

/** Partitions that are told by name. */
const MOST_NAMES = 5

/** What is known besides the index. */
export interface InvalidIn {
  readonly underWay: UnderWay | null
  /** The valid index that does its work, if there is one. */
  readonly coveredBy: IndexFacts | null
  readonly surroundings: Surroundings
  readonly wholes: Wholes
  readonly versionNum: number
}

/** Building where somebody is at it, else invalid, with the way out. */
export function invalidVerdict(index: IndexFacts, known: InvalidIn): StructureVerdict {
  const { underWay, coveredBy } = known
  if (underWay !== null) {
    return {
      structure: 'building',
      coveredBy: null,
      evidence: [underWay.seen, ...(index.row.is_live === false ? ['it is being dropped'] : [])],
      confidence: underWay.confidence,
      remedy: null,
      caveats: [],
    }
  }
  const way = index.isPartitioned ? wholeWay(index, known) : partWay(index, known)
  return {
    structure: 'invalid',
    coveredBy,
    evidence: [
      way.why,
      ...(coveredBy === null ? [] : [`${coveredBy.name} does its work`]),
      ...(index.isPartitioned || index.row.is_ready !== true
        ? []
        : ['queries cannot use it, writes keep it up all the same']),
    ],
    confidence: way.remedy === null ? 'medium' : 'high',
    remedy: way.remedy,
    caveats: way.caveats,
  }
}

interface Way {
  readonly why: string
  readonly remedy: Remedy | null
  readonly caveats: readonly string[]
}

function partWay(index: IndexFacts, { coveredBy, surroundings }: InvalidIn): Way {
  const { row, name } = index
  if (row.persistence === 't') return { why: 'belongs to one session', remedy: null, caveats: [] }
  if (row.is_live === false) {
    const caveats = row.constraint_name === null ? [] : ['it backs a constraint']
    return { why: 'a DROP of it was begun and not finished', remedy: dropRemedy(index), caveats }
  }
  const drop = whyKept(index, surroundings.parts) === null ? dropRemedy(index) : null
  const isLeftover = LEFTOVER.test(name)
  const why = isLeftover
    ? 'left by a REINDEX CONCURRENTLY that failed'
    : 'left by a CREATE INDEX CONCURRENTLY that failed, or by a DROP that was interrupted'
  // One that is unique still refuses some duplicates: without another that does so it is to be built, not dropped.
  if (drop !== null && (coveredBy !== null || (isLeftover && row.is_unique !== true))) {
    return { why, remedy: drop, caveats: [] }
  }
  const caveats = [
    ...(isLeftover ? ['no other index guards this uniqueness: see first why the one it copied is gone'] : []),
    ...(index.isAttached ? ['the index of the partitioned table may need ATTACH PARTITION again'] : []),
    ...(isLeftover || index.isAttached ? [] : ['where nobody wants it any more, drop it instead']),
  ]
  return { why, remedy: rebuildRemedy(index), caveats }
}

function wholeWay(index: IndexFacts, { coveredBy, surroundings, wholes, versionNum }: InvalidIn): Way {
  const lacking = wholes.lacking(index)
  const bare = lacking.filter(({ attached }) => attached === null)
  const broken = lacking.length - bare.length
  const why =
    lacking.length === 0
      ? 'partitions lack their part of it, or have an invalid one'
      : [
          ...(bare.length > 0 ? [`no part of it on ${names(bare)}`] : []),
          ...(broken > 0 ? [`${broken} attached ${broken === 1 ? 'part is' : 'parts are'} not valid`] : []),
        ].join('; ')
  const drop = whyKept(index, surroundings.parts) === null ? dropRemedy(index) : null
  if (coveredBy !== null && drop !== null) return { why, remedy: drop, caveats: [] }
  const parts = wholes.partsFor(index)
  const left = bare.length - parts.length
  return {
    why,
    remedy: attachRemedy(index, parts),
    caveats: [
      ...(left > 0
        ? [`on ${left} of them the same index has to be built first, CONCURRENTLY, then attached`]
        : []),
      versionNum < 140_000
        ? 'REINDEX refuses the index of a partitioned table'
        : 'REINDEX rebuilds its parts, it adds none',
    ],
  }
}

function names(partitions: readonly { readonly partition: string | null }[]): string {
  const told = partitions.slice(0, MOST_NAMES).map(({ partition }) => partition ?? '')
  const more = partitions.length - told.length
  return `${told.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
