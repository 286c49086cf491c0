/** VACUUM as a remedy. */
import type { PlanFacts } from '../facts.ts'
import { relationOf } from '../names.ts'
import type { Scan } from './scan.ts'

/** How many tables a statement to copy may name. */
const MOST_TABLES = 20

/** The statement for all tables of a scan; null where one of them is not known, or there are too many to copy. */
export function vacuumOf({ members }: Scan, facts: PlanFacts | null): string | null {
  const tables = new Set(members.map((node) => relationOf(node, facts)))
  return tables.has(null) || tables.size > MOST_TABLES ? null : `VACUUM ${[...tables].join(', ')};`
}
