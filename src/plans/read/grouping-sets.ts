import type { PlanObject, PlanValue } from '../plan.ts'
import { splitList } from './quotes.ts'

/** A line with keys of an aggregate. */
export interface KeyLine {
  readonly key: 'Group Key' | 'Hash Key' | 'Sort Key'
  readonly value: string
  readonly indent: number
}

/**
 * The keys of an aggregate. Text prints grouping sets as lines of the same names as a plain GROUP BY has; they are
 * sets where there is more than one line, or one that only sets have.
 */
export function groupingOf(lines: readonly KeyLine[]): PlanObject {
  const [first] = lines
  if (first === undefined) return {}
  if (lines.length === 1 && first.key === 'Group Key' && first.value !== '()') {
    return { 'Group Key': splitList(first.value) }
  }
  const sets: Record<string, PlanValue[]>[] = []
  let before: KeyLine | undefined
  for (const line of lines) {
    // One rollup prints several `Group Key` lines; every hashed set is one of its own.
    const goesOn = line.key === 'Group Key' && before !== undefined && before.key !== 'Hash Key'
    if (!goesOn) sets.push({})
    const set = sets.at(-1)
    if (set !== undefined) {
      const keys = line.value === '()' ? [] : splitList(line.value)
      if (line.key === 'Sort Key') set['Sort Key'] = [...keys]
      else {
        const lists = set[`${line.key}s`] ?? []
        lists.push(keys)
        set[`${line.key}s`] = lists
      }
    }
    before = line
  }
  return { 'Grouping Sets': sets }
}
