/** The statement against its own past, as pg_stat_statements keeps it. */
import type { EntryRow } from '#queries/define.ts'
import type { statementHistory } from '#queries/statement-history.ts'
import type { Session } from '#src/activity/sessions.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { BLOCK_BYTES, bytes, count, duration, latency, percent, things, timestamp } from '#src/text/units.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { drawRuns, type Run, run } from '#src/view/run.ts'

type HistoryRow = EntryRow<typeof statementHistory>

/** A running statement this much slower than its own mean is worth a word. */
const SLOWER = 10

/** What it usually takes, and how the running one compares. Nothing when it never ended before. */
export function historyLines(
  rows: readonly HistoryRow[],
  session: Session,
  { width, theme }: { readonly width: number; readonly theme: Theme },
): readonly Drawable[] {
  return rows.flatMap((row) =>
    [...comparison(row, session), ...numbers(row)].map((each) =>
      drawRuns([run(safe`   `), each], width, theme),
    ),
  )
}

function comparison({ mean_seconds, calls }: HistoryRow, { row }: Session): readonly Run[] {
  if (row.query_seconds === null || mean_seconds === null || mean_seconds <= 0 || Number(calls) === 0) {
    return []
  }
  const factor = row.query_seconds / mean_seconds
  const text = safe`runs for ${duration(row.query_seconds)}, its mean is ${latency(mean_seconds)}`
  return factor < SLOWER ? [run(text)] : [run(safe`${text}: ${count(factor)} times as long`, 'warning')]
}

function numbers(row: HistoryRow): readonly Run[] {
  const since = row.stats_since === null ? safe`` : safe` since ${timestamp(row.stats_since)}`
  const nested = row.toplevel === false ? safe`, called inside functions` : safe``
  const hits = Number(row.shared_blks_hit ?? 0)
  const reads = Number(row.shared_blks_read ?? 0)
  return [
    run(
      safe`${things(row.calls ?? 0, 'call')}${since}${nested}: mean ${latency(row.mean_seconds)}, min ${latency(row.min_seconds)}, max ${latency(row.max_seconds)}, stddev ${latency(row.stddev_seconds)}`,
    ),
    run(
      safe`${perCall(row.rows, row.calls)} rows a call; in all ${hits + reads === 0 ? safe`no blocks` : safe`hit ${percent(hits / (hits + reads))} of ${count(hits + reads)} blocks`}${temp(row)}${wal(row)}`,
    ),
  ]
}

function perCall(total: number | bigint | null, calls: number | bigint | null): SafeText {
  const each = Number(calls) === 0 ? 0 : Number(total ?? 0) / Number(calls)
  return each < 10 ? toSafeText(String(Number(each.toFixed(1)))) : count(each)
}

function temp({ temp_blks_written }: HistoryRow): SafeText {
  const blocks = Number(temp_blks_written ?? 0)
  return blocks === 0 ? safe`` : safe`, ${bytes(blocks * BLOCK_BYTES)} to temporary files`
}

function wal({ wal_bytes }: HistoryRow): SafeText {
  return wal_bytes === null || Number(wal_bytes) === 0 ? safe`` : safe`, ${bytes(wal_bytes)} of WAL`
}
