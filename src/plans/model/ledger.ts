/** Who paid for which sub-plan, and what is left of each node's time as its own. */
import { isWithinParent } from './kind.ts'
import type { Inclusive } from './times.ts'
import type { TreeNode } from './tree.ts'

/** The run of an InitPlan or a CTE: time that lies within some node other than the one it hangs below. */
export interface Debt {
  readonly kind: 'InitPlan' | 'CTE'
  /** The sub-plan that ran. */
  readonly of: TreeNode
  /** The nodes that may have paid for it, in pre-order. */
  readonly candidates: readonly TreeNode[]
}

export interface Share {
  readonly payer: TreeNode
  readonly ms: number
}

/** A debt with what each paid; the one that had to pay first comes first. */
export interface Settled extends Debt {
  readonly shares: readonly Share[]
  /** What no candidate had time for: it ran outside the tree of the root, or is rounding. */
  readonly outsideMs: number
}

/** Between which times a node's own lies, where more than one could have paid. */
export interface Range {
  readonly minMs: number
  readonly maxMs: number
}

/** The own time of each node, getting less as debts are paid. */
export class Ledger {
  readonly settled: Settled[] = []
  readonly #inclusive: readonly Inclusive[]
  readonly #own: number[]
  /** The sub-plans that a node may have paid for or not, and what it paid of them. */
  readonly #doubtful = new Map<TreeNode, { mostMs: number; paidMs: number }>()

  /** Starts with the inclusive time less that of all children which run within the node itself. */
  constructor(nodes: readonly TreeNode[], inclusive: readonly Inclusive[]) {
    this.#inclusive = inclusive
    this.#own = inclusive.map(({ wallMs }) => wallMs)
    for (const { parent, kind, index } of nodes) {
      if (parent === null || !isWithinParent(kind)) continue
      this.#own[parent.index] = this.ownMs(parent) - (inclusive[index]?.wallMs ?? 0)
    }
  }

  /** May be below 0, by rounding or because workers ran while the leader was above their Gather. */
  ownMs({ index }: TreeNode): number {
    return this.#own[index] ?? 0
  }

  inclusiveOf({ index }: TreeNode): Inclusive {
    return this.#inclusive[index] ?? NOTHING
  }

  settle(debt: Debt, shares: readonly Share[]): void {
    const owed = this.inclusiveOf(debt.of).wallMs
    let outsideMs = owed
    for (const { payer, ms } of shares) {
      this.#own[payer.index] = this.ownMs(payer) - ms
      outsideMs -= ms
    }
    this.settled.push({ ...debt, shares, outsideMs })
    if (debt.candidates.length < 2) return
    for (const candidate of debt.candidates) {
      const { mostMs, paidMs } = this.#doubtful.get(candidate) ?? { mostMs: 0, paidMs: 0 }
      const paid = shares.find(({ payer }) => payer === candidate)?.ms ?? 0
      this.#doubtful.set(candidate, { mostMs: mostMs + owed, paidMs: paidMs + paid })
    }
  }

  /** From having paid all that it may owe, to having paid none of it; null where there is no doubt. */
  rangeOf(node: TreeNode): Range | null {
    const doubt = this.#doubtful.get(node)
    if (doubt === undefined) return null
    const unpaid = this.ownMs(node) + doubt.paidMs
    return { minMs: Math.max(0, unpaid - doubt.mostMs), maxMs: Math.max(0, unpaid) }
  }
}

const NOTHING: Inclusive = { sumMs: 0, wallMs: 0, startupWallMs: 0, roundingMs: 0 }
