/** Tables whose statistics for the planner are missing or old. */
import { count, timestamp } from '#src/text/units.ts'
import { SMALL_PAGES, type TableRule } from '../case.ts'
import type { Remedy } from '../finding.ts'

/** Rows below which any plan is good enough. */
const FEW_ROWS = 1000
/** Changed rows as a multiple of the threshold at which autovacuum should long have analyzed. */
const STALE = 10

/** Never analyzed, as far as the server remembers. */
export const neverAnalyzed: TableRule = ({ facts, need }) => {
  const { target, lastAnalyze, live } = facts
  if (need === null || lastAnalyze !== null || live < FEW_ROWS) return null
  const wasCounted = target.rows !== null
  const comes = need.analyzeDue
  return {
    id: 'never-analyzed',
    // Statistics from before a crash or reset may still be there.
    severity: comes || wasCounted ? 'info' : 'warning',
    sentence: `no ANALYZE known for about ${count(live)} rows`,
    evidence: [
      wasCounted
        ? 'rows were counted by VACUUM, CREATE INDEX or an ANALYZE long ago'
        : 'rows were never counted',
      comes ? 'autovacuum will come' : 'autovacuum does not come for it now',
    ],
    confidence: wasCounted ? 'low' : 'high',
    remedy: analyze(facts.sqlName),
    caveats: wasCounted ? ['a crash or a reset of the statistics forgets the last ANALYZE'] : [],
  }
}

/** Much has changed since. */
export const staleStatistics: TableRule = ({ facts, need }) => {
  const { target, lastAnalyze, heapPages } = facts
  if (need === null || need.analyzeThreshold === null || lastAnalyze === null) return null
  const changed = target.changed ?? 0
  if (changed <= STALE * need.analyzeThreshold || heapPages < SMALL_PAGES) return null
  return {
    id: 'stale-statistics',
    severity: 'warning',
    sentence: `${count(changed)} rows changed since the last ANALYZE`,
    evidence: [
      `autovacuum analyzes above ${count(need.analyzeThreshold)}`,
      `last ANALYZE ${timestamp(lastAnalyze)} UTC`,
      ...(need.analyzeDue ? [] : ['autovacuum does not come for it']),
    ],
    confidence: need.analyzeDue ? 'medium' : 'high',
    remedy: analyze(facts.sqlName),
    caveats: need.analyzeDue ? ['autovacuum may be on its way'] : [],
  }
}

/** Autovacuum analyzes partitions, never the partitioned table, whose statistics its plans need (manual: ANALYZE). */
export const partitionsNotAnalyzed: TableRule = ({ facts, totals }, { versionNum, inRecovery }) => {
  // Until 13 the server keeps no record of it.
  if (totals === null || inRecovery || versionNum < 140_000 || totals.rows < FEW_ROWS) return null
  const counted = facts.target.rows
  if (counted === null) {
    return {
      id: 'partitions-not-analyzed',
      severity: 'warning',
      sentence: `never analyzed as a whole: about ${count(totals.rows)} rows in ${count(totals.leaves)} partitions`,
      evidence: ['rows of the partitioned table were never counted', 'autovacuum analyzes partitions only'],
      confidence: 'high',
      remedy: analyzeAll(facts.sqlName),
      caveats: [],
    }
  }
  if (totals.uncounted > 0 || totals.rows < 2 * counted) return null
  return {
    id: 'partitions-not-analyzed',
    severity: 'info',
    sentence: `grown from ${count(counted)} to about ${count(totals.rows)} rows since it was last analyzed as a whole`,
    evidence: [
      facts.lastAnalyze === null ? 'no ANALYZE known' : `last ANALYZE ${timestamp(facts.lastAnalyze)} UTC`,
      'autovacuum analyzes partitions only',
    ],
    confidence: 'medium',
    remedy: analyzeAll(facts.sqlName),
    caveats: ['rows are estimates'],
  }
}

function analyze(sqlName: string): Remedy {
  return { sql: [`ANALYZE ${sqlName};`], notes: ['It reads a sample; reading and writing go on.'] }
}

function analyzeAll(sqlName: string): Remedy {
  return {
    sql: [`ANALYZE ${sqlName};`],
    notes: ['It samples every partition, and analyzes each of them too.', 'Repeat it regularly, from a job.'],
  }
}
