/** How an index that is not valid is made so, for a person to copy. */
import { qualified } from '#src/text/identifiers.ts'
import type { IndexFacts } from '../facts.ts'
import { reindexRemedy } from '../reindex.ts'
import type { Remedy } from '../verdict.ts'

/** Builds again what a failed build has left. */
export function rebuildRemedy(index: IndexFacts): Remedy {
  const { sql, notes } = reindexRemedy(index)
  const fails = index.row.is_unique === true ? ['It fails again while the table has duplicates.'] : []
  return { sql, notes: [...notes, ...fails] }
}

/** ALTER INDEX … ATTACH PARTITION for indexes that are there on partitions; null for none. */
export function attachRemedy(index: IndexFacts, parts: readonly IndexFacts[]): Remedy | null {
  if (parts.length === 0) return null
  const name = qualified(index.schema, index.name)
  return {
    sql: parts.map((part) => `ALTER INDEX ${name} ATTACH PARTITION ${qualified(part.schema, part.name)};`),
    notes: [
      'The server refuses a part that does not match; with the last one the index becomes valid.',
      'Takes ACCESS EXCLUSIVE on each part for a moment: set lock_timeout first.',
    ],
  }
}
