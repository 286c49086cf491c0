import { bytes, things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { numberIn, sum } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { adviseHashMem, KB, processesOf } from './memory.ts'
import { isHotspot, savingOf } from './times.ts'

/**
 * Rows of groups that found no place in memory go to disk and are aggregated afterwards, batch by batch. All input is
 * read before the first row comes out, so a Limit above does not spare it.
 */
export const hashAggregateSpill = {
  id: 'hash-aggregate-spill',
  about:
    'A hash aggregate went to disk, or into more than one batch, in the leader or any worker, and its own time is worth a finding.',
  source: 'manual 20.4.1 (work_mem, hash_mem_multiplier); nodeAgg.c (PostgreSQL 13 and later)',
  find: (context) =>
    context.executed.flatMap((node) =>
      hasSpilled(node) && isHotspot(context, node) ? [foundFor(node, context)] : [],
    ),
} satisfies Rule

/** Whether any process had more groups than memory. */
export function hasSpilled(node: PlanNode): boolean {
  return (
    node.type === 'Aggregate' && (largest(node, 'HashAgg Batches') > 1 || largest(node, 'Disk Usage') > 0)
  )
}

function largest(node: PlanNode, key: string): number {
  return Math.max(...processesOf(node).map((process) => numberIn(process, key) ?? 0))
}

function foundFor(node: PlanNode, context: RuleContext): Found {
  const disk = sum(processesOf(node).map((process) => numberIn(process, 'Disk Usage') ?? 0)) * KB
  const groups = groupsOf(node)
  return {
    node,
    savesMs: savingOf(context, node.exclWallMs),
    title: `hash aggregate of ${things(groups, 'group')} takes ${bytes(disk)} of disk`,
    ...adviceFor(node, context),
    evidence: [
      { label: 'disk, of all processes', value: disk, unit: 'bytes' },
      { label: 'batches, of the process with most', value: largest(node, 'HashAgg Batches'), unit: 'count' },
      {
        label: 'peak memory, of the process with most',
        value: largest(node, 'Peak Memory Usage') * KB,
        unit: 'bytes',
      },
      { label: 'groups in one process', value: Math.round(groups), unit: 'rows' },
    ],
  }
}

/** Groups that one process makes at once, those that HAVING removed among them. */
function groupsOf({ rowsTotal, removed, loops }: PlanNode): number {
  return ((rowsTotal ?? 0) + sum(removed.map(({ total }) => total))) / (loops || 1)
}

/**
 * Bytes for each group beyond twice the width of the row it gives: entry, slot in a table that grows by doubling, state
 * of a few aggregates, and what the allocator rounds up. Measured on PostgreSQL 13, which needs the most, to 18.
 */
const GROUP_OVERHEAD_BYTES = 160

/** How many times as many groups as expected make it a matter of the estimate too. */
const MUCH = 4

function adviceFor(node: PlanNode, context: RuleContext): Pick<Found, 'advice' | 'remedy'> {
  const width = numberIn(node.raw.properties, 'Plan Width')
  const { estimate } = node
  const isUnder = estimate?.applicable === true && estimate.direction === 'under' && estimate.factor >= MUCH
  const cause = isUnder
    ? ` ${things(estimate.planRows, 'group')} ${estimate.planRows === 1 ? 'was' : 'were'} expected: see to the number of distinct values that the statistics have.`
    : ''
  if (width === null)
    return { advice: `Raise work_mem or hash_mem_multiplier for this statement.${cause}`, remedy: null }
  const bytesNeeded = groupsOf(node) * (2 * width + GROUP_OVERHEAD_BYTES)
  const { advice, remedy } = adviseHashMem(bytesNeeded, 'the groups would stay in memory', context)
  return { advice: `${advice}${cause}`, remedy }
}
