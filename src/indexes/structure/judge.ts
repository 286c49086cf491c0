/** Which indexes of one table do the work of others: by their shape. */
import type { IndexFacts } from '../facts.ts'
import { type Finding, KEPT, type Surroundings } from './finding.ts'
import { isClustered, makerOf, type PartsOf, rankOf, whyKept } from './guards.ts'
import { Kept } from './kept.ts'
import { reviewNear } from './near.ts'
import { type Shape, strengthOf } from './shape.ts'

export interface Judged {
  /** For each sound index. */
  readonly findings: ReadonlyMap<number, Finding>
  /** For an index that is not valid: the one that does its work, which is kept. */
  readonly coveredBy: ReadonlyMap<number, IndexFacts>
}

/**
 * Goes through them from the strongest on. What does the work of one that does the work of a third does the work of
 * that too, so that each is covered by one that stays, or stays.
 */
export function judgeTable(shapes: readonly Shape[], surroundings: Surroundings): Judged {
  const [sound, broken] = [shapes.filter(isSound), shapes.filter((shape) => !isSound(shape))]
  const ordered = strongestFirst(sound, surroundings.parts)
  const kept = new Kept()
  const findings = new Map<number, Finding>()
  for (const shape of ordered) {
    const finding = findingOf(shape, kept.coverOf(shape), surroundings)
    findings.set(shape.index.oid, finding)
    if (finding.structure === 'keep' && !surroundings.goes(shape.index)) kept.add(shape)
  }
  const coveredBy = new Map<number, IndexFacts>()
  for (const shape of broken) {
    const by = kept.coverOf(shape)
    if (by !== null) coveredBy.set(shape.index.oid, by.index)
  }
  const needed = [...[...findings.values()].map(({ by }) => by?.index), ...coveredBy.values()]
  const reviews = reviewNear({
    weakestFirst: ordered.toReversed().filter(({ index }) => findings.get(index.oid)?.structure === 'keep'),
    needed: needed.flatMap((index) => (index === undefined ? [] : [index.oid])),
    surroundings,
  })
  for (const [oid, near] of reviews) findings.set(oid, near)
  return { findings, coveredBy }
}

/** Whether queries use it and writes keep it up. */
function isSound({ index: { row } }: Shape): boolean {
  return row.is_valid === true && row.is_ready === true && row.is_live === true
}

function findingOf(shape: Shape, by: Shape | null, surroundings: Surroundings): Finding {
  const { index } = shape
  if (surroundings.goes(index)) {
    return { structure: 'keep', by: null, why: 'goes with the index of the partitioned table' }
  }
  if (by === null) return KEPT
  const kept = whyKept(index, surroundings.parts)
  if (kept !== null)
    return { structure: 'keep', by: null, why: `${by.index.name} does its work, but: ${kept}` }
  const doubt = doubtOf(index, by.index, surroundings)
  if (doubt !== null) return { structure: 'review', by, why: doubt }
  if (index.row.constraint_name !== null) return { structure: 'dup_constraint', by, why: null }
  return { structure: by.signature === shape.signature ? 'duplicate' : 'redundant', by, why: null }
}

/** What a person has to weigh although another index does its work. */
function doubtOf(index: IndexFacts, by: IndexFacts, { parts, meantFor }: Surroundings): string | null {
  const maker = makerOf(index, parts)
  if (maker !== null) return `made by the extension ${maker}, which may rely on it`
  if (index.row.constraint_name !== null && by.row.constraint_name === null)
    return `a constraint, which ${by.name} is not, though it guards the same uniqueness`
  if (isClustered(index, parts)) return `the table was last CLUSTERed on it: CLUSTER ON ${by.name} first`
  const whole = meantFor(index)
  if (whole !== null) return `it may be meant for ${whole.name}, which lacks its part here`
  return null
}

function strongestFirst(shapes: readonly Shape[], parts: PartsOf): readonly Shape[] {
  const rated = shapes.map((shape) => ({
    shape,
    keys: shape.index.keys.length,
    strength: strengthOf(shape.index),
    stays: whyKept(shape.index, parts) !== null || makerOf(shape.index, parts) !== null ? 0 : 1,
    rank: rankOf(shape.index, parts),
  }))
  rated.sort(
    (a, b) =>
      b.keys - a.keys ||
      b.strength - a.strength ||
      a.stays - b.stays ||
      a.rank - b.rank ||
      a.shape.index.oid - b.shape.index.oid,
  )
  return rated.map(({ shape }) => shape)
}
