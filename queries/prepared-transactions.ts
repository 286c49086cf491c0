/** Transactions that PREPARE TRANSACTION left behind: they hold locks and the xmin horizon, and have no pid to end. */
import { defineEntry } from './define.ts'

/** More than any server should have; `max_prepared_transactions` bounds them anyway. */
const ROWS = 1000

/** Every prepared transaction, oldest first. Complete for every role. */
export const preparedTransactions = defineEntry({
  id: 'prepared-transactions',
  title: 'Prepared transactions',
  about: 'Which prepared transactions wait to be committed or rolled back, whose are they, and how old?',
  reads: ['pg_prepared_xact()', 'pg_database', 'pg_roles'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['transaction'],
  columns: [
    { id: 'transaction', label: 'xid', kind: 'xid', meaning: 'Its transaction id.' },
    {
      id: 'gid',
      label: 'gid',
      kind: 'text',
      meaning: 'Its name: what COMMIT PREPARED and ROLLBACK PREPARED take, in its own database.',
    },
    { id: 'prepared', label: 'prepared', kind: 'time', meaning: 'When it was prepared.' },
    { id: 'prepared_seconds', label: 'age', kind: 'seconds', meaning: 'How long it waits.' },
    { id: 'xmin_age', label: 'xmin age', kind: 'count', meaning: 'Transaction ids given out since its own.' },
    {
      id: 'owner',
      label: 'owner',
      kind: 'name',
      meaning: 'Role that prepared it; only it or a superuser may end it.',
    },
    { id: 'database', label: 'database', kind: 'name', meaning: 'Database in which it has to be ended.' },
  ],
  sql: () => `/* pgtriage:prepared-transactions */
SELECT
  p.transaction AS transaction,
  p.gid AS gid,
  p.prepared AS prepared,
  greatest(0, pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - p.prepared)) AS prepared_seconds,
  pg_catalog.age(p.transaction)::pg_catalog.int8 AS xmin_age,
  r.rolname AS owner,
  d.datname AS database
FROM pg_catalog.pg_prepared_xact() AS p
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = p.ownerid
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = p.dbid
ORDER BY p.prepared ASC
LIMIT ${ROWS}`,
})
