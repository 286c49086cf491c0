/** How an index would be dropped, for a person to copy. Whether it should be is for the verdicts to say. */
import { qualified, quoteIdentifier } from '#src/text/identifiers.ts'
import type { IndexFacts } from './facts.ts'
import type { Remedy } from './verdict.ts'

/**
 * DROP INDEX for a plain index. Null where the server refuses it or nobody should be offered it: what backs a
 * constraint or is referenced by a foreign key, what is attached to the index of a partitioned table, the replica
 * identity, what belongs to an extension, and what belongs to one session.
 */
export function dropRemedy(index: IndexFacts): Remedy | null {
  if (index.row.constraint_name !== null || index.row.is_exclusion === true || isKept(index)) return null
  const name = qualified(index.schema, index.name)
  return index.isPartitioned
    ? { sql: [`DROP INDEX ${name};`], notes: [PARTITIONED] }
    : { sql: [`DROP INDEX CONCURRENTLY ${name};`], notes: [CONCURRENTLY] }
}

/**
 * ALTER TABLE … DROP CONSTRAINT for what backs a unique constraint, null for all else: also for primary keys and
 * exclusion constraints, which no other index can stand for.
 */
export function dropConstraintRemedy(index: IndexFacts): Remedy | null {
  const { constraint_name: constraint, constraint_type: type } = index.row
  if (constraint === null || type !== 'u' || isKept(index)) return null
  const table = qualified(index.schema, index.table)
  return {
    sql: [`ALTER TABLE ${table} DROP CONSTRAINT ${quoteIdentifier(constraint)};`],
    notes: [index.isPartitioned ? PARTITIONED : CONSTRAINT],
  }
}

function isKept({ row, isAttached }: IndexFacts): boolean {
  return (
    isAttached ||
    row.is_primary === true ||
    row.is_replica_identity === true ||
    Number(row.foreign_keys ?? 0) > 0 ||
    row.extension !== null ||
    row.persistence === 't'
  )
}

const CONCURRENTLY =
  'Cannot run inside a transaction, and waits for the transactions that use the table at that time.'
const CONSTRAINT = 'Takes ACCESS EXCLUSIVE on the table: set lock_timeout first.'
const PARTITIONED =
  'Takes ACCESS EXCLUSIVE on the table and all its partitions: set lock_timeout first. CONCURRENTLY is refused here.'
