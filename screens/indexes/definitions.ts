/** What was asked about indexes for a detail. */
import type { EntryRow } from '#queries/define.ts'
import type { indexDefinition } from '#queries/index-definition.ts'
import type { Failure } from '#src/server/contract.ts'

export type DefinitionRow = EntryRow<typeof indexDefinition>

/** Definitions by oid of the index, or why there are none. */
export interface Definitions {
  readonly rows: ReadonlyMap<number, DefinitionRow>
  readonly failure: Failure | null
}
