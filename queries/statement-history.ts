/** What pg_stat_statements remembers of one statement. */
import { defineEntry } from './define.ts'
import { executionColumns, type StatementsExtension, statementsExtension } from './statements-extension.ts'

/** The counters alone: with `showtext` false the file of query texts is not read. */
export const statementHistory = defineEntry({
  id: 'statement-history',
  title: 'History of a statement',
  about: 'How often did this statement run, how long did it take, and what did it read and write?',
  reads: ['pg_stat_statements()'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['toplevel'],
  timeoutMs: 5000,
  parameters: [
    { name: 'query_id', type: 'bigint', meaning: 'Identifier of the statement.' },
    { name: 'datid', type: 'oid', meaning: 'Database it runs in.' },
    { name: 'usesysid', type: 'oid', meaning: 'Role that runs it.' },
  ],
  columns: [
    ...executionColumns,
    { id: 'min_seconds', label: 'min', kind: 'seconds', meaning: 'Shortest execution.' },
    { id: 'max_seconds', label: 'max', kind: 'seconds', meaning: 'Longest execution.' },
    { id: 'stddev_seconds', label: 'stddev', kind: 'seconds', meaning: 'Standard deviation of it.' },
    { id: 'rows', label: 'rows', kind: 'count', counter: true, meaning: 'Rows returned or changed.' },
    {
      id: 'shared_blks_hit',
      label: 'blocks hit',
      kind: 'count',
      counter: true,
      meaning: 'Blocks found in shared buffers.',
    },
    {
      id: 'shared_blks_read',
      label: 'blocks read',
      kind: 'count',
      counter: true,
      meaning: 'Blocks not found there.',
    },
    {
      id: 'shared_blks_dirtied',
      label: 'blocks dirtied',
      kind: 'count',
      counter: true,
      meaning: 'Blocks changed.',
    },
    {
      id: 'temp_blks_written',
      label: 'temp blocks',
      kind: 'count',
      counter: true,
      meaning: 'Blocks written to temporary files.',
    },
    {
      id: 'read_seconds',
      label: 'reading',
      kind: 'seconds',
      counter: true,
      meaning: 'Time reading blocks of tables and indexes; 0 unless track_io_timing is on.',
    },
    {
      id: 'wal_bytes',
      label: 'wal',
      kind: 'bytes',
      counter: true,
      meaning: 'WAL written; NULL where the extension is older than 1.8.',
    },
    {
      id: 'stats_since',
      label: 'since',
      kind: 'time',
      meaning: 'When these counters began; NULL where the extension is older than 1.11.',
    },
  ],
  sql: (facts) => {
    const extension = statementsExtension(facts)
    return 'unavailable' in extension ? extension : text(extension)
  },
})

function text({ schema, minor, time }: StatementsExtension): string {
  return `/* pgtriage:statement-history */
SELECT
  ${minor >= 9 ? 's.toplevel' : 'NULL::pg_catalog.bool'} AS toplevel,
  s.calls AS calls,
  s.${time('total')} / 1000 AS total_seconds,
  s.${time('mean')} / 1000 AS mean_seconds,
  s.${time('min')} / 1000 AS min_seconds,
  s.${time('max')} / 1000 AS max_seconds,
  s.${time('stddev')} / 1000 AS stddev_seconds,
  s.rows AS rows,
  s.shared_blks_hit AS shared_blks_hit,
  s.shared_blks_read AS shared_blks_read,
  s.shared_blks_dirtied AS shared_blks_dirtied,
  s.temp_blks_written AS temp_blks_written,
  ${minor >= 11 ? 's.shared_blk_read_time' : 's.blk_read_time'} / 1000 AS read_seconds,
  ${minor >= 8 ? 's.wal_bytes' : 'NULL'}::pg_catalog.int8 AS wal_bytes,
  ${minor >= 11 ? 's.stats_since' : 'NULL::pg_catalog.timestamptz'} AS stats_since
FROM ${schema}.pg_stat_statements(false) AS s
WHERE s.queryid = $1::pg_catalog.int8
  AND s.dbid = $2::pg_catalog.oid
  AND s.userid = $3::pg_catalog.oid
LIMIT 2`
}
