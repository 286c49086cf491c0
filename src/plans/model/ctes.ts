/** Who paid for a CTE. */
import { STARTUP_SLACK_MS } from './init-plans.ts'
import type { Debt, Ledger, Share } from './ledger.ts'
import { hasRun, type TreeNode } from './tree.ts'
import { textIn } from './values.ts'

/** The debts for CTEs that ran; the CTE Scans that ran are who may have paid. */
export function cteDebts(nodes: readonly TreeNode[]): readonly Debt[] {
  const scans = scansByCte(nodes)
  return nodes.flatMap((node) =>
    node.kind === 'CTE' && hasRun(node)
      ? [{ kind: node.kind, of: node, candidates: (scans.get(node) ?? []).filter(hasRun) }]
      : [],
  )
}

/**
 * A CTE Scan pulls the rows that nobody pulled before it, so the one who reads first pays: scans that started no
 * earlier than the CTE did, then the others; the larger first, each as much as it has time for. What is left ran
 * outside of the root: the executor finishes a data-modifying CTE after the main query (ExecPostprocessPlan), and its
 * time is in Execution Time only.
 */
export function payCte(debt: Debt, ledger: Ledger): readonly Share[] {
  const { startupWallMs, wallMs } = ledger.inclusiveOf(debt.of)
  let remaining = wallMs
  return readingOrder(debt.candidates, startupWallMs, ledger).map((payer) => {
    const ms = Math.min(remaining, Math.max(0, ledger.ownMs(payer)))
    remaining -= ms
    return { payer, ms }
  })
}

function readingOrder(
  scans: readonly TreeNode[],
  startupWallMs: number,
  ledger: Ledger,
): readonly TreeNode[] {
  const hasWaited = (scan: TreeNode): boolean =>
    ledger.inclusiveOf(scan).startupWallMs >= startupWallMs - STARTUP_SLACK_MS
  const size = (scan: TreeNode): number => ledger.inclusiveOf(scan).wallMs
  return scans.toSorted(
    (one, other) => Number(hasWaited(other)) - Number(hasWaited(one)) || size(other) - size(one),
  )
}

/**
 * The CTE Scans of each CTE. A name belongs to the nearest node above that owns a CTE of that name, and within a CTE
 * its own name means one further up (what reads itself is a WorkTable Scan).
 */
function scansByCte(nodes: readonly TreeNode[]): ReadonlyMap<TreeNode, readonly TreeNode[]> {
  const scans = new Map<TreeNode, TreeNode[]>()
  const scopes = new Scopes()
  for (const node of nodes) {
    scopes.moveTo(node)
    if (node.type !== 'CTE Scan') continue
    const cte = scopes.resolve(textIn(node.raw.properties, 'CTE Name') ?? '')
    if (cte === undefined) continue
    const reading = scans.get(cte)
    if (reading === undefined) scans.set(cte, [node])
    else reading.push(node)
  }
  return scans
}

/** The CTEs that names mean at a node, kept up while going through the plan in pre-order. */
class Scopes {
  readonly #visible = new Map<string, TreeNode[]>()
  /** What to undo when the subtree of a node is left, the innermost last. */
  readonly #entered: { readonly end: number; readonly leave: () => void }[] = []

  moveTo(node: TreeNode): void {
    for (let last = this.#entered.at(-1); last !== undefined && last.end <= node.index; ) {
      last.leave()
      this.#entered.pop()
      last = this.#entered.at(-1)
    }
    if (node.kind === 'CTE') this.#hide(node)
    for (const child of node.children) if (child.kind === 'CTE') this.#show(child, node.end)
  }

  resolve(name: string): TreeNode | undefined {
    return this.#visible.get(name)?.at(-1)
  }

  #show(cte: TreeNode, end: number): void {
    const meant = this.#meant(cte)
    meant.push(cte)
    this.#entered.push({ end, leave: () => meant.splice(meant.lastIndexOf(cte), 1) })
  }

  #hide(cte: TreeNode): void {
    const meant = this.#meant(cte)
    const place = meant.lastIndexOf(cte)
    meant.splice(place, 1)
    this.#entered.push({ end: cte.end, leave: () => meant.splice(place, 0, cte) })
  }

  #meant(cte: TreeNode): TreeNode[] {
    const name = nameOf(cte)
    const meant = this.#visible.get(name) ?? []
    this.#visible.set(name, meant)
    return meant
  }
}

function nameOf({ raw }: TreeNode): string {
  return (textIn(raw.properties, 'Subplan Name') ?? '').slice('CTE '.length)
}
