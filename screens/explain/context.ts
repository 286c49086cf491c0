/** What the views and the keys of the Explain screen need of its model. */
import type { Entry } from '#queries/define.ts'
import type { Scope } from '#src/keys/binding.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import type { Drawable } from '#src/theme/theme.ts'
import type { App } from '#src/ui/app.ts'
import type { Command } from '#src/ui/command.ts'
import type { Readable } from '#src/ui/store.ts'
import type { Look } from '#src/view/plan/look.ts'
import type { Current, History } from './history.ts'
import type { Runs } from './runs.ts'

export type ViewId = 'tree' | 'timeline' | 'findings' | 'relations' | 'types' | 'diff' | 'raw' | 'statements'

export interface ExplainContext {
  readonly app: App
  readonly history: History
  readonly runs: Runs
  /** What is measured and by whose clock: what was chosen, as far as the plan has it. */
  readonly look: Readable<Look>
  choose(look: Partial<Look>): void
  /** The statement that is looked at; null before there is any. */
  readonly current: Readable<Current | null>
  readonly view: Readable<ViewId>
  show(view: ViewId): void
  /** Shows the tree; going back leads to the view that is shown now. */
  showTreeFromHere(): void
  /** Shows a node in the tree, with the cursor on it. */
  goToNode(node: PlanNode): void
  /** Puts the cursor of the tree on the node that took most, so that the advice for it shows. */
  goToHottest(): void
  openDetail(node: PlanNode): void
}

/** One way to look at a plan: a body of lines with its keys. */
export interface View {
  readonly commands: readonly Command[]
  readonly scopes: readonly Scope[]
  /** What is asked of the server for it. */
  readonly entries: readonly Entry[]
  lines(width: number, height: number): readonly Drawable[]
  subscribe(listener: () => void): () => void
  open(): void
  close(): void
  /** Clears a filter or a search; false when there is none. */
  back(): boolean
  /** What its filter or search says of itself; empty for nothing. */
  summary(): string
}
