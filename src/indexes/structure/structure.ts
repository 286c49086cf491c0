/** What the shapes of indexes say: which can go because another does the work, which are broken, which to look at. */
import type { EntryRow } from '#queries/define.ts'
import type { indexBuilds } from '#queries/index-builds.ts'
import type { relationLocks } from '#queries/relation-locks.ts'
import { dropConstraintRemedy, dropRemedy } from '../drop.ts'
import type { IndexFacts } from '../facts.ts'
import type { Remedy, StructureVerdict } from '../verdict.ts'
import { type Finding, KEPT, type Surroundings } from './finding.ts'
import { makerOf, type PartsOf, partsOf } from './guards.ts'
import { invalidVerdict } from './invalid.ts'
import { type Judged, judgeTable } from './judge.ts'
import { type Shape, shapesOf } from './shape.ts'
import { type UnderWay, underWayOf } from './under-way.ts'
import { type Unattached, wholesOf } from './whole.ts'

/** What is needed besides the indexes; rows of the same moment, builds and locks not read before the indexes. */
export interface StructureWorld {
  readonly versionNum: number
  readonly locks: readonly EntryRow<typeof relationLocks>[]
  /** Null where they could not be read: any lock on the table then counts as a build. */
  readonly builds: readonly EntryRow<typeof indexBuilds>[] | null
  readonly unattached: readonly Unattached[]
}

/** A covering index from this many times the size on makes scans dearer, worth a word. */
const LARGER = 2

/**
 * A verdict for each index, by oid. What is offered for DROP is covered by an index that is kept: following all of the
 * verdicts leaves every search and every guard of uniqueness served.
 */
export function structureVerdicts(
  indexes: readonly IndexFacts[],
  world: StructureWorld,
): ReadonlyMap<number, StructureVerdict> {
  const shapes = shapesOf(indexes)
  const tables = Map.groupBy(shapes, ({ index }) => index.tableOid)
  const byOid = new Map(indexes.map((index) => [index.oid, index]))
  const underWay = underWayOf(world.builds, world.locks)
  const wholes = wholesOf(indexes, world.unattached)
  const parts = partsOf(indexes)
  const surroundings: Surroundings = { parts, goes, meantFor: wholes.meantFor }
  const judged = new Map<number, Judged>()
  const verdicts = new Map<number, StructureVerdict>()
  for (const [table, ofTable] of tables) {
    const { findings, coveredBy } = judge(table)
    for (const shape of ofTable) {
      const { index } = shape
      const finding = findings.get(index.oid)
      verdicts.set(
        index.oid,
        finding === undefined
          ? invalidVerdict(index, {
              underWay: underWay(index) ?? underWayBelow(index),
              coveredBy: coveredBy.get(index.oid) ?? null,
              surroundings,
              wholes,
              versionNum: world.versionNum,
            })
          : verdictOf(shape, finding, parts),
      )
    }
  }
  return verdicts

  /** For the index of a partitioned table, whether a part that it lacks is built now. */
  function underWayBelow(index: IndexFacts): UnderWay | null {
    for (const { relid, attached } of wholes.lacking(index)) {
      const found = underWay({ oid: attached ?? 0, tableOid: relid ?? 0 })
      if (found !== null) return found
    }
    return null
  }

  /** Once for each table, those of partitioned tables before those of their partitions. */
  function judge(table: number): Judged {
    const known = judged.get(table)
    if (known !== undefined) return known
    const found = judgeTable(tables.get(table) ?? [], surroundings)
    judged.set(table, found)
    return found
  }

  function goes({ row }: IndexFacts): boolean {
    const parent = row.parent === null ? undefined : byOid.get(row.parent)
    if (parent === undefined) return false
    const { findings, coveredBy } = judge(parent.tableOid)
    const finding = findings.get(parent.oid)
    // One that is not valid goes where another does its work.
    const isGoing = finding === undefined ? coveredBy.has(parent.oid) : isOffered(finding)
    return isGoing || goes(parent)
  }
}

/** Of nearly all indexes there is nothing to say. */
const PLAIN: StructureVerdict = {
  structure: 'keep',
  coveredBy: null,
  evidence: [],
  confidence: 'high',
  remedy: null,
  caveats: [],
}

function isOffered({ structure }: Finding): boolean {
  return structure !== 'keep' && structure !== 'review'
}

function verdictOf({ index, isBackwards }: Shape, finding: Finding, parts: PartsOf): StructureVerdict {
  const { structure, by, why } = finding
  if (finding === KEPT && index.row.extension === null) return PLAIN
  const maker = makerOf(index, parts)
  const made = maker === null ? [] : [`belongs to the extension ${maker}`]
  if (structure === 'keep' || structure === 'review' || by === null) {
    return {
      structure,
      coveredBy: by?.index ?? null,
      evidence: [...(why === null ? [] : [why]), ...(structure === 'keep' ? made : [])],
      confidence: structure === 'review' ? 'low' : 'high',
      remedy: null,
      caveats: [],
    }
  }
  const isConstraint = structure === 'dup_constraint'
  const isLarger = structure === 'redundant' && by.index.bytes > LARGER * index.bytes
  return {
    structure,
    coveredBy: by.index,
    evidence: evidenceOf(index, by, isBackwards),
    confidence: isConstraint || isLarger ? 'medium' : 'high',
    remedy: remedyOf(index),
    caveats: [
      ...(isConstraint
        ? [`INSERT … ON CONFLICT ON CONSTRAINT ${index.row.constraint_name} fails without it`]
        : []),
      ...(isLarger ? [`${by.index.name} is much larger: scans of it read more`] : []),
      ...storageCaveats(index, by.index),
    ],
  }
}

function remedyOf(index: IndexFacts): Remedy | null {
  return index.row.constraint_name === null ? dropRemedy(index) : dropConstraintRemedy(index)
}

function evidenceOf(index: IndexFacts, by: Shape, isBackwards: boolean): readonly string[] {
  const { name, keys, row, included } = by.index
  const isLonger = keys.length > index.keys.length
  return [
    isLonger ? `${name} begins with the same columns` : `${name} has the same columns in the same order`,
    ...(isBackwards === by.isBackwards ? [] : ['the one is the other read backwards']),
    ...(index.predicate === null ? [] : ['both have the same condition']),
    ...(index.row.is_unique === true
      ? ['it guards the same uniqueness']
      : row.is_unique === true
        ? [`${name} guards uniqueness besides`]
        : []),
    ...(included.length > index.included.length ? [`${name} INCLUDEs more`] : []),
  ]
}

function storageCaveats(index: IndexFacts, by: IndexFacts): readonly string[] {
  const own = JSON.stringify(index.row.reloptions)
  const others = JSON.stringify(by.row.reloptions)
  return own === others ? [] : [`${by.name} has other storage parameters`]
}
