import { BLOCK_BYTES, bytes, things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { adviseWorkMem } from './memory.ts'
import { inputsOf } from './sides.ts'
import { isOnDisk } from './sort-on-disk.ts'
import { isHotspot, savingOf } from './times.ts'

/** A megabyte; less is written to memory of the operating system and never missed. */
const LEAST_BLOCKS = 128

/** Rules of their own speak of these. */
const TOLD: ReadonlySet<string> = new Set(['Hash', 'Hash Join'])

/**
 * Sorts, hash joins and hash aggregates have rules of their own. What is left keeps rows to give them once more: CTEs,
 * Materialize, windows, functions that return sets, recursion; and aggregates that sort their own input (DISTINCT,
 * ORDER BY within the call), which EXPLAIN does not show.
 */
export const tempFiles = {
  id: 'temp-files',
  about:
    'A node other than a sort, hash join or hash aggregate writes 1 MB or more to temporary files, and its own time is worth a finding.',
  source: 'manual 20.4.1 (work_mem); pgplan (temporary block I/O)',
  find: (context) =>
    context.executed.flatMap((node) => {
      const written = node.exclBuffers['Temp Written Blocks'] ?? 0
      const isTold = TOLD.has(node.type) || isHashAggregate(node) || isOnDisk(node)
      if (isTold || written < LEAST_BLOCKS || context.isStoppedEarly(node)) return []
      return isHotspot(context, node) ? [foundFor(node, written, context)] : []
    }),
} satisfies Rule

function isHashAggregate({ raw }: PlanNode): boolean {
  return raw.properties.Strategy === 'Hashed' || raw.properties.Strategy === 'Mixed'
}

function foundFor(node: PlanNode, written: number, context: RuleContext): Found {
  const name = node.type === 'CTE Scan' ? `CTE ${node.relation ?? ''}` : node.type.toLowerCase()
  return {
    node,
    savesMs: savingOf(context, node.exclWallMs),
    title: `${name} writes ${bytes(written * BLOCK_BYTES)} to temporary files`,
    ...adviceFor(node, written),
    evidence: [
      { label: 'temporary blocks written', value: written, unit: 'blocks' },
      { label: 'temporary blocks read', value: node.exclBuffers['Temp Read Blocks'] ?? 0, unit: 'blocks' },
    ],
  }
}

/** Bytes that a row takes in memory beyond twice its size on disk: header, pointer, what the allocator rounds up. */
const ROW_OVERHEAD_BYTES = 48

function adviceFor(node: PlanNode, written: number): Pick<Found, 'advice' | 'remedy'> {
  const rows = storedRowsOf(node)
  if (rows === null) return { advice: adviceOnKind(node), remedy: null }
  const bytesNeeded = 2 * written * BLOCK_BYTES + ROW_OVERHEAD_BYTES * rows
  const { advice, remedy } = adviseWorkMem(bytesNeeded, `its ${things(rows, 'row')} would stay in memory`)
  return { advice: `${adviceOnKind(node)} ${advice}`, remedy }
}

/** Rows that are kept as long as the node runs; null where it begins anew and what it wrote is the sum of that. */
function storedRowsOf(node: PlanNode): number | null {
  if ((node.loops ?? 0) > node.participants && node.type !== 'Materialize' && node.type !== 'CTE Scan')
    return null
  switch (node.type) {
    case 'Materialize': {
      const [input] = inputsOf(node)
      return input !== undefined && (input.loops ?? 0) <= input.participants ? input.rowsTotal : null
    }
    case 'CTE Scan':
      return node.pays.find((payment) => payment.node.kind === 'CTE')?.node.rowsTotal ?? null
    case 'Function Scan':
    case 'Table Function Scan':
      return node.removed.reduce((all, { total }) => all + total, node.rowsTotal ?? 0)
    default:
      return null
  }
}

function adviceOnKind(node: PlanNode): string {
  switch (node.type) {
    case 'CTE Scan':
      return 'Let the CTE give fewer rows and columns, or be part of the query: NOT MATERIALIZED.'
    case 'Materialize':
      return 'It keeps what it reads to give it again: let what is below it give fewer rows and columns.'
    case 'Function Scan':
    case 'Table Function Scan':
      return 'All that a function in FROM returns is kept before the first row is used: let it return less.'
    case 'WindowAgg':
      return 'Rows of a partition are kept as long as the frame may reach them: a smaller frame, fewer columns or more work_mem keep them in memory.'
    case 'Aggregate':
      return 'It sorts its own input for DISTINCT or ORDER BY within an aggregate: more work_mem keeps that in memory.'
    default:
      return 'What it keeps the plan does not tell, perhaps in a function that it calls; more work_mem may keep it in memory.'
  }
}
