/** A case of the verdicts on shapes: indexes side by side, with the verdict on each beside them. */

export interface StructureCase {
  readonly name: string
  /** Made in a schema of its own, first in the search path. */
  readonly sql: string
  /** For every index of the schema: the verdict, and the index that does its work or is to be compared. */
  readonly verdicts: Readonly<Record<string, string>>
  /** Server version from which on it can be made. */
  readonly since?: number
  /** A statement that a unique index or a constraint refuses, with and without what the verdicts offer to drop. */
  readonly refused?: string
}

const T = `CREATE TABLE t (a int, b int, c int, d int, e text, v varchar(20), p point, r int4range, j jsonb, n int[], x text COLLATE "C", s tsvector, f cidr, q char(9));`
export const TWICE = 'INSERT INTO t (a, b) VALUES (1, 1), (1, 1)'
const PARTS = `CREATE TABLE t (a int NOT NULL, b int, c int, e text) PARTITION BY RANGE (a);
  CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100); CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200);`

type Verdicts = Readonly<Record<string, string>>
type More = Pick<StructureCase, 'since' | 'refused'>

/** Indexes i, j, k … on a plain table, each as what follows its name and ON t. */
export function on(name: string, indexes: string, verdicts: Verdicts, more: More = {}): StructureCase {
  const sql = indexes.split(' | ').map((each, at) => {
    const unique = each.startsWith('unique ') ? 'UNIQUE ' : ''
    const rest = each.replace(/^unique /, '')
    return `CREATE ${unique}INDEX ${'ijklm'[at]} ON t ${rest};`
  })
  return { name, sql: `${T} ${sql.join(' ')}`, verdicts, ...more }
}

export function made(name: string, sql: string, verdicts: Verdicts, more: More = {}): StructureCase {
  return { name, sql: `${T} ${sql}`, verdicts, ...more }
}

export function parts(name: string, sql: string, verdicts: Verdicts, more: More = {}): StructureCase {
  return { name, sql: `${PARTS} ${sql}`, verdicts, ...more }
}

export const both = { i: 'keep', j: 'keep' } as const
export const first = { i: 'duplicate j', j: 'keep' } as const
export const second = { i: 'keep', j: 'duplicate i' } as const
export const longer = { i: 'redundant j', j: 'keep' } as const
export const look = { i: 'keep', j: 'review i' } as const
