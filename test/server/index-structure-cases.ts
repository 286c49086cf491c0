/** Indexes side by side, with the verdict on each beside them. */

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
const TWICE = 'INSERT INTO t (a, b) VALUES (1, 1), (1, 1)'
const PARTS = `CREATE TABLE t (a int NOT NULL, b int, c int, e text) PARTITION BY RANGE (a);
  CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100); CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200);`

type Verdicts = Readonly<Record<string, string>>
type More = Pick<StructureCase, 'since' | 'refused'>

/** Indexes i, j, k … on a plain table, each as what follows its name and ON t. */
function on(name: string, indexes: string, verdicts: Verdicts, more: More = {}): StructureCase {
  const sql = indexes.split(' | ').map((each, at) => {
    const unique = each.startsWith('unique ') ? 'UNIQUE ' : ''
    const rest = each.replace(/^unique /, '')
    return `CREATE ${unique}INDEX ${'ijklm'[at]} ON t ${rest};`
  })
  return { name, sql: `${T} ${sql.join(' ')}`, verdicts, ...more }
}

function made(name: string, sql: string, verdicts: Verdicts, more: More = {}): StructureCase {
  return { name, sql: `${T} ${sql}`, verdicts, ...more }
}

function parts(name: string, sql: string, verdicts: Verdicts, more: More = {}): StructureCase {
  return { name, sql: `${PARTS} ${sql}`, verdicts, ...more }
}

const both = { i: 'keep', j: 'keep' } as const
const first = { i: 'duplicate j', j: 'keep' } as const
const second = { i: 'keep', j: 'duplicate i' } as const
const longer = { i: 'redundant j', j: 'keep' } as const
const look = { i: 'keep', j: 'review i' } as const

const plain: readonly StructureCase[] = [
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

const orders: readonly StructureCase[] = [
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

const expressions: readonly StructureCase[] = [
  on('expression', '(lower(e)) | (  lower(  e  ))', second),
  on('another function', '(lower(e)) | (upper(e))', both),
  on('another column in it', '(lower(e)) | (lower(v))', both),
  on('operands the other way round', '((a + b)) | ((b + a))', both),
  on('expression before a column', '(lower(e)) | (lower(e), a)', longer),
  on('expression after a column', '(a, lower(e)) | (a, lower(e), b)', longer),
  on('two expressions', '(lower(e), upper(v)) | (lower(e), upper(v))', second),
  on('two expressions, one of them', '(lower(e)) | (lower(e), upper(v))', longer),
  on('two expressions, exchanged', '(lower(e), upper(v)) | (upper(v), lower(e))', both),
  on('expression and column exchanged', '(a, lower(e)) | (lower(e), a)', both),
  on('casts written in other ways', '((a::bigint)) | (CAST(a AS bigint)) | (int8(a))', {
    i: 'keep',
    j: 'duplicate i',
    k: 'duplicate i',
  }),
  on('a column in parentheses', '(a) | ((a))', second),
  on('a column and an expression that equals it', '(a) | ((a + 0))', both),
  on('other constants', '((a + 1)) | ((a + 2))', both),
  on('braces in a constant', `((e || '} {')) | ((e || '} {'))`, second),
  on('other braces in a constant', `((e || '} {')) | ((e || '}  {'))`, both),
  on('what looks like a place', `((e || ' :location 5')) | ((e || ' :location 6'))`, both),
  on('what looks like a form', `((e || ' :funcformat 1')) | ((e || ' :funcformat 2'))`, both),
  on('lists', `((e IN ('x', 'y')))   | (( e  IN  ('x', 'y') ))`, second),
  on('arrays', `((a = ANY (ARRAY[b, c]))) | ((a  =  ANY (ARRAY[b,  c])))`, second),
  on('case', `((CASE WHEN a > 0 THEN 1 END)) | ((CASE  WHEN a > 0 THEN 1 END))`, second),
  on('json', `((j ->> 'k')) | ((j ->> 'k')) | ((j ->> 'K'))`, { i: 'keep', j: 'duplicate i', k: 'keep' }),
  on('coalesce', `(coalesce(a, b)) | (coalesce(b, a))`, both),
  on('expression with a collation', '(lower(e)) | (lower(e) COLLATE "C")', both),
  on('unique expression', 'unique (lower(e)) | (lower(e))', second, {
    refused: `INSERT INTO t (e) VALUES ('x'), ('X')`,
  }),
  on('unique expression beside the column', 'unique (lower(e)) | unique (e)', both),
]

const conditions: readonly StructureCase[] = [
  on('condition', '(a) WHERE b > 0 | (a)   WHERE  b  >  0', second),
  on('another condition', '(a) WHERE b > 0 | (a) WHERE b > 1', both),
  on('opposite conditions', '(a) WHERE b IS NULL | (a) WHERE b IS NOT NULL', both),
  on('a part beside all', '(a) | (a) WHERE b > 0', look),
  on('a part beside all, made first', '(a) WHERE b > 0 | (a)', { i: 'review j', j: 'keep' }),
  on('not NULL beside all', '(a) | (a) WHERE a IS NOT NULL', look),
  on('two parts beside all', '(a) | (a) WHERE b > 0 | (a) WHERE b < 0', {
    i: 'keep',
    j: 'review i',
    k: 'review i',
  }),
  on('the first column of two, with a condition', '(a) WHERE c > 0 | (a, b) WHERE c > 0', longer),
  on('the first column of two, with other conditions', '(a) WHERE c > 0 | (a, b) WHERE c > 1', both),
  on('all before a part', '(a) | (a, b) WHERE c > 0', both),
  on('a part before all', '(a) WHERE c > 0 | (a, b)', both),
  on('a condition of two', '(a) WHERE b > 0 AND c > 0 | (a) WHERE c > 0 AND b > 0', both),
  on('unique in part beside all', '(a) | unique (a) WHERE b > 0', both, {
    refused: TWICE,
  }),
  on('unique in part beside unique', 'unique (a) | unique (a) WHERE b > 0', look, { refused: TWICE }),
  on('unique in part, twins', 'unique (a) WHERE b > 0 | unique (a) WHERE b > 0', second, { refused: TWICE }),
  on('unique in part beside a part', 'unique (a) WHERE b > 0 | (a) WHERE b > 0', second, { refused: TWICE }),
  on('unique in other parts', 'unique (a) WHERE b > 0 | unique (a) WHERE b > 1', both),
  on('condition on text', `(a) WHERE e = 'x y' | (a) WHERE e = 'x y'`, second),
  on('condition on other text', `(a) WHERE e = 'x' | (a) WHERE e = 'x '`, both),
]

const classes: readonly StructureCase[] = [
  on('varchar_ops and text_ops', '(v) | (v varchar_ops) | (v text_ops)', {
    i: 'keep',
    j: 'duplicate i',
    k: 'duplicate i',
  }),
  on('text_pattern_ops', '(e) | (e text_pattern_ops)', both),
  on('text_pattern_ops twins', '(e text_pattern_ops) | (e text_pattern_ops)', second),
  on('text_pattern_ops and varchar_pattern_ops', '(v varchar_pattern_ops) | (v text_pattern_ops)', second),
  on('pattern class before a column', '(e text_pattern_ops) | (e, a)', both),
  on('pattern class before a column, both', '(e text_pattern_ops) | (e text_pattern_ops, a)', longer),
  on('bpchar_pattern_ops', '(q) | (q bpchar_pattern_ops)', both),
  on('cidr_ops and inet_ops', '(f) | (f cidr_ops) | (f inet_ops)', {
    i: 'keep',
    j: 'duplicate i',
    k: 'duplicate i',
  }),
  on('unique pattern class', 'unique (e) | unique (e text_pattern_ops)', both),
  on('jsonb_path_ops', 'USING gin (j) | USING gin (j jsonb_path_ops)', both),
  on('kd_point_ops', 'USING spgist (p) | USING spgist (p kd_point_ops)', both),
  on('GiST trigrams', 'USING gist (e public.gist_trgm_ops) | USING gist (e public.gist_trgm_ops)', second),
  on(
    'GiST trigrams of other lengths',
    'USING gist (e public.gist_trgm_ops (siglen = 32)) | USING gist (e public.gist_trgm_ops (siglen = 64)) | USING gist (e public.gist_trgm_ops)',
    { i: 'keep', j: 'keep', k: 'keep' },
  ),
  on(
    'GiST trigrams of one length',
    'USING gist (e public.gist_trgm_ops (siglen = 32)) | USING gist (e public.gist_trgm_ops (siglen = 32))',
    second,
  ),
  on('tsvector of another length', 'USING gist (s) | USING gist (s tsvector_ops (siglen = 100))', both),
  on('intarray', 'USING gin (n) | USING gin (n public.gin__int_ops)', both),
  on(
    'trigrams by GIN and GiST',
    'USING gin (e public.gin_trgm_ops) | USING gist (e public.gist_trgm_ops)',
    both,
  ),
]

const collations: readonly StructureCase[] = [
  on('another collation', '(e) | (e COLLATE "C")', both),
  on('two names of one collation', '(e COLLATE "C") | (e COLLATE "POSIX")', both),
  on('collation twins', '(e COLLATE "C") | (e COLLATE "C")', second),
  on('the collation of the column', '(x) | (x COLLATE "C")', second),
  on('another second collation', '(a, e COLLATE "C") | (a, e, b)', both),
  on('collation before a column', '(e COLLATE "C") | (e COLLATE "C", b)', longer),
  on('unique in another collation', 'unique (e) | unique (e COLLATE "C")', both),
]

const includes: readonly StructureCase[] = [
  on('INCLUDE', '(a) | (a) INCLUDE (b)', first),
  on('INCLUDE twins', '(a) INCLUDE (b) | (a) INCLUDE (b)', second),
  on('INCLUDE in another order', '(a) INCLUDE (b, c) | (a) INCLUDE (c, b)', second),
  on('INCLUDE less', '(a) INCLUDE (b) | (a) INCLUDE (b, c)', first),
  on('INCLUDE others', '(a) INCLUDE (b) | (a) INCLUDE (c)', look),
  on('INCLUDE what is a key', '(a) INCLUDE (b) | (a, b)', longer),
  on('INCLUDE what is a later key', '(a) INCLUDE (b) | (a, c, b)', longer),
  on('INCLUDE what is no key', '(a) INCLUDE (c) | (a, b)', both),
  on('INCLUDE the same in a longer one', '(a) INCLUDE (b) | (a, c) INCLUDE (b)', longer),
  on('INCLUDE part by key, part by INCLUDE', '(a) INCLUDE (b, c) | (a, b) INCLUDE (c)', longer),
  on('key and INCLUDE exchanged', '(a) INCLUDE (b) | (b) INCLUDE (a)', both),
  on('INCLUDE its own key', '(a) INCLUDE (a) | (a)', second),
  on('INCLUDE in three steps', '(a) | (a) INCLUDE (b) | (a) INCLUDE (b, c)', {
    i: 'duplicate k',
    j: 'duplicate k',
    k: 'keep',
  }),
  on('unique with INCLUDE', 'unique (a) | unique (a) INCLUDE (b)', first, { refused: TWICE }),
  on('unique with INCLUDE, and plain', 'unique (a) INCLUDE (b) | (a)', second, { refused: TWICE }),
  on('unique, and plain with INCLUDE', 'unique (a) | (a) INCLUDE (b)', look, { refused: TWICE }),
  on('unique with other INCLUDE', 'unique (a) INCLUDE (b) | unique (a) INCLUDE (c)', look, {
    refused: TWICE,
  }),
  on('unique with INCLUDE, and unique of both', 'unique (a) INCLUDE (b) | unique (a, b)', both, {
    refused: TWICE,
  }),
  on('unique with other INCLUDE than plain', 'unique (a) INCLUDE (b) | (a) INCLUDE (c)', look),
  made(
    'primary key with INCLUDE',
    'ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (a) INCLUDE (b); CREATE INDEX j ON t (a)',
    second,
  ),
  made(
    'primary key, and unique with INCLUDE',
    'ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (a); CREATE UNIQUE INDEX j ON t (a) INCLUDE (b)',
    look,
  ),
  made(
    'a constraint, and unique with INCLUDE',
    'ALTER TABLE t ADD CONSTRAINT i UNIQUE (a); CREATE UNIQUE INDEX j ON t (a) INCLUDE (b)',
    { i: 'review j', j: 'keep' },
  ),
  made(
    'a constraint, and another with INCLUDE',
    'ALTER TABLE t ADD CONSTRAINT i UNIQUE (a); ALTER TABLE t ADD CONSTRAINT j UNIQUE (a) INCLUDE (b)',
    { i: 'dup_constraint j', j: 'keep' },
    { refused: TWICE },
  ),
]

const unique: readonly StructureCase[] = [
  on('unique and plain', 'unique (a) | (a)', second, { refused: TWICE }),
  on('plain, then unique', '(a) | unique (a)', first, { refused: TWICE }),
  on('unique twins', 'unique (a) | unique (a)', second, { refused: TWICE }),
  on('unique before a column', 'unique (a) | (a, b)', both, { refused: TWICE }),
  on('unique before unique', 'unique (a) | unique (a, b)', both, { refused: TWICE }),
  on('plain before unique', '(a) | unique (a, b)', longer, { refused: TWICE }),
  on('unique in another order', 'unique (a, b) | unique (b, a)', both),
  on('unique, and plain in another order', 'unique (a, b) | (b, a)', both),
  made(
    'primary key and plain',
    'ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (a); CREATE INDEX j ON t (a)',
    second,
  ),
  made(
    'plain, then primary key',
    'CREATE INDEX j ON t (a); ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (a)',
    second,
  ),
  made(
    'primary key and unique',
    'ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (a); CREATE UNIQUE INDEX j ON t (a)',
    second,
    { refused: TWICE },
  ),
  made(
    'unique, then primary key',
    'CREATE UNIQUE INDEX j ON t (a); ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (a)',
    second,
    { refused: TWICE },
  ),
  made(
    'primary key and constraint',
    'ALTER TABLE t ADD CONSTRAINT j UNIQUE (a); ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (a)',
    { i: 'keep', j: 'dup_constraint i' },
    { refused: TWICE },
  ),
  made(
    'primary key of two before one',
    'ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (a, b); CREATE INDEX j ON t (a); CREATE INDEX k ON t (b)',
    {
      i: 'keep',
      j: 'redundant i',
      k: 'keep',
    },
  ),
  made(
    'primary key before a longer one',
    'ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (a); CREATE INDEX j ON t (a, b)',
    both,
  ),
  made(
    'primary key, unique, plain',
    'ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (a); CREATE UNIQUE INDEX j ON t (a); CREATE INDEX k ON t (a)',
    {
      i: 'keep',
      j: 'duplicate i',
      k: 'duplicate i',
    },
  ),
  made(
    'constraint twins',
    'ALTER TABLE t ADD CONSTRAINT i UNIQUE (a); ALTER TABLE t ADD CONSTRAINT j UNIQUE (a)',
    { i: 'keep', j: 'dup_constraint i' },
    { refused: TWICE },
  ),
  made(
    'three constraints',
    'ALTER TABLE t ADD CONSTRAINT i UNIQUE (a), ADD CONSTRAINT j UNIQUE (a), ADD CONSTRAINT k UNIQUE (a)',
    { i: 'keep', j: 'dup_constraint i', k: 'dup_constraint i' },
    { refused: TWICE },
  ),
  made(
    'constraint and unique index',
    'CREATE UNIQUE INDEX j ON t (a); ALTER TABLE t ADD CONSTRAINT i UNIQUE (a)',
    second,
    { refused: TWICE },
  ),
  made(
    'constraints in another order',
    'ALTER TABLE t ADD CONSTRAINT i UNIQUE (a, b); ALTER TABLE t ADD CONSTRAINT j UNIQUE (b, a)',
    both,
  ),
  made(
    'constraint and plain before it',
    'ALTER TABLE t ADD CONSTRAINT i UNIQUE (a, b); CREATE INDEX j ON t (a)',
    { i: 'keep', j: 'redundant i' },
  ),
  made(
    'constraint whose index has another name',
    'CREATE UNIQUE INDEX k ON t (a); ALTER TABLE t ADD CONSTRAINT i UNIQUE USING INDEX k; CREATE INDEX j ON t (a)',
    { i: 'keep', j: 'duplicate i' },
  ),
  on('NULLS NOT DISTINCT', 'unique (a) | unique (a) NULLS NOT DISTINCT', first, {
    since: 150_000,
    refused: TWICE,
  }),
  on('NULLS NOT DISTINCT twins', 'unique (a) NULLS NOT DISTINCT | unique (a) NULLS NOT DISTINCT', second, {
    since: 150_000,
    refused: 'INSERT INTO t (a) VALUES (NULL), (NULL)',
  }),
  on('NULLS NOT DISTINCT and plain', '(a) | unique (a) NULLS NOT DISTINCT', first, { since: 150_000 }),
  made(
    'NULLS NOT DISTINCT, a constraint beside it',
    'ALTER TABLE t ADD CONSTRAINT i UNIQUE (a); CREATE UNIQUE INDEX j ON t (a) NULLS NOT DISTINCT',
    { i: 'review j', j: 'keep' },
    { since: 150_000 },
  ),
  made(
    'NULLS NOT DISTINCT constraints',
    'ALTER TABLE t ADD CONSTRAINT i UNIQUE (a); ALTER TABLE t ADD CONSTRAINT j UNIQUE NULLS NOT DISTINCT (a)',
    { i: 'dup_constraint j', j: 'keep' },
    {
      since: 150_000,
      refused: 'INSERT INTO t (a) VALUES (NULL), (NULL)',
    },
  ),
  made(
    'NULLS NOT DISTINCT beside a primary key',
    'ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (a); CREATE UNIQUE INDEX j ON t (a) NULLS NOT DISTINCT',
    both,
    { since: 150_000 },
  ),
]

const deferrable: readonly StructureCase[] = [
  made(
    'deferrable and not',
    'ALTER TABLE t ADD CONSTRAINT j UNIQUE (a) DEFERRABLE; ALTER TABLE t ADD CONSTRAINT i UNIQUE (a)',
    look,
    { refused: TWICE },
  ),
  made(
    'deferrable twins',
    'ALTER TABLE t ADD CONSTRAINT i UNIQUE (a) DEFERRABLE; ALTER TABLE t ADD CONSTRAINT j UNIQUE (a) DEFERRABLE INITIALLY DEFERRED',
    look,
  ),
  made(
    'deferrable and a unique index',
    'ALTER TABLE t ADD CONSTRAINT j UNIQUE (a) DEFERRABLE; CREATE UNIQUE INDEX i ON t (a)',
    look,
    { refused: TWICE },
  ),
  made(
    'deferrable and plain',
    'ALTER TABLE t ADD CONSTRAINT i UNIQUE (a) DEFERRABLE; CREATE INDEX j ON t (a)',
    second,
    { refused: TWICE },
  ),
  made(
    'deferrable, not, and plain',
    'ALTER TABLE t ADD CONSTRAINT j UNIQUE (a) DEFERRABLE; ALTER TABLE t ADD CONSTRAINT i UNIQUE (a); CREATE INDEX k ON t (a)',
    {
      i: 'keep',
      j: 'review i',
      k: 'duplicate i',
    },
  ),
  made(
    'deferrable before plain',
    'ALTER TABLE t ADD CONSTRAINT i UNIQUE (a, b) DEFERRABLE; CREATE INDEX j ON t (a)',
    { i: 'keep', j: 'redundant i' },
  ),
  made(
    'deferrable primary key beside a constraint',
    'ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (a) DEFERRABLE; ALTER TABLE t ADD CONSTRAINT j UNIQUE (a)',
    both,
    { refused: TWICE },
  ),
]

const EXCLUDED = 'INSERT INTO t (a, r) VALUES (1, int4range(1, 5)), (1, int4range(2, 6))'

const guarded: readonly StructureCase[] = [
  made(
    'exclusion and plain',
    'ALTER TABLE t ADD CONSTRAINT i EXCLUDE USING gist (r WITH &&); CREATE INDEX j ON t USING gist (r)',
    second,
    { refused: EXCLUDED },
  ),
  made(
    'exclusion twins',
    'ALTER TABLE t ADD CONSTRAINT i EXCLUDE USING gist (r WITH &&); ALTER TABLE t ADD CONSTRAINT j EXCLUDE USING gist (r WITH &&)',
    both,
    { refused: EXCLUDED },
  ),
  made(
    'exclusions of other operators',
    'ALTER TABLE t ADD CONSTRAINT i EXCLUDE USING gist (r WITH &&); ALTER TABLE t ADD CONSTRAINT j EXCLUDE USING gist (r WITH =)',
    both,
    { refused: EXCLUDED },
  ),
  made(
    'exclusion by btree',
    'ALTER TABLE t ADD CONSTRAINT i EXCLUDE USING btree (a WITH =); CREATE INDEX j ON t (a)',
    second,
    { refused: TWICE },
  ),
  made(
    'exclusion by btree and unique',
    'ALTER TABLE t ADD CONSTRAINT i EXCLUDE USING btree (a WITH =); CREATE UNIQUE INDEX j ON t (a)',
    both,
    { refused: TWICE },
  ),
  made(
    'exclusion of two before one',
    'ALTER TABLE t ADD CONSTRAINT i EXCLUDE USING gist (r WITH &&, a WITH =); CREATE INDEX j ON t USING gist (r)',
    look,
    { refused: EXCLUDED },
  ),
  made(
    'exclusion by btree before one',
    'ALTER TABLE t ADD CONSTRAINT i EXCLUDE USING btree (a WITH =); CREATE INDEX j ON t (a, b)',
    both,
    { refused: TWICE },
  ),
  made(
    'without overlaps',
    'ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (a, r WITHOUT OVERLAPS); CREATE INDEX j ON t USING gist (a, r)',
    second,
    { since: 180_000, refused: EXCLUDED },
  ),
  made(
    'without overlaps twins',
    'ALTER TABLE t ADD CONSTRAINT i UNIQUE (a, r WITHOUT OVERLAPS); ALTER TABLE t ADD CONSTRAINT j UNIQUE (a, r WITHOUT OVERLAPS)',
    both,
    { since: 180_000, refused: EXCLUDED },
  ),
  made(
    'replica identity',
    'ALTER TABLE t ALTER a SET NOT NULL; CREATE UNIQUE INDEX i ON t (a); CREATE UNIQUE INDEX j ON t (a); ALTER TABLE t REPLICA IDENTITY USING INDEX j',
    first,
    { refused: TWICE },
  ),
  made(
    'replica identity beside the primary key',
    'ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (a); CREATE UNIQUE INDEX j ON t (a); ALTER TABLE t REPLICA IDENTITY USING INDEX j',
    both,
    { refused: TWICE },
  ),
  made(
    'replica identity beside a constraint',
    'ALTER TABLE t ALTER a SET NOT NULL; ALTER TABLE t ADD CONSTRAINT i UNIQUE (a); CREATE UNIQUE INDEX j ON t (a); ALTER TABLE t REPLICA IDENTITY USING INDEX j',
    { i: 'review j', j: 'keep' },
    { refused: TWICE },
  ),
  made(
    'replica identity before INCLUDE',
    'ALTER TABLE t ALTER a SET NOT NULL; CREATE UNIQUE INDEX i ON t (a); ALTER TABLE t REPLICA IDENTITY USING INDEX i; CREATE UNIQUE INDEX j ON t (a) INCLUDE (b)',
    look,
    { refused: TWICE },
  ),
  made('clustered', 'CREATE INDEX i ON t (a); CREATE INDEX j ON t (a); CLUSTER t USING j', first),
  made(
    'clustered beside unique',
    'CREATE UNIQUE INDEX i ON t (a); CREATE INDEX j ON t (a); CLUSTER t USING j',
    look,
    { refused: TWICE },
  ),
  made(
    'clustered before another',
    'CREATE INDEX i ON t (a, b); CREATE INDEX j ON t (a); CLUSTER t USING j',
    look,
  ),
  made(
    'clustered unique beside a constraint',
    'ALTER TABLE t ADD CONSTRAINT i UNIQUE (a); CREATE UNIQUE INDEX j ON t (a); CLUSTER t USING j',
    look,
    { refused: TWICE },
  ),
  made(
    'referenced',
    'ALTER TABLE t ADD CONSTRAINT i UNIQUE (a); CREATE TABLE u (a int REFERENCES t (a)); CREATE UNIQUE INDEX j ON t (a)',
    second,
    { refused: TWICE },
  ),
  made(
    'referenced by a constraint of the second',
    'CREATE UNIQUE INDEX j ON t (a); CREATE TABLE u (a int REFERENCES t (a)); ALTER TABLE t ADD CONSTRAINT i UNIQUE (a)',
    { i: 'review j', j: 'keep' },
    { refused: TWICE },
  ),
  made(
    'referenced and not, both constraints',
    'ALTER TABLE t ADD CONSTRAINT j UNIQUE (a); CREATE TABLE u (a int REFERENCES t (a)); ALTER TABLE t ADD CONSTRAINT i UNIQUE (a)',
    { i: 'dup_constraint j', j: 'keep' },
    { refused: TWICE },
  ),
  made(
    'both referenced',
    'ALTER TABLE t ADD CONSTRAINT j UNIQUE (a); CREATE TABLE u (a int REFERENCES t (a)); ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (a); CREATE TABLE w (a int REFERENCES t)',
    both,
    { refused: TWICE },
  ),
  made(
    'referenced, and more with INCLUDE',
    'CREATE UNIQUE INDEX i ON t (a); CREATE TABLE u (a int REFERENCES t (a)); CREATE UNIQUE INDEX j ON t (a) INCLUDE (b)',
    look,
    { refused: TWICE },
  ),
  made(
    'referenced and plain',
    'ALTER TABLE t ADD CONSTRAINT i UNIQUE (a); CREATE TABLE u (a int REFERENCES t (a)); CREATE INDEX j ON t (a)',
    second,
    { refused: TWICE },
  ),
]

const methods: readonly StructureCase[] = [
  on('hash and btree', 'USING hash (a) | (a)', both),
  on('hash twins', 'USING hash (a) | USING hash (a)', second),
  on('hash, and btree of more', 'USING hash (a) | (a, b)', both),
  on('GiST twins', 'USING gist (p) | USING gist (p)', second),
  on('GiST before a column', 'USING gist (p) | USING gist (p, r)', { i: 'review j', j: 'keep' }),
  on('GiST in another order', 'USING gist (p, r) | USING gist (r, p)', both),
  on('GiST with INCLUDE', 'USING gist (p) | USING gist (p) INCLUDE (a)', first),
  on('GiST with other INCLUDE', 'USING gist (p) INCLUDE (b) | USING gist (p) INCLUDE (a)', look),
  on('GiST that INCLUDEs its key', 'USING gist (s) INCLUDE (s) | USING gist (s)', second),
  on('GiST and SP-GiST', 'USING gist (p) | USING spgist (p)', both),
  on('GiST on part', 'USING gist (p) | USING gist (p) WHERE a > 0', look),
  on('SP-GiST twins', 'USING spgist (p) | USING spgist (p)', second),
  on('GIN twins', 'USING gin (j) | USING gin (j)', second),
  on('GIN before a column', 'USING gin (j) | USING gin (j, n)', { i: 'review j', j: 'keep' }),
  on('GIN in another order', 'USING gin (j, n) | USING gin (n, j)', both),
  on('GIN with fastupdate', 'USING gin (j) | USING gin (j) WITH (fastupdate = off)', second),
  on('GIN of a plain column', 'USING gin (a) | (a)', both),
  on('GiST of a plain column', 'USING gist (a) | (a)', both),
  on('BRIN twins', 'USING brin (a) | USING brin (a)', second),
  on('BRIN before a column', 'USING brin (a) | USING brin (a, b)', { i: 'review j', j: 'keep' }),
  on(
    'BRIN of other ranges',
    'USING brin (a) WITH (pages_per_range = 4) | USING brin (a) WITH (pages_per_range = 64)',
    look,
  ),
  on(
    'BRIN of one range',
    'USING brin (a) WITH (pages_per_range = 4) | USING brin (a) WITH (pages_per_range = 4)',
    second,
  ),
  on('BRIN and btree', 'USING brin (a) | (a)', both),
  on('BRIN of several ranges', 'USING brin (a) | USING brin (a int4_minmax_multi_ops)', both, {
    since: 140_000,
  }),
  on('bloom twins', 'USING bloom (a) | USING bloom (a)', look),
  on('bloom of other columns', 'USING bloom (a) | USING bloom (b)', both),
]

const tables: readonly StructureCase[] = [
  {
    name: 'unlogged',
    sql: 'CREATE UNLOGGED TABLE t (a int); CREATE INDEX i ON t (a); CREATE INDEX j ON t (a)',
    verdicts: second,
  },
  {
    name: 'materialized view',
    sql: 'CREATE MATERIALIZED VIEW t AS SELECT 1 AS a, 2 AS b; CREATE UNIQUE INDEX i ON t (a); CREATE INDEX j ON t (a)',
    verdicts: second,
  },
  {
    name: 'materialized view, unique twins',
    sql: 'CREATE MATERIALIZED VIEW t AS SELECT 1 AS a, 2 AS b; CREATE UNIQUE INDEX i ON t (a); CREATE UNIQUE INDEX j ON t (a)',
    verdicts: second,
  },
  {
    name: 'odd names',
    sql: 'CREATE TABLE "T, ""x" ("a, b" int, "A b" int, "select" int); CREATE INDEX "I, (1)" ON "T, ""x" ("a, b"); CREATE INDEX "I "" 2" ON "T, ""x" ("a, b"); CREATE INDEX "i;3" ON "T, ""x" ("a, b", "select"); ALTER TABLE "T, ""x" ADD CONSTRAINT "U, ""1" UNIQUE ("A b"); ALTER TABLE "T, ""x" ADD CONSTRAINT "U, ""2" UNIQUE ("A b")',
    verdicts: {
      'I, (1)': 'redundant i;3',
      'I " 2': 'redundant i;3',
      'i;3': 'keep',
      'U, "1': 'keep',
      'U, "2': 'dup_constraint U, "1',
    },
  },
  {
    name: 'domain and enum',
    sql: `CREATE TYPE y AS ENUM ('p'); CREATE DOMAIN z AS int; CREATE TABLE t (a y, b z); CREATE INDEX i ON t (a); CREATE INDEX j ON t (a); CREATE INDEX k ON t (b); CREATE INDEX l ON t (b)`,
    verdicts: { i: 'keep', j: 'duplicate i', k: 'keep', l: 'duplicate k' },
  },
  {
    name: 'a table of an extension',
    sql: `CREATE TABLE t (a int); CREATE INDEX i ON t (a); CREATE INDEX j ON t (a); ALTER EXTENSION seg ADD TABLE t`,
    verdicts: look,
  },
]

const partitioned: readonly StructureCase[] = [
  parts('partitioned twins', 'CREATE INDEX i ON t (b); CREATE INDEX j ON t (b)', {
    i: 'keep',
    j: 'duplicate i',
    t1_b_idx: 'keep',
    t2_b_idx: 'keep',
    t1_b_idx1: 'keep',
    t2_b_idx1: 'keep',
  }),
  parts('partitioned, the first column of two', 'CREATE INDEX i ON t (b); CREATE INDEX j ON t (b, c)', {
    i: 'redundant j',
    j: 'keep',
    t1_b_idx: 'keep',
    t2_b_idx: 'keep',
    t1_b_c_idx: 'keep',
    t2_b_c_idx: 'keep',
  }),
  parts(
    'partitioned primary key and constraint',
    'ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (a); ALTER TABLE t ADD CONSTRAINT j UNIQUE (a)',
    {
      i: 'keep',
      j: 'dup_constraint i',
      t1_pkey: 'keep',
      t2_pkey: 'keep',
      t1_a_key: 'keep',
      t2_a_key: 'keep',
    },
    { refused: TWICE },
  ),
  parts('more on one partition', 'CREATE INDEX i ON t (b); CREATE INDEX j ON t1 (c)', {
    i: 'keep',
    j: 'keep',
    t1_b_idx: 'keep',
    t2_b_idx: 'keep',
  }),
  parts('a twin on one partition', 'CREATE INDEX i ON t (b); CREATE INDEX j ON t1 (b)', {
    i: 'keep',
    j: 'duplicate t1_b_idx',
    t1_b_idx: 'keep',
    t2_b_idx: 'keep',
  }),
  parts('a shorter one on one partition', 'CREATE INDEX i ON t (b, c); CREATE INDEX j ON t1 (b)', {
    i: 'keep',
    j: 'redundant t1_b_c_idx',
    t1_b_c_idx: 'keep',
    t2_b_c_idx: 'keep',
  }),
  parts('a longer one on one partition', 'CREATE INDEX i ON t (b); CREATE INDEX j ON t1 (b, c)', {
    i: 'keep',
    j: 'keep',
    t1_b_idx: 'keep',
    t2_b_idx: 'keep',
  }),
  parts(
    'a twin of what goes',
    'CREATE INDEX i ON t (b); CREATE INDEX j ON t (b, c); CREATE INDEX k ON t1 (b)',
    {
      i: 'redundant j',
      j: 'keep',
      k: 'redundant t1_b_c_idx',
      t1_b_idx: 'keep',
      t2_b_idx: 'keep',
      t1_b_c_idx: 'keep',
      t2_b_c_idx: 'keep',
    },
  ),
  parts('twins on one partition', 'CREATE INDEX i ON t1 (b); CREATE INDEX j ON t1 (b)', second),
  parts('one each on partitions', 'CREATE INDEX i ON t1 (b); CREATE INDEX j ON t2 (b)', both),
  parts(
    'attached by hand, a twin beside it',
    'CREATE INDEX k ON ONLY t (b); CREATE INDEX i ON t1 (b); CREATE INDEX j ON t1 (b); CREATE INDEX l ON t2 (b); ALTER INDEX k ATTACH PARTITION j; ALTER INDEX k ATTACH PARTITION l',
    {
      i: 'duplicate j',
      j: 'keep',
      k: 'keep',
      l: 'keep',
    },
  ),
  parts('not attached yet', 'CREATE INDEX i ON ONLY t (b); CREATE INDEX j ON t1 (b)', {
    i: 'invalid',
    j: 'keep',
  }),
  parts(
    'twins of which one may be attached',
    'CREATE INDEX k ON ONLY t (b); CREATE INDEX i ON t1 (b); CREATE INDEX j ON t1 (b)',
    { i: 'keep', j: 'review i', k: 'invalid' },
  ),
  parts(
    'attached in part',
    'CREATE INDEX i ON ONLY t (b); CREATE INDEX j ON t1 (b); ALTER INDEX i ATTACH PARTITION j',
    { i: 'invalid', j: 'keep' },
  ),
  parts('on the table only, beside a valid one', 'CREATE INDEX i ON t (b); CREATE INDEX j ON ONLY t (b)', {
    i: 'keep',
    j: 'invalid i',
    t1_b_idx: 'keep',
    t2_b_idx: 'keep',
  }),
  {
    name: 'a table without partitions',
    sql: 'CREATE TABLE t (a int, b int) PARTITION BY RANGE (a); CREATE INDEX i ON t (b); CREATE INDEX j ON t (b)',
    verdicts: second,
  },
  parts(
    'replica identity of a partition',
    'CREATE UNIQUE INDEX i ON t (a); CREATE UNIQUE INDEX j ON t (a); ALTER TABLE t1 REPLICA IDENTITY USING INDEX t1_a_idx1',
    {
      i: 'duplicate j',
      j: 'keep',
      t1_a_idx: 'keep',
      t2_a_idx: 'keep',
      t1_a_idx1: 'keep',
      t2_a_idx1: 'keep',
    },
    { refused: TWICE },
  ),
  parts(
    'replica identities of two partitions',
    'CREATE UNIQUE INDEX i ON t (a); CREATE UNIQUE INDEX j ON t (a); ALTER TABLE t1 REPLICA IDENTITY USING INDEX t1_a_idx1; ALTER TABLE t2 REPLICA IDENTITY USING INDEX t2_a_idx',
    {
      i: 'keep',
      j: 'keep',
      t1_a_idx: 'keep',
      t2_a_idx: 'keep',
      t1_a_idx1: 'keep',
      t2_a_idx1: 'keep',
    },
    { refused: TWICE },
  ),
  parts(
    'a partition clustered',
    'CREATE INDEX i ON t (b); CREATE INDEX j ON t (b, c); CLUSTER t1 USING t1_b_idx',
    {
      i: 'review j',
      j: 'keep',
      t1_b_idx: 'keep',
      t2_b_idx: 'keep',
      t1_b_c_idx: 'keep',
      t2_b_c_idx: 'keep',
    },
  ),
  parts(
    'a partition referenced',
    'CREATE UNIQUE INDEX i ON t (a); CREATE UNIQUE INDEX j ON t (a); CREATE TABLE u (a int REFERENCES t1 (a))',
    {
      i: 'keep',
      j: 'duplicate i',
      t1_a_idx: 'keep',
      t2_a_idx: 'keep',
      t1_a_idx1: 'keep',
      t2_a_idx1: 'keep',
    },
    { refused: TWICE },
  ),
  parts(
    'a primary key that is part of an index',
    'ALTER TABLE t1 ADD CONSTRAINT k PRIMARY KEY (a); CREATE UNIQUE INDEX i ON t (a); CREATE UNIQUE INDEX j ON t (a)',
    {
      i: 'keep',
      j: 'duplicate i',
      k: 'keep',
      t2_a_idx: 'keep',
      t1_a_idx: 'keep',
      t2_a_idx1: 'keep',
    },
    { refused: TWICE },
  ),
  parts(
    'a constraint of a partition alone',
    'CREATE UNIQUE INDEX i ON t (a); ALTER TABLE t1 ADD CONSTRAINT j UNIQUE (a)',
    { i: 'keep', j: 'review t1_a_idx', t1_a_idx: 'keep', t2_a_idx: 'keep' },
    { refused: TWICE },
  ),
  parts(
    'a constraint of a partition beside that of the table',
    'ALTER TABLE t ADD CONSTRAINT i UNIQUE (a); ALTER TABLE t1 ADD CONSTRAINT j UNIQUE (a)',
    { i: 'keep', j: 'dup_constraint t1_a_key', t1_a_key: 'keep', t2_a_key: 'keep' },
    { refused: TWICE },
  ),
  {
    name: 'partitions of partitions',
    sql: `CREATE TABLE t (a int, b int, c int) PARTITION BY RANGE (a); CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (b); CREATE TABLE t11 PARTITION OF t1 FOR VALUES FROM (0) TO (9); CREATE INDEX i ON t (c); CREATE INDEX j ON t (c, a); CREATE INDEX k ON t1 (c); CREATE INDEX l ON t11 (c)`,
    verdicts: {
      i: 'redundant j',
      j: 'keep',
      k: 'redundant t1_c_a_idx',
      l: 'redundant t11_c_a_idx',
      t1_c_idx: 'keep',
      t11_c_idx: 'keep',
      t1_c_a_idx: 'keep',
      t11_c_a_idx: 'keep',
      t11_c_idx1: 'keep',
    },
  },
  {
    name: 'a partition with its columns in another order',
    sql: `CREATE TABLE t (a int, b int, c int) PARTITION BY RANGE (a); CREATE TABLE t1 (c int, x int, b int, a int); ALTER TABLE t1 DROP x; ALTER TABLE t ATTACH PARTITION t1 DEFAULT; CREATE INDEX i ON t (b); CREATE INDEX j ON t1 (b); CREATE INDEX k ON t1 (c)`,
    verdicts: { i: 'keep', j: 'duplicate t1_b_idx', k: 'keep', t1_b_idx: 'keep' },
  },
]

export const structureCases: readonly StructureCase[] = [
  ...plain,
  ...orders,
  ...expressions,
  ...conditions,
  ...classes,
  ...collations,
  ...includes,
  ...unique,
  ...deferrable,
  ...guarded,
  ...methods,
  ...tables,
  ...partitioned,
]
