import { bytes, things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { groupIn, numberIn, sum, textIn } from '../../model/values.ts'
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
      const spills = spillsOf(node)
      return spills.length > 0 && isHotspot(context, node) ? [foundFor(node, spills, context)] : []
    }),
} satisfies Rule

/** Whether any process took it to disk. */
export function isOnDisk(node: PlanNode): boolean {
  return spillsOf(node).length > 0
}

function foundFor(node: PlanNode, spills: readonly Spill[], context: RuleContext): Found {
  const rows = rowsSorted(node)
  const total = sum(spills.map((spill) => spill.bytes))
  const needed = spills.map((spill) => 2 * spill.bytes + ROW_OVERHEAD_BYTES * rowsOf(spill, rows, total))
  const processes = spills.length > 1 ? ` in ${spills.length} processes` : ''
  return {
    node,
    savesMs: savingOf(context, node.exclWallMs),
    title: `sort of ${things(rows, 'row')} takes ${bytes(total)} of disk${processes}`,
    ...adviseWorkMem(Math.max(...needed), 'each such sort would stay in memory'),
    evidence: [
      { label: 'disk, of all processes', value: total, unit: 'bytes' },
      {
        label: 'disk, of the largest',
        value: Math.max(...spills.map((spill) => spill.bytes)),
        unit: 'bytes',
      },
      { label: 'processes on disk', value: spills.length, unit: 'count' },
      { label: 'rows sorted', value: Math.round(rows), unit: 'rows' },
    ],
  }
}

/** What one process has on disk. */
interface Spill {
  readonly bytes: number
  /** The largest group as a part of all rows of the process; 1 for a plain sort. */
  readonly part: number
}

function spillsOf(node: PlanNode): readonly Spill[] {
  if (node.type !== 'Sort' && node.type !== 'Incremental Sort') return []
  return processesOf(node).flatMap((process) => [...plainSpill(process), ...largestGroup(process)])
}

function plainSpill(process: PlanObject): readonly Spill[] {
  const used = textIn(process, 'Sort Space Type') === 'Disk' ? (numberIn(process, 'Sort Space Used') ?? 0) : 0
  return used > 0 ? [{ bytes: used * KB, part: 1 }] : []
}

/** An Incremental Sort sorts group by group, and tells how many there were and how large the largest was. */
function largestGroup(process: PlanObject): readonly Spill[] {
  const kinds = ['Full-sort Groups', 'Pre-sorted Groups'].map((key) => {
    const groups = groupIn(process, key)
    const disk = groupIn(groups, 'Sort Space Disk')
    const peak = numberIn(disk, 'Peak Sort Space Used') ?? 0
    const average = numberIn(disk, 'Average Sort Space Used') ?? peak
    return { groups: numberIn(groups, 'Group Count') ?? 0, peak, times: average > 0 ? peak / average : 1 }
  })
  const all = sum(kinds.map(({ groups }) => groups))
  const largest = kinds.reduce((most, each) => (each.peak > most.peak ? each : most))
  return largest.peak > 0
    ? [{ bytes: largest.peak * KB, part: Math.min(1, largest.times / Math.max(1, all)) }]
    : []
}

/** Rows that all processes together sort at once; what a Limit left unread was sorted all the same. */
function rowsSorted(node: PlanNode): number {
  const [input] = inputsOf(node)
  const times = Math.max(1, (node.loops ?? 0) / node.participants)
  return (input?.rowsTotal ?? node.rowsTotal ?? 0) / times
}

/** How many of them this process had at once: each has of the rows what it has of the disk. */
function rowsOf(spill: Spill, rows: number, total: number): number {
  return rows * (spill.bytes / total) * spill.part
}
