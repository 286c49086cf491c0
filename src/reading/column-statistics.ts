/** What the bloat estimates need, for the largest relations alone: of a large database, all would take seconds. */
import { columnStatistics, MOST_ANALYZED_RELATIONS } from '#queries/column-statistics.ts'
import type { EntryRow } from '#queries/define.ts'
import type { Asker } from './ask.ts'

/** Nothing below is worth a rebuild, whatever its bloat: blocks. */
const LEAST_PAGES = 16

/** A relation and how much there is to win in it. */
export interface Candidate {
  readonly oid: number
  readonly pages: number
}

/** The statistics of the columns of the largest candidates and of what `withThem` names beside each. */
export async function readColumnStatistics(
  asker: Asker,
  candidates: readonly Candidate[],
  withThem: (oid: number) => readonly number[] = () => [],
): Promise<readonly EntryRow<typeof columnStatistics>[]> {
  const largest = candidates.filter(({ pages }) => pages >= LEAST_PAGES).toSorted((a, b) => b.pages - a.pages)
  const oids = new Set<number>()
  for (const { oid } of largest) {
    const together = [oid, ...withThem(oid)]
    if (oids.size + together.length > MOST_ANALYZED_RELATIONS) break
    for (const each of together) oids.add(each)
  }
  return oids.size === 0 ? [] : await asker.rows('bloat', columnStatistics, [[...oids]])
}
