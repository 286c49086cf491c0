/** What is needed for more than its shape tells. */
import { both, first, look, made, type StructureCase, second, TWICE } from './case.ts'

export const deferrable: readonly StructureCase[] = [
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

export const guarded: readonly StructureCase[] = [
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
