import { bytes, things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { numberIn, sum } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { adviseHashMem, KB } from './memory.ts'
import { inputsOf, sidesOf } from './sides.ts'
import { certainMs, isTelling, savingOf } from './times.ts'

/**
 * Every batch but the first goes to disk and back, of both sides. What could go is the own time of the Hash and its
 * join at most: they would hash and compare as many rows in memory. The table is hashed before a Limit above is asked.
 */
export const hashJoinBatches = {
  id: 'hash-join-batches',
  about: 'A hash join splits its hash table into more than one batch, and both take time worth a finding.',
  source: 'manual 20.4.1 (work_mem, hash_mem_multiplier); nodeHash.c; pev2, pgplan (above 8)',
  find: (context) => context.executed.flatMap((node) => findFor(node, context)),
} satisfies Rule

function findFor(join: PlanNode, context: RuleContext): readonly Found[] {
  const hash = sidesOf(join)?.inner
  if (hash === undefined || !isInBatches(hash)) return []
  if (!isTelling(context, certainMs(join) + certainMs(hash))) return []
  const { properties } = hash.raw
  const batches = numberIn(properties, 'Hash Batches') ?? 0
  const original = numberIn(properties, 'Original Hash Batches') ?? batches
  const peak = (numberIn(properties, 'Peak Memory Usage') ?? 0) * KB
  const rows = (inputsOf(hash)[0]?.rowsTotal ?? 0) / (isShared(hash) ? 1 : hash.loops || 1)
  const written = sum([join, hash].map(({ exclBuffers }) => exclBuffers['Temp Written Blocks'] ?? 0))
  return [
    {
      node: hash,
      savesMs: savingOf(context, join.exclWallMs + hash.exclWallMs),
      title: `hash table of ${things(rows, 'row')} takes ${batches} batches${batches > original ? `, ${original} planned` : ''}`,
      ...adviceFor(hash, context),
      evidence: [
        { label: 'hash batches', value: batches, unit: 'count' },
        { label: 'hash batches planned', value: original, unit: 'count' },
        { label: 'peak memory', value: peak, unit: 'bytes' },
        { label: 'rows hashed', value: Math.round(rows), unit: 'rows' },
        ...(written > 0
          ? [{ label: 'temporary blocks written', value: written, unit: 'blocks' } as const]
          : []),
      ],
    },
  ]
}

/** Whether a hash table did not fit into memory. */
export function isInBatches({ type, raw }: PlanNode): boolean {
  return type === 'Hash' && (numberIn(raw.properties, 'Hash Batches') ?? 0) > 1
}

/** How many times as many rows as came make the number of batches a matter of the estimate. */
const MUCH = 4

function adviceFor(hash: PlanNode, context: RuleContext): Pick<Found, 'advice' | 'remedy'> {
  const [input] = inputsOf(hash)
  const estimate = input?.estimate
  const { planned, needed, isSkewed } = bytesOf(hash)
  if (estimate?.applicable === true && planned !== null && planned > MUCH * needed)
    return {
      advice: `The batches were made for ${things(estimate.planRows, 'row')} that did not come: correct that estimate, and the table needs about ${bytes(needed)}.`,
      remedy: null,
    }
  const { advice, remedy } = adviseHashMem(needed, 'the table would be one batch', context)
  return {
    advice: isSkewed
      ? `Few values have most of the rows, so that splitting it further was in vain. ${advice}`
      : advice,
    remedy,
  }
}

/** Header of a hashed row and of the tuple in it, and what its bucket takes (nodeHash.c); rounded up. */
const ROW_OVERHEAD_BYTES = 56
const MARGIN = 1.1

interface HashBytes {
  /** What the planner expected; null where it is not known. */
  readonly planned: number | null
  readonly needed: number
  /** Whether the batches that were added at run time did not share the rows. */
  readonly isSkewed: boolean
}

/**
 * What one batch would take in each process, at least about so much. All batches together are as large as the largest
 * times their number where rows spread evenly; where one value has most of them PostgreSQL splits on in vain, and rows
 * times width is less. A Parallel Hash may use the memory of all participants for one table.
 */
function bytesOf(hash: PlanNode): HashBytes {
  const { properties } = hash.raw
  const [input] = inputsOf(hash)
  const product =
    (numberIn(properties, 'Peak Memory Usage') ?? 0) * KB * (numberIn(properties, 'Hash Batches') ?? 0)
  const sharing = isShared(hash) ? hash.participants : 1
  const width = numberIn(properties, 'Plan Width')
  const perRow = width === null ? null : width + ROW_OVERHEAD_BYTES
  const rows = (input?.rowsTotal ?? 0) / (isShared(hash) ? 1 : hash.loops || 1)
  const byRows = perRow === null || rows === 0 ? Number.POSITIVE_INFINITY : rows * perRow
  const expected = input?.estimate?.planRows ?? null
  const spread = input?.estimate?.applicable === true ? (input.estimate.spread?.divisor ?? 1) : 1
  return {
    planned: perRow === null || expected === null ? null : (expected * spread * perRow * MARGIN) / sharing,
    needed: (Math.min(product, byRows) * MARGIN) / sharing,
    isSkewed: product > MUCH * byRows,
  }
}

/** A Parallel Hash makes one table for all participants; any other hash each its own. */
function isShared({ raw }: PlanNode): boolean {
  return raw.properties['Parallel Aware'] === true
}
