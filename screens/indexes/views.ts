/** The views of the Indexes screen: which verdicts each one shows. */
import { REPORTED_RATIO } from '#src/bloat/estimate.ts'
import type { Item, Verdict } from '#src/indexes/item.ts'

export type ViewId = 'findings' | 'droppable' | 'foreign-keys' | 'bloated' | 'hints' | 'all'

/** The views with their keys, in the order of the line. */
export const VIEWS = [
  { id: 'findings', key: 'f', label: 'findings', title: 'Show indexes that something is to be said of' },
  { id: 'droppable', key: 'd', label: 'can go', title: 'Show indexes that can go' },
  { id: 'foreign-keys', key: 'm', label: 'missing', title: 'Show foreign keys without an index' },
  { id: 'bloated', key: 'b', label: 'bloated', title: 'Show bloated indexes' },
  { id: 'hints', key: 'H', label: 'to review', title: 'Show what a person has to decide' },
  { id: 'all', key: 'A', label: 'all', title: 'Show all indexes' },
] as const satisfies readonly {
  readonly id: ViewId
  readonly key: string
  readonly label: string
  readonly title: string
}[]

const DROPPABLE: ReadonlySet<Verdict> = new Set(['duplicate', 'redundant', 'unused'])
const HINTS: ReadonlySet<Verdict> = new Set(['partial', 'low use', 'review', 'hint'])
const QUIET: ReadonlySet<Verdict> = new Set(['unknown', 'ok'])

/** Whether an item is in a view. */
export function isIn(view: ViewId, { verdict, index, bloat, isMinor }: Item): boolean {
  switch (view) {
    case 'findings':
      return !QUIET.has(verdict) && !HINTS.has(verdict) && !isMinor
    case 'droppable':
      return DROPPABLE.has(verdict)
    case 'foreign-keys':
      return index === null && verdict !== 'ok'
    case 'bloated':
      return verdict === 'bloated' || (bloat?.isKnown === true && bloat.ratio >= REPORTED_RATIO)
    case 'hints':
      return HINTS.has(verdict)
    case 'all':
      return index !== null || verdict !== 'ok'
  }
}
