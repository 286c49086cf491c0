/** How an index would be built anew, for a person to copy. */
import { qualified } from '#src/text/identifiers.ts'
import type { IndexFacts } from './facts.ts'
import type { Remedy } from './verdict.ts'

/** REINDEX without stopping writes, but for an exclusion constraint, where the server refuses that (manual: REINDEX). */
export function reindexRemedy(index: IndexFacts): Remedy {
  const name = qualified(index.schema, index.name)
  return index.row.is_exclusion === true
    ? {
        sql: [`REINDEX INDEX ${name};`],
        notes: [
          'Blocks writes to the table for as long as it takes: CONCURRENTLY is refused for an exclusion constraint.',
        ],
      }
    : {
        sql: [`REINDEX INDEX CONCURRENTLY ${name};`],
        notes: [
          'Cannot run inside a transaction, waits for older transactions, and needs room for a second copy.',
          'When it fails it leaves an invalid index whose name ends in _ccnew: drop that one.',
        ],
      }
}
