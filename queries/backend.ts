/** Everything known of one backend: what the list leaves out. */
import {
  backendAges,
  backendCondition,
  backendIdentity,
  backendOrigin,
  backendTimes,
  backendVisibility,
  isVisible,
} from './activity-columns.ts'
import { defineEntry, type ServerFacts } from './define.ts'

/** Answers while pg_authid or pg_database is locked; the names are in the list already. */
export const backend = defineEntry({
  id: 'backend',
  title: 'Backend',
  about: 'What is known of this backend: its whole query, its connection, its transaction, its locks?',
  reads: [
    'pg_stat_get_activity()',
    'pg_lock_status()',
    'pg_stat_get_backend_subxact()',
    'pg_stat_get_backend_wal()',
  ],
  pace: 'onDemand',
  waits: 'nothing',
  identity: ['pid', 'backend_start'],
  parameters: [
    { name: 'pid', type: 'integer', meaning: 'Process id of the backend.' },
    {
      name: 'backend_start',
      type: 'timestamptz',
      meaning: 'When it started, so that no other backend of the same pid answers; NULL where it is hidden.',
    },
  ],
  columns: [
    ...backendIdentity,
    ...backendOrigin,
    ...backendCondition,
    ...backendTimes,
    ...backendVisibility,
    { id: 'ssl', label: 'ssl', kind: 'bool', meaning: 'Whether its connection is encrypted with TLS.' },
    { id: 'ssl_version', label: 'tls', kind: 'text', meaning: 'Version of TLS; NULL without.' },
    {
      id: 'ssl_cipher',
      label: 'cipher',
      kind: 'text',
      meaning: 'Cipher of the connection; NULL without TLS.',
    },
    {
      id: 'ssl_client_dn',
      label: 'client certificate',
      kind: 'text',
      meaning: "Distinguished name in the client's certificate; NULL without one.",
    },
    {
      id: 'gss_encrypted',
      label: 'gss',
      kind: 'bool',
      meaning: 'Whether its connection is encrypted with GSSAPI.',
    },
    {
      id: 'gss_principal',
      label: 'principal',
      kind: 'text',
      meaning: 'Principal that logged in by GSSAPI; NULL without.',
    },
    { id: 'locks_held', label: 'locks held', kind: 'count', meaning: 'Heavyweight locks that it holds.' },
    {
      id: 'locks_wanted',
      label: 'locks wanted',
      kind: 'count',
      meaning: 'Heavyweight locks that it waits for: 0 or 1.',
    },
    {
      id: 'relations_locked',
      label: 'relations locked',
      kind: 'count',
      meaning: 'Tables, indexes and the like of any database on which it holds a lock.',
    },
    {
      id: 'subxact_count',
      label: 'subtransactions',
      kind: 'count',
      meaning: 'Open subtransactions (savepoints, exception blocks) that have written.',
      since: 160000,
    },
    {
      id: 'subxact_overflowed',
      label: 'overflowed',
      kind: 'bool',
      meaning: 'More than 64 of them: snapshots of all sessions then have to look them up, which is slow.',
      since: 160000,
    },
    {
      id: 'wal_bytes',
      label: 'wal',
      kind: 'bytes',
      counter: true,
      meaning: 'WAL that it has written since it started.',
      since: 180000,
    },
    {
      id: 'query',
      label: 'query',
      kind: 'sql',
      meaning:
        'Text of the statement that runs or, when none does, of the last one, as far as the server keeps it.',
    },
    {
      id: 'query_truncated',
      label: 'cut',
      kind: 'bool',
      meaning:
        'True where the text is as long as the server keeps (track_activity_query_size), so most likely cut.',
    },
  ],
  sql: (facts) => `/* pgtriage:backend */
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
  a.ssl AS ssl,
  a.sslversion AS ssl_version,
  a.sslcipher AS ssl_cipher,
  a.ssl_client_dn AS ssl_client_dn,
  a.gss_enc AS gss_encrypted,
  a.gss_princ AS gss_principal,
  lock.held AS locks_held,
  lock.wanted AS locks_wanted,
  lock.relations AS relations_locked,
  ${subtransactions(facts)},
  ${facts.versionNum >= 180000 ? '(SELECT w.wal_bytes::pg_catalog.int8 FROM pg_catalog.pg_stat_get_backend_wal(a.pid) AS w)' : 'NULL::pg_catalog.int8'} AS wal_bytes,
  a.query AS query,
  pg_catalog.octet_length(a.query) >= ${facts.trackActivityQuerySize - 4} AS query_truncated
FROM (SELECT pg_catalog.clock_timestamp() AS now) AS clock
CROSS JOIN pg_catalog.pg_stat_get_activity($1::pg_catalog.int4) AS a
CROSS JOIN (
  SELECT
    pg_catalog.count(*) FILTER (WHERE l.granted) AS held,
    pg_catalog.count(*) FILTER (WHERE NOT l.granted) AS wanted,
    pg_catalog.count(DISTINCT (l.database, l.relation)) FILTER (
      WHERE l.granted AND l.locktype = 'relation'::pg_catalog.text
    ) AS relations
  FROM pg_catalog.pg_lock_status() AS l
  WHERE l.pid = $1::pg_catalog.int4
) AS lock${subtransactionsFrom(facts)}
WHERE $2::pg_catalog.timestamptz IS NULL OR a.backend_start = $2::pg_catalog.timestamptz
LIMIT 1`,
})

function subtransactions({ versionNum }: ServerFacts): string {
  return versionNum >= 160000
    ? `subxact.count::pg_catalog.int8 AS subxact_count,
  subxact.overflowed AS subxact_overflowed`
    : `NULL::pg_catalog.int8 AS subxact_count,
  NULL::pg_catalog.bool AS subxact_overflowed`
}

function subtransactionsFrom({ versionNum }: ServerFacts): string {
  return versionNum >= 160000
    ? `
LEFT JOIN LATERAL (
  SELECT
    s.subxact_count AS count,
    s.subxact_overflowed AS overflowed
  FROM pg_catalog.pg_stat_get_backend_idset() AS id
  CROSS JOIN LATERAL pg_catalog.pg_stat_get_backend_subxact(id) AS s
  WHERE pg_catalog.pg_stat_get_backend_pid(id) = $1::pg_catalog.int4
  LIMIT 1
) AS subxact ON true`
    : ''
}
