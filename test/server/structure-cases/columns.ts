/** Columns, their order and its ends. */
import { both, longer, on, type StructureCase, second, TWICE } from './case.ts'

export const plain: readonly StructureCase[] = [
  on('alone', '(a)', { i: 'keep' }),
  on('twins', '(a) | (a)', second),
  on('three of a kind', '(a) | (a) | (a)', { i: 'keep', j: 'duplicate i', k: 'duplicate i' }),
  on('twins of two columns', '(a, b) | (a, b)', second),
  on('the first column of two', '(a) | (a, b)', longer),
  on('the first column of two, made later', '(a, b) | (a)', { i: 'keep', j: 'redundant i' }),
  on('a chain', '(a) | (a, b) | (a, b, c)', { i: 'redundant k', j: 'redundant k', k: 'keep' }),
  on('a chain with twins', '(a) | (a) | (a, b) | (a, b)', {
    i: 'redundant k',
    j: 'redundant k',
    k: 'keep',
    l: 'duplicate k',
  }),
  on('two longer ones', '(a) | (a, b) | (a, c)', { i: 'redundant j', j: 'keep', k: 'keep' }),
  on('the shortest of the longer ones', '(a) | (a, b, c) | (a, d)', {
    i: 'redundant k',
    j: 'keep',
    k: 'keep',
  }),
  on('another order of columns', '(a, b) | (b, a)', both),
  on('the last column of two', '(b) | (a, b)', both),
  on('other columns', '(a) | (b)', both),
  on('the same first, another second', '(a, b) | (a, c)', both),
  on('not all columns in a row', '(a, c) | (a, b, c)', both),
  on('a column twice', '(a, a) | (a)', { i: 'keep', j: 'redundant i' }),
  {
    name: 'columns 1 and 10',
    sql: 'CREATE TABLE t (c1 int, c2 int, c3 int, c4 int, c5 int, c6 int, c7 int, c8 int, c9 int, c10 int, c11 int); CREATE INDEX i ON t (c1); CREATE INDEX j ON t (c10); CREATE INDEX k ON t (c11, c1); CREATE INDEX l ON t (c1, c1)',
    verdicts: { i: 'redundant l', j: 'keep', k: 'keep', l: 'keep' },
  },
  {
    name: 'the same columns of other tables',
    sql: 'CREATE TABLE t (a int); CREATE TABLE u (a int); CREATE INDEX i ON t (a); CREATE INDEX j ON u (a)',
    verdicts: both,
  },
  {
    name: 'a table that inherits',
    sql: 'CREATE TABLE t (a int); CREATE TABLE u () INHERITS (t); CREATE INDEX i ON t (a); CREATE INDEX j ON u (a); CREATE INDEX k ON u (a)',
    verdicts: { i: 'keep', j: 'keep', k: 'duplicate j' },
  },
  on('fillfactor', '(a) | (a) WITH (fillfactor = 70)', second),
  on('deduplicate_items', '(e) WITH (deduplicate_items = off) | (e)', second),
  on('enums and arrays', '(n) | (n)', second),
]

const OPTIONS = ['ASC NULLS LAST', 'DESC NULLS LAST', 'ASC NULLS FIRST', 'DESC NULLS FIRST'] as const

/** Two columns in all orders beside a given one. */
function flips(a: number, b: number): readonly StructureCase[] {
  return OPTIONS.flatMap((one, at) =>
    OPTIONS.map((other, otherAt) => {
      const isSame = at === a && otherAt === b
      const isFlipped = (at ^ 3) === a && (otherAt ^ 3) === b
      return on(
        `${OPTIONS[a]}, ${OPTIONS[b]} beside ${one}, ${other}`,
        `(a ${OPTIONS[a]}, b ${OPTIONS[b]}) | (a ${one}, b ${other})`,
        isSame || isFlipped ? second : both,
      )
    }),
  )
}

export const orders: readonly StructureCase[] = [
  ...flips(0, 0),
  ...flips(1, 2),
  ...flips(3, 0),
  on('backwards', '(a) | (a DESC)', second),
  on('NULLs at the other end', '(a) | (a NULLS FIRST)', both),
  on('backwards, NULLs at the other end', '(a) | (a DESC NULLS LAST)', both),
  on('both ways with NULLs moved', '(a NULLS FIRST) | (a DESC NULLS LAST)', second),
  on('backwards before another', '(a DESC) | (a, b)', longer),
  on('two backwards before a third', '(a DESC, b) | (a, b DESC, c)', longer),
  on('one of two backwards before a third', '(a, b DESC) | (a, b, c)', both),
  on('NULLs first before another', '(a NULLS FIRST) | (a, b)', both),
  on('unique, backwards', 'unique (a) | unique (a DESC)', second, { refused: TWICE }),
  on('unique, NULLs at the other end', 'unique (a) | unique (a NULLS FIRST)', both),
]
