/** Exact sizes for a one-shot answer: of the largest relations, in parts that the server answers quickly. */
import type { EntryRow } from '#queries/define.ts'
import { relationSizes } from '#queries/relation-sizes.ts'
import type { Ask } from './ask.ts'

/** Each relation leaves some kilobytes in the session's caches. */
const MOST = 1000
const PART = 200

/** By oid; what was not asked, or could not be told, is missing. */
export async function readExactSizes(
  ask: Ask,
  oids: readonly number[],
): Promise<ReadonlyMap<number, EntryRow<typeof relationSizes>>> {
  const sizes = new Map<number, EntryRow<typeof relationSizes>>()
  const asked = oids.slice(0, MOST)
  for (let at = 0; at < asked.length; at += PART) {
    const outcome = await ask(relationSizes, [asked.slice(at, at + PART)])
    if (!outcome.ok) break
    for (const row of outcome.rows) sizes.set(row.relid ?? 0, row)
  }
  return sizes
}
