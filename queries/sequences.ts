/** Every sequence of the connected database, with what can end it. */
import { type Column, defineEntry } from './define.ts'

/** Far more sequences than any database that one can work with. */
const MOST_SEQUENCES = 500_000

const columns = [
  { id: 'schema', label: 'schema', kind: 'name', meaning: 'Schema of the sequence.' },
  { id: 'sequence', label: 'sequence', kind: 'name', meaning: 'The sequence.' },
  { id: 'oid', label: 'oid', kind: 'oid', meaning: 'Its oid.' },
  {
    id: 'type',
    label: 'type',
    kind: 'text',
    meaning: '`smallint`, `integer` or `bigint`: bounds its limits.',
  },
  { id: 'minimum', label: 'min', kind: 'id', meaning: '`MINVALUE`.' },
  { id: 'maximum', label: 'max', kind: 'id', meaning: '`MAXVALUE`.' },
  { id: 'increment', label: 'by', kind: 'id', meaning: '`INCREMENT BY`; negative for a descending one.' },
  { id: 'cycles', label: 'cycles', kind: 'bool', meaning: 'Whether it begins anew at its end (`CYCLE`).' },
  {
    id: 'last_value',
    label: 'last',
    kind: 'id',
    meaning:
      'The last value given out, or set aside by a session that caches some; NULL: see `unknown_because`.',
  },
  {
    id: 'unknown_because',
    label: 'unknown',
    kind: 'text',
    meaning:
      'Why there is no last value: `unused`, `privilege` (it takes SELECT or USAGE on it), `locked`, `standby` (unlogged), `temporary` (of another session), `many` (see the text of the entry); NULL where there is one.',
  },
  {
    id: 'locked_by',
    label: 'locked by',
    kind: 'pid',
    meaning:
      'Who holds or wants the lock that reading it would wait for; NULL for none, and for a prepared transaction.',
  },
  {
    id: 'columns',
    label: 'columns',
    kind: 'json',
    meaning:
      'List of `{schema, table, column, type, direct}`: columns that own it or take it as default. The type is `smallint`, `integer` or null for others; `direct` is false where the default computes with it.',
  },
] as const satisfies readonly Column[]

/**
 * Values that are read at once: the lock that each takes is kept to the end of the statement, in the table of locks that
 * all sessions share, and has room for some 6400 by default.
 */
const MOST_VALUES = 1000

/**
 * The last value takes a lock on the sequence (ROW EXCLUSIVE), which waits behind ALTER SEQUENCE and whatever else has
 * or wants a stronger one: those are left out. Each value is asked for once, where asking cannot fail.
 */
export const sequences = defineEntry({
  id: 'sequences',
  title: 'Sequences',
  about: 'How far is every sequence of this database, and which columns does it fill?',
  reads: [
    'pg_sequence',
    'pg_class',
    'pg_depend',
    'pg_attrdef',
    'pg_attribute',
    'pg_lock_status()',
    'pg_sequence_last_value()',
  ],
  pace: 'steady',
  waits: 'catalog locks',
  identity: ['oid'],
  timeoutMs: 30_000,
  columns,
  sql: () => `/* pgtriage:sequences */
WITH locked AS MATERIALIZED (
  SELECT
    l.relation AS relation,
    pg_catalog.min(l.pid) AS pid
  FROM pg_catalog.pg_lock_status() AS l
  WHERE l.locktype = 'relation'::pg_catalog.text
    AND l.database = (
      SELECT own.datid FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS own
    )
    AND l.mode = ANY (
      ARRAY['AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock']::pg_catalog.text[]
    )
    AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
  GROUP BY l.relation
),
uses AS MATERIALIZED (
  SELECT
    u.sequence AS sequence,
    u.relation AS relation,
    u.attribute AS attribute,
    pg_catalog.bool_or(u.direct) AS direct
  FROM (
    -- Identity columns and OWNED BY.
    SELECT
      d.objid AS sequence,
      d.refobjid AS relation,
      d.refobjsubid AS attribute,
      true AS direct
    FROM pg_catalog.pg_depend AS d
    INNER JOIN pg_catalog.pg_sequence AS s
      ON s.seqrelid = d.objid
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.deptype = ANY (ARRAY['a', 'i']::pg_catalog."char"[])
      AND d.refobjsubid > 0
    UNION ALL
    -- Defaults that name it, whoever owns it. Those that do more than take its next value, function 1574, and narrow
    -- that to integer, 480, or smallint, 714, compute with it.
    SELECT
      d.refobjid AS sequence,
      f.adrelid AS relation,
      f.adnum::pg_catalog.int4 AS attribute,
      f.adbin LIKE '{FUNCEXPR :funcid 1574 %'
        OR (
          f.adbin LIKE ANY (ARRAY['{FUNCEXPR :funcid 480 %', '{FUNCEXPR :funcid 714 %']::pg_catalog.text[])
          AND pg_catalog.split_part(f.adbin, ':args (', 2) LIKE '{FUNCEXPR :funcid 1574 %'
        )
        OR (
          f.adbin LIKE '{COERCETODOMAIN %'
          AND f.adbin !~ '\\{(?!FUNCEXPR|CONST|COERCETODOMAIN)|:funcid (?!1574 |480 |714 )'
        ) AS direct
    FROM (
      SELECT
        g.oid AS oid,
        g.adrelid AS adrelid,
        g.adnum AS adnum,
        g.adbin::pg_catalog.text AS adbin
      FROM pg_catalog.pg_attrdef AS g
    ) AS f
    INNER JOIN pg_catalog.pg_depend AS d
      ON d.objid = f.oid
      AND d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.deptype = 'n'::pg_catalog."char"
    INNER JOIN pg_catalog.pg_sequence AS s
      ON s.seqrelid = d.refobjid
  ) AS u
  GROUP BY u.sequence, u.relation, u.attribute
),
columns AS MATERIALIZED (
  SELECT
    u.sequence AS sequence,
    pg_catalog.json_agg(
      pg_catalog.json_build_object(
        'schema', n.nspname,
        'table', c.relname,
        'column', a.attname,
        -- A domain is written by the function of the type below it.
        'type', CASE t.typoutput
          WHEN 'pg_catalog.int2out'::pg_catalog.regproc THEN 'smallint'::pg_catalog.text
          WHEN 'pg_catalog.int4out'::pg_catalog.regproc THEN 'integer'::pg_catalog.text
        END,
        'direct', u.direct
      )
      ORDER BY n.nspname ASC, c.relname ASC, a.attname ASC
    ) AS list
  FROM uses AS u
  INNER JOIN pg_catalog.pg_class AS c
    ON c.oid = u.relation
  INNER JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
  INNER JOIN pg_catalog.pg_attribute AS a
    ON a.attrelid = u.relation
    AND a.attnum = u.attribute
    AND NOT a.attisdropped
  INNER JOIN pg_catalog.pg_type AS t
    ON t.oid = a.atttypid
  GROUP BY u.sequence
),
readable AS MATERIALIZED (
  SELECT
    c.oid AS oid,
    n.nspname AS nspname,
    c.relname AS relname,
    l.pid AS pid,
    CASE
      WHEN pg_catalog.pg_is_other_temp_schema(c.relnamespace) THEN 'temporary'::pg_catalog.text
      WHEN NOT pg_catalog.has_sequence_privilege(c.oid, 'SELECT,USAGE') THEN 'privilege'::pg_catalog.text
      WHEN c.relpersistence = 'u'::pg_catalog."char" AND pg_catalog.pg_is_in_recovery()
        THEN 'standby'::pg_catalog.text
      WHEN l.relation IS NOT NULL THEN 'locked'::pg_catalog.text
    END AS obstacle,
    -- Those that end soonest come first.
    pg_catalog.row_number() OVER (
      ORDER BY
        q.seqtypid = 'pg_catalog.int8'::pg_catalog.regtype AND coalesce(k.list::pg_catalog.text, '') NOT LIKE '%"type" : "%' ASC,
        c.oid ASC
    ) AS place
  FROM pg_catalog.pg_class AS c
  INNER JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
  INNER JOIN pg_catalog.pg_sequence AS q
    ON q.seqrelid = c.oid
  LEFT JOIN columns AS k
    ON k.sequence = c.oid
  LEFT JOIN locked AS l
    ON l.relation = c.oid
  WHERE c.relkind = 'S'::pg_catalog."char"
),
values_read AS MATERIALIZED (
  SELECT
    r.oid AS oid,
    r.nspname AS nspname,
    r.relname AS relname,
    r.pid AS pid,
    CASE WHEN r.obstacle IS NULL AND r.place > ${MOST_VALUES} THEN 'many'::pg_catalog.text ELSE r.obstacle END AS obstacle,
    CASE
      WHEN r.obstacle IS NULL AND r.place <= ${MOST_VALUES}
      THEN pg_catalog.pg_sequence_last_value(r.oid)
    END AS last
  FROM readable AS r
)
SELECT
  v.nspname AS schema,
  v.relname AS sequence,
  v.oid AS oid,
  pg_catalog.format_type(s.seqtypid, NULL) AS type,
  s.seqmin AS minimum,
  s.seqmax AS maximum,
  s.seqincrement AS increment,
  s.seqcycle AS cycles,
  v.last AS last_value,
  CASE WHEN v.last IS NULL THEN coalesce(v.obstacle, 'unused'::pg_catalog.text) END AS unknown_because,
  v.pid AS locked_by,
  coalesce(k.list, '[]'::pg_catalog.json) AS columns
FROM values_read AS v
INNER JOIN pg_catalog.pg_sequence AS s
  ON s.seqrelid = v.oid
LEFT JOIN columns AS k
  ON k.sequence = v.oid
ORDER BY v.nspname ASC, v.relname ASC
LIMIT ${MOST_SEQUENCES}`,
})
