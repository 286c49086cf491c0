/** What an item says: the heaviest of the verdicts on an index, or that on a foreign key. */
import { type BloatEstimate, isWorthAReport } from '#src/bloat/estimate.ts'
import { bytes, percent } from '#src/text/units.ts'
import type { Candidate } from './candidates.ts'
import type { IndexFacts } from './facts.ts'
import type { ForeignKeyVerdict } from './foreign-keys.ts'
import type { Item, Verdict } from './item.ts'
import { reindexRemedy } from './reindex.ts'
import type { Remedy, StructureVerdict, UsageVerdict } from './verdict.ts'

/** All that was found of an index. */
export interface Judged {
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

/** The item of an index. */
export function indexItem(judged: Judged): Item {
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

/** The item of the foreign keys on one set of columns. */
export function foreignKeyItem(key: ForeignKeyVerdict): Item {
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
