/** How far a long command of one backend is, by whichever pg_stat_progress_* view tells it. */
import { defineEntry, type ServerFacts } from './define.ts'

/** No row: the backend runs no command that reports progress. */
export const backendProgress = defineEntry({
  id: 'backend-progress',
  title: 'Progress of a backend',
  about: 'How far is the long command that this backend runs?',
  reads: [
    'pg_stat_progress_vacuum',
    'pg_stat_progress_create_index',
    'pg_stat_progress_cluster',
    'pg_stat_progress_analyze',
    'pg_stat_progress_copy',
    'pg_stat_progress_basebackup',
    'pg_class',
  ],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['pid', 'command', 'relid'],
  parameters: [{ name: 'pid', type: 'integer', meaning: 'Process id of the backend.' }],
  columns: [
    { id: 'pid', label: 'pid', kind: 'pid', meaning: 'Process id of the backend.' },
    {
      id: 'command',
      label: 'command',
      kind: 'text',
      meaning:
        '`VACUUM`, `CREATE INDEX`, `REINDEX CONCURRENTLY`, `CLUSTER`, `ANALYZE`, `COPY FROM`, `BASE BACKUP`, …',
    },
    {
      id: 'phase',
      label: 'phase',
      kind: 'text',
      meaning: 'What it does now; NULL where hidden, and for COPY.',
    },
    {
      id: 'done',
      label: 'done',
      kind: 'count',
      meaning: 'How much of this phase is done, in `unit`; it begins anew with each phase.',
    },
    {
      id: 'total',
      label: 'of',
      kind: 'count',
      meaning: 'How much this phase has to do, in `unit`; NULL where that is not known.',
    },
    {
      id: 'unit',
      label: 'unit',
      kind: 'text',
      meaning:
        '`blocks`, `tuples`, `indexes`, `bytes`, `lockers` or `child tables`; NULL in a phase that counts nothing.',
    },
    {
      id: 'waits_for_pid',
      label: 'waits for',
      kind: 'pid',
      meaning:
        'Session that a CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY waits for to end its transaction.',
    },
    {
      id: 'datid',
      label: 'database oid',
      kind: 'oid',
      meaning: 'Database it works in; NULL for a base backup.',
    },
    { id: 'relid', label: 'relation oid', kind: 'oid', meaning: 'Table it works on; 0 where there is none.' },
    {
      id: 'relation_name',
      label: 'relation',
      kind: 'name',
      meaning:
        'Name of that table with its schema, quoted as SQL; NULL in another database and where hidden.',
    },
  ],
  sql: (facts) => `/* pgtriage:backend-progress */
SELECT
  p.pid AS pid,
  p.command AS command,
  p.phase AS phase,
  p.done AS done,
  nullif(p.total, 0) AS total,
  p.unit AS unit,
  nullif(p.waits_for_pid, 0)::pg_catalog.int4 AS waits_for_pid,
  p.datid AS datid,
  p.relid AS relid,
  CASE
    WHEN p.datid = own.datid AND p.relid <> 0::pg_catalog.oid
    THEN p.relid::pg_catalog.regclass::pg_catalog.text
  END AS relation_name
FROM (
  ${views(facts)}
) AS p
CROSS JOIN pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS own
WHERE p.pid = $1::pg_catalog.int4
LIMIT 10`,
})

/** What one view says: each a SQL expression over its row `v`. */
interface Progress {
  readonly view: string
  readonly since?: number
  readonly command: string
  readonly phase: string
  /** Condition, done, total and unit, tried in this order. */
  readonly measures: (facts: ServerFacts) => readonly (readonly [string, string, string, string])[]
  readonly waitsForPid?: string
  readonly datid?: string
  readonly relid?: string
}

const progress: readonly Progress[] = [
  {
    view: 'vacuum',
    command: `'VACUUM'`,
    phase: 'v.phase',
    measures: ({ versionNum }) => [
      [`v.phase = 'scanning heap'`, 'v.heap_blks_scanned', 'v.heap_blks_total', 'blocks'],
      [`v.phase = 'vacuuming heap'`, 'v.heap_blks_vacuumed', 'v.heap_blks_total', 'blocks'],
      ...(versionNum >= 170000
        ? ([
            [
              `v.phase IN ('vacuuming indexes', 'cleaning up indexes')`,
              'v.indexes_processed',
              'v.indexes_total',
              'indexes',
            ],
          ] as const)
        : []),
    ],
  },
  {
    view: 'create_index',
    command: 'v.command',
    phase: 'v.phase',
    // A phase that sorts counts nothing; the pairs then still hold what a phase before left there.
    measures: () => [
      [`v.phase LIKE 'waiting for %'`, 'v.lockers_done', 'v.lockers_total', 'lockers'],
      [`v.phase LIKE '%loading tuples%'`, 'v.tuples_done', 'v.tuples_total', 'tuples'],
      [
        `v.phase LIKE '%scanning%' OR (v.phase = 'building index' AND v.blocks_total > 0)`,
        'v.blocks_done',
        'v.blocks_total',
        'blocks',
      ],
      [`v.phase = 'building index'`, 'v.tuples_done', 'v.tuples_total', 'tuples'],
    ],
    waitsForPid: 'v.current_locker_pid',
  },
  {
    view: 'cluster',
    command: 'v.command',
    phase: 'v.phase',
    measures: () => [
      [`v.phase = 'seq scanning heap'`, 'v.heap_blks_scanned', 'v.heap_blks_total', 'blocks'],
      [`v.phase = 'index scanning heap'`, 'v.heap_tuples_scanned', '0', 'tuples'],
      [`v.phase = 'writing new heap'`, 'v.heap_tuples_written', 'v.heap_tuples_scanned', 'tuples'],
      [`v.phase = 'rebuilding index'`, 'v.index_rebuild_count', '0', 'indexes'],
    ],
  },
  {
    view: 'analyze',
    command: `'ANALYZE'`,
    phase: 'v.phase',
    measures: () => [
      [`v.phase = 'acquiring sample rows'`, 'v.sample_blks_scanned', 'v.sample_blks_total', 'blocks'],
      [
        `v.phase = 'acquiring inherited sample rows'`,
        'v.child_tables_done',
        'v.child_tables_total',
        'child tables',
      ],
    ],
  },
  {
    view: 'copy',
    since: 140000,
    command: 'v.command',
    phase: 'NULL',
    measures: () => [
      ['v.bytes_total > 0', 'v.bytes_processed', 'v.bytes_total', 'bytes'],
      ['v.tuples_processed IS NOT NULL', 'v.tuples_processed', '0', 'tuples'],
    ],
  },
  {
    view: 'basebackup',
    command: `'BASE BACKUP'`,
    phase: 'v.phase',
    measures: () => [['v.backup_streamed IS NOT NULL', 'v.backup_streamed', 'v.backup_total', 'bytes']],
    datid: 'NULL',
    relid: '0',
  },
]

function views(facts: ServerFacts): string {
  return progress
    .filter(({ since = 0 }) => facts.versionNum >= since)
    .map((each) => select(each, facts))
    .join('\n  UNION ALL\n  ')
}

function select(each: Progress, facts: ServerFacts): string {
  const measures = each.measures(facts)
  const by = (value: (measure: readonly [string, string, string, string]) => string) =>
    `CASE ${measures.map((measure) => `WHEN ${measure[0]} THEN ${value(measure)}`).join(' ')} END`
  return `SELECT
    v.pid AS pid,
    ${each.command}::pg_catalog.text AS command,
    ${each.phase}::pg_catalog.text AS phase,
    ${by(([, done]) => done)}::pg_catalog.int8 AS done,
    ${by(([, , total]) => total)}::pg_catalog.int8 AS total,
    ${by(([, , , unit]) => `'${unit}'`)}::pg_catalog.text AS unit,
    ${each.waitsForPid ?? 'NULL'}::pg_catalog.int8 AS waits_for_pid,
    ${each.datid ?? 'v.datid'}::pg_catalog.oid AS datid,
    ${each.relid ?? 'v.relid'}::pg_catalog.oid AS relid
  FROM pg_catalog.pg_stat_progress_${each.view} AS v`
}
