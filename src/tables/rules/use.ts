/** How a table is written and read: updates that are not HOT, scans of all of it, inserts that nothing freezes. */
import { count, percent } from '#src/text/units.ts'
import type { TableRule } from '../case.ts'
import type { Remedy } from '../finding.ts'

/** Updates that make a sample (pg-extras). */
const UPDATES = 10_000
const HOT_LOW = 0.5
const NEW_PAGE_HIGH = 0.2

/** Few updates are heap-only, or many go to another page. */
export const hotBlocked: TableRule = ({ facts, hot }) => {
  const { updates, hotRatio, newPageRatio, indexedRatio, blockedBy } = hot
  if (hotRatio === null || updates < UPDATES || facts.row.index_count === 0) return null
  const isLow = hotRatio < HOT_LOW
  const leavesPage = (newPageRatio ?? 0) > NEW_PAGE_HIGH
  if (!isLow && !leavesPage) return null
  const cause = isLow ? blockedBy : 'full pages'
  return {
    id: 'hot-blocked',
    severity: 'warning',
    sentence: `${percent(hotRatio)} of ${count(updates)} updates were HOT${cause === null ? '' : `; mostly in the way: ${cause === 'full pages' ? 'full pages' : 'an indexed column that changes'}`}`,
    evidence: [
      ...(newPageRatio === null ? [] : [`${percent(newPageRatio)} went to another page`]),
      ...(indexedRatio === null
        ? []
        : [`${percent(indexedRatio)} stayed on the page and changed an indexed column`]),
      `fillfactor ${facts.fillfactor}`,
    ],
    confidence: cause === null ? 'low' : 'medium',
    remedy: cause === 'full pages' ? lowerFillfactor(facts.sqlName, facts.fillfactor) : dropIndex(cause),
    caveats: [
      'counted since the statistics began',
      ...(cause === null ? ['before 16 the server does not tell why'] : []),
    ],
  }
}

function lowerFillfactor(sqlName: string, fillfactor: number): Remedy {
  const next = Math.max(50, fillfactor > 80 ? 80 : fillfactor - 10)
  return {
    sql: next < fillfactor ? [`ALTER TABLE ${sqlName} SET (fillfactor = ${next});`] : [],
    notes: [
      'Only pages filled from now on keep room; VACUUM FULL (ACCESS EXCLUSIVE) or pg_repack rewrites the old ones.',
      'Long transactions keep old versions on the page and fill it too.',
    ],
  }
}

function dropIndex(cause: 'indexed column' | null): Remedy | null {
  return cause === null
    ? null
    : { sql: [], notes: ['See which index holds the column that is updated most, and whether it is needed.'] }
}

const SCANS = 100
const ROWS_PER_SCAN = 10_000
const SCANNED_PAGES = 1000
const SCAN_SHARE = 0.1

/** Read as a whole again and again. */
export const sequentialScans: TableRule = ({ facts }) => {
  const [scans, rows, byIndex] = [facts.row.seq_scan, facts.row.seq_tup_read, facts.row.idx_scan].map(
    Number,
  ) as [number, number, number]
  if (scans < SCANS || facts.heapPages <= SCANNED_PAGES) return null
  const each = rows / scans
  const share = scans / (scans + byIndex)
  if (each <= ROWS_PER_SCAN || share < SCAN_SHARE) return null
  return {
    id: 'sequential-scans',
    severity: 'warning',
    sentence: `${count(scans)} sequential scans read ${count(each)} rows each, ${percent(share)} of its scans`,
    evidence: [
      `${count(rows)} rows read that way, ${count(byIndex)} index scans`,
      ...(facts.row.last_seq_scan === null ? [] : [`last one ${facts.row.last_seq_scan.slice(0, 10)}`]),
    ],
    confidence: 'low',
    remedy: {
      sql: [],
      notes: ['Explain the statements that read it: an index helps those that want few of its rows.'],
    },
    caveats: [
      'each parallel worker counts as a scan, and so do pg_dump, COPY and CREATE INDEX',
      'for reports over all rows it is right',
    ],
  }
}

const MANY_PAGES = 1000

/** Only inserted into, never vacuumed, and autovacuum does not come for inserts: all at once, one day. */
export const neverFrozen: TableRule = ({ facts, need }) => {
  const { row, target, heapPages, lastVacuum } = facts
  if (need === null || need.vacuumDue || lastVacuum !== null || heapPages < MANY_PAGES) return null
  if (Number(row.relallvisible ?? 0) > 0 || (target.frozenPages ?? 0) > 0) return null
  if (Number(row.n_tup_upd ?? 0) + Number(row.n_tup_del ?? 0) > 0 || Number(row.n_tup_ins ?? 0) === 0)
    return null
  // Autovacuum will come by itself when enough was inserted.
  if (need.isEnabled && need.insertThreshold !== null) return null
  return {
    id: 'never-frozen',
    severity: 'info',
    sentence: 'only inserted into and never vacuumed: one day all of it is frozen at once',
    evidence: [
      need.insertThreshold === null ? 'autovacuum does not come for inserts' : 'autovacuum is off for it',
      'no page is all-visible: index-only scans read the table too',
    ],
    confidence: 'medium',
    remedy: {
      sql: [`VACUUM (FREEZE, ANALYZE) ${facts.sqlName};`],
      notes: ['It writes every page once, and reading and writing go on.'],
    },
    caveats: ['a crash or a reset of the statistics forgets VACUUMs'],
  }
}
