/** Columns of documents that are no rows of one entry. */
import type { Column } from '#queries/define.ts'

/** A column by id and kind; what it means is told where the document is. */
export function documentColumn(id: string, kind: Column['kind']): Column {
  return { id, label: id, kind, meaning: '' }
}
