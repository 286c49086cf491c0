/** What a node does in a plan, whichever way it does it. */

export const APPEND = 'append'

/** Types by what they do. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  scan: [
    'Seq Scan',
    'Sample Scan',
    'Index Scan',
    'Index Only Scan',
    'Bitmap Heap Scan',
    'Tid Scan',
    'Tid Range Scan',
    'Foreign Scan',
    'Custom Scan',
    'Function Scan',
    'Table Function Scan',
    'Values Scan',
    'CTE Scan',
    'WorkTable Scan',
    'Named Tuplestore Scan',
  ],
  join: ['Nested Loop', 'Hash Join', 'Merge Join'],
  sort: ['Sort', 'Incremental Sort'],
  aggregate: ['Aggregate', 'Group', 'Unique'],
  gather: ['Gather', 'Gather Merge'],
  [APPEND]: ['Append', 'Merge Append'],
  cache: ['Materialize', 'Memoize'],
  'bitmap of bitmaps': ['BitmapAnd', 'BitmapOr'],
}

const ROLES: ReadonlyMap<string, string> = new Map(
  Object.entries(TYPES).flatMap(([role, types]) => types.map((type) => [type, role] as const)),
)

/**
 * The role of a type of node: nodes of one role stand in for each other, as a Hash Join for a Merge Join, or a
 * HashAggregate for a Unique over a Sort. Every other type is a role of its own.
 */
export function roleOf(type: string): string {
  return ROLES.get(type) ?? type
}
