/** INCLUDE, and uniqueness by index and by constraint. */
import { both, first, longer, look, made, on, type StructureCase, second, TWICE } from './case.ts'

export const includes: readonly StructureCase[] = [
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

export const unique: readonly StructureCase[] = [
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
