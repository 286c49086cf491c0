/** What VACUUM, ANALYZE and rewrites of tables are at in the connected database. */
import { type Column, defineEntry } from './define.ts'

/** More than any server has sessions. */
const ROWS = 1000

const columns = [
  { id: 'pid', label: 'pid', kind: 'pid', meaning: 'Process id of the backend.' },
  {
    id: 'command',
    label: 'command',
    kind: 'text',
    meaning: '`VACUUM`, `ANALYZE`, `VACUUM FULL` or `CLUSTER`; NULL for a hidden one of the last two.',
  },
  {
    id: 'relid',
    label: 'relation oid',
    kind: 'oid',
    meaning: 'The table or TOAST table it works on; NULL where hidden, as are the following.',
  },
  { id: 'phase', label: 'phase', kind: 'text', meaning: 'What it does now.' },
  {
    id: 'blocks_total',
    label: 'blocks',
    kind: 'count',
    meaning: 'Blocks of the table, or those that ANALYZE samples.',
  },
  { id: 'blocks_scanned', label: 'scanned', kind: 'count', meaning: 'Blocks of these that it has read.' },
  {
    id: 'blocks_vacuumed',
    label: 'vacuumed',
    kind: 'count',
    meaning: 'Blocks whose dead rows VACUUM has removed.',
  },
  {
    id: 'index_passes',
    label: 'index passes',
    kind: 'count',
    meaning: 'How often VACUUM went through all indexes; more than once: its memory was too small.',
  },
  {
    id: 'indexes_total',
    label: 'indexes',
    kind: 'count',
    meaning: 'Indexes of this pass.',
    since: 170_000,
  },
  {
    id: 'indexes_processed',
    label: 'indexes done',
    kind: 'count',
    meaning: 'Indexes of this pass that are done.',
    since: 170_000,
  },
  {
    id: 'delay_seconds',
    label: 'slept',
    kind: 'seconds',
    meaning: 'Time slept for cost-based delay, only with `track_cost_delay_timing`.',
    since: 180_000,
  },
  {
    id: 'is_autovacuum',
    label: 'automatic',
    kind: 'bool',
    meaning: 'Whether autovacuum runs it; NULL where hidden.',
  },
  {
    id: 'prevents_wraparound',
    label: 'wraparound',
    kind: 'bool',
    meaning: 'Whether autovacuum runs it to prevent wraparound, and does not give way; NULL where hidden.',
  },
  { id: 'running_seconds', label: 'for', kind: 'seconds', meaning: 'How long its transaction runs.' },
] as const satisfies readonly Column[]

/** Every command under way. A role without pg_read_all_stats sees that there is one, not what it works on. */
export const vacuumProgress = defineEntry({
  id: 'vacuum-progress',
  title: 'Progress of VACUUM and ANALYZE',
  about: 'Which tables of this database are vacuumed, analyzed or rewritten now, and how far is that?',
  reads: [
    'pg_stat_progress_vacuum',
    'pg_stat_progress_analyze',
    'pg_stat_progress_cluster',
    'pg_stat_get_activity()',
  ],
  pace: 'steady',
  waits: 'catalog locks',
  identity: ['pid', 'command'],
  columns,
  sql: ({ versionNum }) => {
    const since = (version: number, expression: string, type: string) =>
      versionNum >= version ? expression : `NULL::pg_catalog.${type}`
    return `/* pgtriage:vacuum-progress */
SELECT
  p.pid AS pid,
  p.command AS command,
  p.relid AS relid,
  p.phase AS phase,
  p.blocks_total AS blocks_total,
  p.blocks_scanned AS blocks_scanned,
  p.blocks_vacuumed AS blocks_vacuumed,
  p.index_passes AS index_passes,
  p.indexes_total AS indexes_total,
  p.indexes_processed AS indexes_processed,
  p.delay_time / 1000 AS delay_seconds,
  a.backend_type = 'autovacuum worker'::pg_catalog.text AS is_autovacuum,
  CASE
    WHEN a.backend_type = 'autovacuum worker'::pg_catalog.text
    THEN a.query LIKE '%(to prevent wraparound)'
    WHEN a.backend_type IS NOT NULL
    THEN false
  END AS prevents_wraparound,
  CASE
    WHEN a.xact_start IS NOT NULL
    THEN greatest(0, pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start))
  END AS running_seconds
FROM (
  SELECT
    v.pid AS pid,
    v.datid AS datid,
    'VACUUM'::pg_catalog.text AS command,
    v.relid AS relid,
    v.phase AS phase,
    v.heap_blks_total AS blocks_total,
    v.heap_blks_scanned AS blocks_scanned,
    v.heap_blks_vacuumed AS blocks_vacuumed,
    v.index_vacuum_count AS index_passes,
    ${since(170_000, 'v.indexes_total', 'int8')} AS indexes_total,
    ${since(170_000, 'v.indexes_processed', 'int8')} AS indexes_processed,
    ${since(180_000, 'v.delay_time', 'float8')} AS delay_time
  FROM pg_catalog.pg_stat_progress_vacuum AS v
  UNION ALL
  SELECT
    v.pid AS pid,
    v.datid AS datid,
    'ANALYZE'::pg_catalog.text AS command,
    v.relid AS relid,
    v.phase AS phase,
    v.sample_blks_total AS blocks_total,
    v.sample_blks_scanned AS blocks_scanned,
    NULL::pg_catalog.int8 AS blocks_vacuumed,
    NULL::pg_catalog.int8 AS index_passes,
    NULL::pg_catalog.int8 AS indexes_total,
    NULL::pg_catalog.int8 AS indexes_processed,
    ${since(180_000, 'v.delay_time', 'float8')} AS delay_time
  FROM pg_catalog.pg_stat_progress_analyze AS v
  UNION ALL
  SELECT
    v.pid AS pid,
    v.datid AS datid,
    v.command AS command,
    v.relid AS relid,
    v.phase AS phase,
    v.heap_blks_total AS blocks_total,
    v.heap_blks_scanned AS blocks_scanned,
    NULL::pg_catalog.int8 AS blocks_vacuumed,
    NULL::pg_catalog.int8 AS index_passes,
    NULL::pg_catalog.int8 AS indexes_total,
    NULL::pg_catalog.int8 AS indexes_processed,
    NULL::pg_catalog.float8 AS delay_time
  FROM pg_catalog.pg_stat_progress_cluster AS v
) AS p
INNER JOIN pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS own
  ON own.datid = p.datid
LEFT JOIN pg_catalog.pg_stat_get_activity(NULL) AS a
  ON a.pid = p.pid
ORDER BY p.pid ASC
LIMIT ${ROWS}`
  },
})
