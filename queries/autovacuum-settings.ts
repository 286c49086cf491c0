/** The settings that decide when autovacuum comes. */
import { type Column, defineEntry } from './define.ts'

const columns = [
  {
    id: 'autovacuum',
    label: 'autovacuum',
    kind: 'bool',
    meaning: 'Whether it runs at all (against wraparound it always does).',
  },
  {
    id: 'track_counts',
    label: 'counts',
    kind: 'bool',
    meaning: 'Whether changes are counted; off: it is blind.',
  },
  {
    id: 'autovacuum_naptime_seconds',
    label: 'naptime',
    kind: 'seconds',
    meaning: 'Rest between two rounds in a database.',
  },
  { id: 'autovacuum_max_workers', label: 'workers', kind: 'count', meaning: 'Workers at once.' },
  {
    id: 'autovacuum_vacuum_threshold',
    label: 'threshold',
    kind: 'count',
    meaning: 'Dead rows for a VACUUM, apart from the share of the table.',
  },
  {
    id: 'autovacuum_vacuum_scale_factor',
    label: 'scale',
    kind: 'text',
    meaning: 'Share of the rows that is added to it. Text: it can be above 1.',
  },
  {
    id: 'autovacuum_vacuum_max_threshold',
    label: 'maximum',
    kind: 'count',
    meaning: 'Dead rows that are always enough; -1 for no such bound.',
    since: 180_000,
  },
  {
    id: 'autovacuum_vacuum_insert_threshold',
    label: 'insert threshold',
    kind: 'count',
    meaning: 'Inserted rows for a VACUUM, apart from the share of the table; -1: never for inserts.',
  },
  {
    id: 'autovacuum_vacuum_insert_scale_factor',
    label: 'insert scale',
    kind: 'text',
    meaning: 'Share of the rows that is added to it (18+: of those on pages that are not frozen).',
  },
  {
    id: 'autovacuum_analyze_threshold',
    label: 'analyze threshold',
    kind: 'count',
    meaning: 'Changed rows for an ANALYZE, apart from the share of the table.',
  },
  {
    id: 'autovacuum_analyze_scale_factor',
    label: 'analyze scale',
    kind: 'text',
    meaning: 'Share of the rows that is added to it.',
  },
  {
    id: 'autovacuum_freeze_max_age',
    label: 'freeze age',
    kind: 'count',
    meaning: 'Age in transaction ids from which a table is vacuumed against wraparound.',
  },
  {
    id: 'autovacuum_multixact_freeze_max_age',
    label: 'multixact freeze age',
    kind: 'count',
    meaning: 'The same in multixact ids; the server lowers it by itself when their members take much space.',
  },
  {
    id: 'vacuum_failsafe_age',
    label: 'failsafe age',
    kind: 'count',
    meaning: 'Age from which VACUUM hurries and leaves indexes alone.',
    since: 140_000,
  },
  {
    id: 'vacuum_multixact_failsafe_age',
    label: 'multixact failsafe age',
    kind: 'count',
    meaning: 'The same in multixact ids.',
    since: 140_000,
  },
  { id: 'block_size', label: 'block', kind: 'bytes', meaning: 'Bytes of a block.' },
] as const satisfies readonly Column[]

/** One row. Settings that only the configuration changes, apart from `track_counts`: they hold for autovacuum too. */
export const autovacuumSettings = defineEntry({
  id: 'autovacuum-settings',
  title: 'Settings of autovacuum',
  about: 'When does autovacuum vacuum or analyze a table that has no settings of its own?',
  reads: ['current_setting()'],
  pace: 'steady',
  waits: 'nothing',
  identity: [],
  columns,
  sql: ({ versionNum }) => {
    const lines = columns.map((column) => {
      const since = 'since' in column ? column.since : 0
      return `  ${versionNum >= since ? expressionOf(column) : 'NULL::pg_catalog.int8'} AS ${column.id}`
    })
    return `/* pgtriage:autovacuum-settings */
SELECT
${lines.join(',\n')}
LIMIT 1`
  },
})

function expressionOf({ id, kind }: Column): string {
  const setting = `pg_catalog.current_setting('${id.replace(/_seconds$/, '')}')`
  if (kind === 'seconds') return `pg_catalog.date_part('epoch', ${setting}::pg_catalog.interval)`
  if (kind === 'text') return setting
  return `${setting}::pg_catalog.${kind === 'bool' ? 'bool' : 'int8'}`
}
