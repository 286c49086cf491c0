/** What the planner expected against what came. */
import { hasRun, type TreeNode } from './tree.ts'
import { numberIn } from './values.ts'

/** `over`: the planner expected more than came. */
export type Direction = 'over' | 'under' | 'exact'

export interface Comparison {
  readonly direction: Direction
  /** How many times as many as the other, 1 or more. */
  readonly factor: number
}

/** Why the two cannot be compared. */
export type NotApplicable = 'not executed' | 'never executed' | 'bitmap' | 'no rows returned'

export type Estimate = {
  /** Rows expected of each loop. */
  readonly planRows: number
  /** The average of the rows of a loop; null in a plan that was not executed. */
  readonly actualRowsPerLoop: number | null
} & (
  | ({
      readonly applicable: true
      /** The average was rounded to 0 and was at most half a digit, so the factor is at least this. */
      readonly isAtLeast: boolean
      /** For a node whose rows are spread over the participants: all of them together. */
      readonly spread: SpreadEstimate | null
    } & Comparison)
  | { readonly applicable: false; readonly reason: NotApplicable }
)

/** The comparison over all participants of a node that each of them runs a part of. */
export interface SpreadEstimate extends Comparison {
  /** How many participants the planner divided the rows by. */
  readonly divisor: number
  readonly planRows: number
  readonly actualRows: number
}

/** What else the comparison depends on. */
export interface EstimateContext {
  /** How far the rows of one loop may be off. */
  readonly rowRounding: number
  /** The divisor of the rows of this node and how often its Gather ran; null where its rows are not spread. */
  readonly spread: { readonly divisor: number; readonly gatherLoops: number } | null
}

/** The estimate of a node by loop; null where it was not printed (COSTS OFF). */
export function estimateOf(node: TreeNode, context: EstimateContext): Estimate | null {
  const planRows = numberIn(node.raw.properties, 'Plan Rows')
  if (planRows === null) return null
  const printed = numberIn(node.raw.properties, 'Actual Rows')
  const actualRowsPerLoop = node.loops === 0 ? (printed ?? 0) : printed
  const reason = reasonAgainst(node, planRows, actualRowsPerLoop)
  if (reason !== null || actualRowsPerLoop === null)
    return { applicable: false, reason: reason ?? 'not executed', planRows, actualRowsPerLoop }
  const loops = node.loops ?? 1
  const isAtLeast = actualRowsPerLoop === 0 && loops > 1
  // The planner never expects less than one row, so none in a single loop is what it said at its least.
  const actual = actualRowsPerLoop > 0 ? actualRowsPerLoop : loops > 1 ? context.rowRounding : 1
  return {
    applicable: true,
    planRows,
    actualRowsPerLoop,
    isAtLeast,
    ...compare(planRows, actual),
    spread: spreadOver(node, { planRows, actualRowsPerLoop }, context),
  }
}

/**
 * BitmapAnd and BitmapOr always report 0 rows; a ModifyTable without RETURNING is expected to give none (PostgreSQL
 * 14 and later).
 */
function reasonAgainst(node: TreeNode, planRows: number, actual: number | null): NotApplicable | null {
  if (node.loops === null || actual === null) return 'not executed'
  if (!hasRun(node)) return 'never executed'
  if (node.type === 'BitmapAnd' || node.type === 'BitmapOr') return 'bitmap'
  return node.type === 'ModifyTable' && planRows === 0 ? 'no rows returned' : null
}

function compare(planRows: number, actual: number): Comparison {
  const expected = Math.max(planRows, Math.min(1, actual))
  const direction = expected > actual ? 'over' : expected < actual ? 'under' : 'exact'
  return { direction, factor: Math.max(expected, actual) / Math.min(expected, actual) }
}

function spreadOver(
  { loops }: TreeNode,
  rows: { readonly planRows: number; readonly actualRowsPerLoop: number },
  { spread }: EstimateContext,
): SpreadEstimate | null {
  if (spread === null) return null
  const planRows = rows.planRows * spread.divisor
  const actualRows = (rows.actualRowsPerLoop * (loops ?? 1)) / spread.gatherLoops
  return {
    divisor: spread.divisor,
    planRows,
    actualRows,
    ...compare(planRows, Math.max(1, actualRows)),
  }
}
