/** The debts of a plan, settled. */
import { cteDebts, payCte } from './ctes.ts'
import { initPlanDebts, payInitPlan } from './init-plans.ts'
import { type Debt, Ledger } from './ledger.ts'
import type { Inclusive } from './times.ts'
import type { TreeNode } from './tree.ts'

/**
 * Settles what is certain first, so that it is already taken off those who may have paid for the rest: a scan that
 * spent its time reading a CTE is not taken for one that ran an InitPlan.
 */
export function ledgerOf(nodes: readonly TreeNode[], inclusive: readonly Inclusive[]): Ledger {
  const ledger = new Ledger(nodes, inclusive)
  const debts = [...initPlanDebts(nodes), ...cteDebts(nodes)]
  for (const debt of debts) if (!isDoubtful(debt)) pay(debt, ledger)
  for (const debt of debts) if (isDoubtful(debt)) pay(debt, ledger)
  return ledger
}

function isDoubtful({ candidates }: Debt): boolean {
  return candidates.length > 1
}

function pay(debt: Debt, ledger: Ledger): void {
  ledger.settle(debt, debt.kind === 'InitPlan' ? payInitPlan(debt, ledger) : payCte(debt, ledger))
}
