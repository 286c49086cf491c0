/** What nodes of a plan can be filtered by. */
import type { FilterColumn } from '#src/view/filter.ts'
import type { PlanRow } from '#src/view/plan/rows.ts'
import { subplanTag, titleOf } from '#src/view/plan/titles.ts'

export const nodeFilterColumns: readonly FilterColumn<PlanRow>[] = [
  { id: 'node', kind: 'text', value: ({ node }) => `${subplanTag(node)}${titleOf(node)}` },
  { id: 'self', kind: 'seconds', value: ({ node }) => node.exclWallMs / 1000 },
  { id: 'total', kind: 'seconds', value: ({ node }) => node.inclWallMs / 1000 },
  { id: 'rows', kind: 'count', value: ({ node }) => node.rowsTotal },
  { id: 'loops', kind: 'count', value: ({ node }) => node.loops },
  {
    id: 'estimate',
    kind: 'count',
    value: ({ node }) => (node.estimate?.applicable === true ? node.estimate.factor : null),
  },
  // The conditions and whatever else is printed: `text:customer_id` finds who uses the column.
  { id: 'text', kind: 'text', value: ({ node }) => propertiesText(node.raw.properties), isNamedOnly: true },
]

function propertiesText(properties: PlanRow['node']['raw']['properties']): string {
  return Object.values(properties)
    .filter((value) => typeof value === 'string' || Array.isArray(value))
    .join(' ')
}
