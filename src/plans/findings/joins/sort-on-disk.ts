import { bytes, things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { groupIn, numberIn, textIn } from '../../model/values.ts'
import type { PlanObject } from '../../plan.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { adviseWorkMem, KB, processesOf } from './memory.ts'
import { inputsOf } from './sides.ts'
import { isHotspot, savingOf } from './times.ts'

/**
 * Bytes that a row takes in memory beyond twice its size on disk, where it lies packed: its slot in an array that grows
 * by doubling (24 bytes each), its header, and what the allocator rounds up. Measured with rows of 4 to 260 bytes on
 * PostgreSQL 13, which needs the most, to 18.
 */
const ROW_OVERHEAD_BYTES = 64

/**
 * A sort reads all of its input before it gives its first row, so what it wrote to disk under a Limit it wrote in vain
 * all the same.
 */
export const sortOnDisk = {
  id: 'sort-on-disk',
  about: 'A sort went to disk in the leader or any worker, and its own time is worth a finding.',
  source: 'manual 14.1.2 and 20.4.1 (work_mem); explain.depesz.com (DISK_SORT), pgplan',
  find: (context) =>
    context.executed.flatMap((node) => {
      const spilled = diskBytesOf(node)
      return spilled.length > 0 && isHotspot(context, node) ? [foundFor(node, spilled, context)] : []
    }),
} satisfies Rule

function foundFor(node: PlanNode, spilled: readonly number[], context: RuleContext): Found {
  const most = Math.max(...spilled)
  const total = spilled.reduce((all, each) => all + each, 0)
  const rows = rowsPerSort(node)
  const processes = spilled.length > 1 ? ` in ${spilled.length} processes` : ''
  return {
    node,
    savesMs: savingOf(context, node.exclWallMs),
    title: `sort of ${things(rows, 'row')} takes ${bytes(total)} of disk${processes}`,
    ...adviseWorkMem(2 * most + ROW_OVERHEAD_BYTES * rows, 'each such sort would stay in memory'),
    evidence: [
      { label: 'disk, of the process with most', value: most, unit: 'bytes' },
      { label: 'processes on disk', value: spilled.length, unit: 'count' },
      { label: 'rows of one sort', value: Math.round(rows), unit: 'rows' },
    ],
  }
}

/** Whether any process took it to disk. */
export function isOnDisk(node: PlanNode): boolean {
  return diskBytesOf(node).length > 0
}

/** What each process that went to disk has there. */
function diskBytesOf(node: PlanNode): readonly number[] {
  if (node.type !== 'Sort' && node.type !== 'Incremental Sort') return []
  return processesOf(node).flatMap((process) => {
    const kilobytes = Math.max(sortDisk(process), groupsDisk(process))
    return kilobytes > 0 ? [kilobytes * KB] : []
  })
}

function sortDisk(process: PlanObject): number {
  return textIn(process, 'Sort Space Type') === 'Disk' ? (numberIn(process, 'Sort Space Used') ?? 0) : 0
}

/** An Incremental Sort sorts group by group, and tells the largest. */
function groupsDisk(process: PlanObject): number {
  return Math.max(
    ...['Full-sort Groups', 'Pre-sorted Groups'].map(
      (key) => numberIn(groupIn(groupIn(process, key), 'Sort Space Disk'), 'Peak Sort Space Used') ?? 0,
    ),
  )
}

/** Rows that one process sorts at once; what a Limit left unread was sorted all the same. */
function rowsPerSort(node: PlanNode): number {
  const [input] = inputsOf(node)
  const rows = (input?.rowsTotal ?? node.rowsTotal ?? 0) / (node.loops || 1)
  const groups = processesOf(node).map(
    (process) =>
      (numberIn(groupIn(process, 'Full-sort Groups'), 'Group Count') ?? 0) +
      (numberIn(groupIn(process, 'Pre-sorted Groups'), 'Group Count') ?? 0),
  )
  return rows / Math.max(1, ...groups)
}
