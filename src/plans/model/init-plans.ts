/** Who paid for an InitPlan. */
import type { Debt, Ledger, Share } from './ledger.ts'
import { regionsOf } from './participants.ts'
import { type References, referencesOf, valuesOf } from './references.ts'
import { hasRun, isWithin, type TreeNode } from './tree.ts'

/** Startup times are compared within two roundings up and two down. */
export const STARTUP_SLACK_MS = 0.002

/**
 * The debts for InitPlans that ran. PostgreSQL runs an InitPlan when its value is first needed (ExecSetParamPlan), so
 * its time lies within the node that needed it and all above that, up to the owner. Where nothing visible mentions the
 * value it is the owner's: that is what a target list without VERBOSE looks like.
 */
export function initPlanDebts(nodes: readonly TreeNode[]): readonly Debt[] {
  const references = referencesOf(nodes)
  const regions = regionsOf(nodes)
  return nodes.flatMap((node) => {
    const { kind, parent } = node
    if (kind !== 'InitPlan' || parent === null || !hasRun(node)) return []
    const needing = consumersOf(node, references).map((consumer) => evaluatorOf(consumer, parent, regions))
    const candidates = [...new Set(needing)].filter(hasRun).toSorted((one, other) => one.index - other.index)
    return [{ kind, of: node, candidates: candidates.length > 0 ? candidates : [parent] }]
  })
}

/**
 * One pays all. Of several candidates it is one whose startup is long enough to contain the InitPlan: the first to run
 * had to wait for it before its first row; and of those the one with the most time left.
 */
export function payInitPlan(debt: Debt, ledger: Ledger): readonly Share[] {
  const ms = ledger.inclusiveOf(debt.of).wallMs
  const waited = debt.candidates.filter(
    (candidate) => ledger.inclusiveOf(candidate).startupWallMs >= ms - STARTUP_SLACK_MS,
  )
  const [first, ...rest] = waited.length > 0 ? waited : debt.candidates
  if (first === undefined) return []
  const payer = rest.reduce((most, each) => (ledger.ownMs(each) > ledger.ownMs(most) ? each : most), first)
  return [{ payer, ms }]
}

/** The nodes below the owner that mention the value, except those of the InitPlan itself. */
function consumersOf(initPlan: TreeNode, references: References): readonly TreeNode[] {
  const { parent } = initPlan
  return valuesOf(initPlan)
    .flatMap((value) => references.get(value) ?? [])
    .filter((node) => parent !== null && isWithin(node, parent) && !isWithin(node, initPlan))
}

/**
 * A Gather evaluates what its workers will need before it starts them (ExecParallelCreate serializes the values), so
 * it is the outermost Gather between the owner and the consumer that pays; the owner itself counts.
 */
function evaluatorOf(consumer: TreeNode, owner: TreeNode, regions: readonly (TreeNode | null)[]): TreeNode {
  let evaluator = consumer
  for (
    let gather = regions[consumer.index] ?? null;
    gather !== null;
    gather = regions[gather.index] ?? null
  ) {
    if (!isWithin(gather, owner)) break
    evaluator = gather
  }
  return evaluator
}
