/** Every process of the server and what it does: the list that the Activity screen lives on. */
import {
  backendAges,
  backendCondition,
  backendIdentity,
  backendOrigin,
  backendTimes,
  backendVisibility,
  isVisible,
} from './activity-columns.ts'
import { withNames } from './activity-names.ts'
import { defineEntry, type ServerFacts } from './define.ts'

/** Rows that one answer has at most. With more backends the idle ones are left out. */
const ROWS = 5000

/** Characters of a query text that travel in a list; a text of up to `QUERY_BYTES` is never cut. */
const QUERY_CHARACTERS = 1000
const QUERY_BYTES = 1024

/** Live; by the view, or by the function under it while pg_database or pg_authid is locked. */
export const activity = defineEntry({
  id: 'activity',
  title: 'Activity',
  about: 'What does every process of the server do, and since when?',
  reads: ['pg_stat_activity', 'pg_stat_get_activity()'],
  pace: 'live',
  waits: 'catalog locks',
  identity: ['pid', 'backend_start'],
  columns: [
    ...backendIdentity,
    ...backendOrigin,
    {
      id: 'datname',
      label: 'database',
      kind: 'name',
      meaning: 'Name of the database; NULL for processes without one.',
    },
    {
      id: 'usename',
      label: 'role',
      kind: 'name',
      meaning: 'Name of the role; NULL for processes without one.',
    },
    ...backendCondition,
    ...backendTimes,
    ...backendVisibility,
    {
      id: 'query',
      label: 'query',
      kind: 'sql',
      meaning: `Text of the statement that runs or, when none does, of the last one; of a text beyond ${QUERY_BYTES} bytes the first ${QUERY_CHARACTERS} characters.`,
    },
    {
      id: 'query_truncated',
      label: 'cut',
      kind: 'bool',
      meaning:
        'True where the text is cut here, or is as long as the server keeps (track_activity_query_size) and so most likely cut there.',
    },
    {
      id: 'total_rows',
      label: 'backends',
      kind: 'count',
      meaning: `Processes that the server has; beyond ${ROWS} the list leaves out idle ones, and what is more than that.`,
    },
  ],
  sql: (facts) =>
    text(facts, {
      source: 'pg_catalog.pg_stat_activity',
      names: ['a.datname', 'a.usename'],
    }),
  fallback: {
    waits: 'nothing',
    sql: (facts) =>
      text(facts, {
        source: 'pg_catalog.pg_stat_get_activity(NULL)',
        names: ['NULL::pg_catalog.name', 'NULL::pg_catalog.name'],
      }),
    complete: withNames,
  },
})

interface Variant {
  readonly source: string
  readonly names: readonly [database: string, role: string]
}

// `clock` is one moment for all rows. Every column and every join here is paid for by each of perhaps thousands
// of rows each second.
function text(facts: ServerFacts, { source, names: [database, role] }: Variant): string {
  return `/* pgtriage:activity */
SELECT
  a.pid AS pid,
  a.backend_start AS backend_start,
  a.leader_pid AS leader_pid,
  a.backend_type AS backend_type,
  a.datid AS datid,
  a.usesysid AS usesysid,
  a.application_name AS application_name,
  pg_catalog.host(a.client_addr) AS client_addr,
  a.client_hostname AS client_hostname,
  a.client_port::pg_catalog.int8 AS client_port,
  ${database} AS datname,
  ${role} AS usename,
  a.state AS state,
  a.wait_event_type AS wait_event_type,
  a.wait_event AS wait_event,
  a.xact_start AS xact_start,
  a.query_start AS query_start,
  a.state_change AS state_change,
  ${backendAges},
  a.backend_xid AS backend_xid,
  a.backend_xmin AS backend_xmin,
  ${facts.versionNum >= 140000 ? 'a.query_id' : 'NULL::pg_catalog.int8'} AS query_id,
  ${isVisible} AS visible,
  CASE
    WHEN pg_catalog.octet_length(a.query) > ${QUERY_BYTES} THEN pg_catalog.left(a.query, ${QUERY_CHARACTERS})
    ELSE a.query
  END AS query,
  pg_catalog.octet_length(a.query) >= ${truncatedFrom(facts)} AS query_truncated,
  clock.total_rows AS total_rows
FROM (
  SELECT
    pg_catalog.clock_timestamp() AS now,
    (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_get_backend_idset()) AS total_rows
) AS clock
CROSS JOIN ${source} AS a
WHERE a.pid IS NOT NULL
  AND (clock.total_rows <= ${ROWS} OR a.state IS DISTINCT FROM 'idle'::pg_catalog.text)
LIMIT ${ROWS}`
}

/** The server cuts at whole characters, so up to three bytes before the end of its buffer. */
function truncatedFrom({ trackActivityQuerySize }: ServerFacts): number {
  return Math.min(trackActivityQuerySize - 4, QUERY_BYTES + 1)
}
