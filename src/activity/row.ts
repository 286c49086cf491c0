/** The rows that everything about sessions is made of. */
import type { activity } from '#queries/activity.ts'
import type { EntryRow } from '#queries/define.ts'

/** One row of the `activity` entry. */
export type ActivityRow = EntryRow<typeof activity>
