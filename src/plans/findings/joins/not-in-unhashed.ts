import { things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { isList, numberIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { adviseHashMem } from './memory.ts'
import { inputsOf } from './sides.ts'
import { certainInclusiveMs, isTelling, savingOf } from './times.ts'

const LEAST_RUNS = 100

/**
 * `x NOT IN (SELECT …)` is hashed once if the planner expects the result to fit into the memory of a hash table, and
 * otherwise gone through for each row. Up to PostgreSQL 16 a plain `NOT (SubPlan 1)` may be NOT EXISTS as well; the
 * planner keeps the rows of a sub-query that does not depend on the row outside, so that tells which it is.
 */
export const notInUnhashed = {
  id: 'not-in-unhashed',
  about:
    'NOT IN with a sub-query that was not hashed: its rows are gone through 100 times or more, in time worth a finding.',
  source: 'manual 9.24.3 (NOT IN); subselect.c (subplan_is_hashable)',
  find: (context) => context.executed.flatMap((node) => findFor(node, context)),
} satisfies Rule

/** Whether a SubPlan is one that NOT IN goes through for each row. */
export function isUnhashedNotIn(node: PlanNode): boolean {
  const { kind, parent, subplan } = node
  if (kind !== 'SubPlan' || parent === null || subplan === null) return false
  const expressions = Object.values(parent.raw.properties).flatMap((value) =>
    isList(value) ? value : [value],
  )
  return expressions.some(
    (text) =>
      typeof text === 'string' &&
      ((text.includes(`NOT (${subplan})`) && KEEPING.has(node.type)) || isNotAny(text, subplan)),
  )
}

/** What gives its rows again without running what is below (ExecMaterializesOutput). */
const KEEPING: ReadonlySet<string> = new Set([
  ...['Materialize', 'Sort', 'CTE Scan', 'Function Scan', 'Table Function Scan', 'Named Tuplestore Scan'],
])

/** As PostgreSQL 17 and later print it: `NOT (ANY (id = (SubPlan 1).col1))`. */
function isNotAny(text: string, subplan: string): boolean {
  return text
    .split('NOT (ANY (')
    .slice(1)
    .some((rest) => rest.split('NOT (')[0]?.includes(`(${subplan}).col`) === true)
}

function findFor(node: PlanNode, context: RuleContext): readonly Found[] {
  const runs = node.loops ?? 0
  if (runs < LEAST_RUNS || !isUnhashedNotIn(node)) return []
  if (node.parent !== null && context.isStoppedEarly(node.parent)) return []
  if (!isTelling(context, certainInclusiveMs(node))) return []
  const kept = node.type === 'Materialize' ? (inputsOf(node)[0] ?? node) : node
  return [
    {
      node,
      savesMs: savingOf(context, node.inclWallMs * (1 - node.participants / runs)),
      title: `NOT IN goes through ${node.subplan ?? 'its sub-query'} ${things(runs, 'time')}`,
      ...adviceFor(node, context),
      evidence: [
        { label: 'runs', value: runs, unit: 'count' },
        ...(kept.rowsTotal === null
          ? []
          : [{ label: 'rows of the sub-query', value: kept.rowsTotal, unit: 'rows' } as const]),
        ...(node.rowsTotal === null
          ? []
          : [{ label: 'rows gone through', value: node.rowsTotal, unit: 'rows' } as const]),
      ],
    },
  ]
}

/** The header of a row in a hash table, as the planner reckons (SizeofHeapTupleHeader, aligned). */
const HEADER_BYTES = 24

/** Just what the planner compares with its memory: rows expected, times width and header. */
function adviceFor(node: PlanNode, context: RuleContext): Pick<Found, 'advice' | 'remedy'> {
  const rewrite = 'NOT EXISTS can be a join; it differs where a NULL is compared.'
  const rows = numberIn(node.raw.properties, 'Plan Rows')
  const width = numberIn(node.raw.properties, 'Plan Width')
  if (rows === null || width === null)
    return { advice: `${rewrite} Or raise work_mem to have it hashed.`, remedy: null }
  const bytesNeeded = rows * (Math.ceil(width / 8) * 8 + HEADER_BYTES) + 1
  const { advice, remedy } = adviseHashMem(bytesNeeded, 'it is hashed, if its type can be', context)
  return { advice: `${rewrite} ${advice}`, remedy }
}
