/** The settings of the server that decide when autovacuum comes. */
import type { autovacuumSettings } from '#queries/autovacuum-settings.ts'
import type { EntryRow } from '#queries/define.ts'

/** Ages in ids, thresholds in rows, scale factors as shares of the rows. */
export interface AutovacuumSettings {
  /** Both `autovacuum` and `track_counts` are on; otherwise it only comes against wraparound. */
  readonly isActive: boolean
  readonly autovacuum: boolean
  readonly trackCounts: boolean
  readonly naptimeSeconds: number
  readonly maxWorkers: number
  readonly vacuumThreshold: number
  readonly vacuumScale: number
  /** -1 for none, as on all servers before 18. */
  readonly vacuumMaxThreshold: number
  /** -1: never for inserts alone. */
  readonly insertThreshold: number
  readonly insertScale: number
  readonly analyzeThreshold: number
  readonly analyzeScale: number
  readonly freezeMaxAge: number
  readonly multixactFreezeMaxAge: number
  /** Null before 14. */
  readonly failsafeAge: number | null
  readonly multixactFailsafeAge: number | null
  /** Bytes. */
  readonly blockSize: number
}

/** Settings from their row; what is missing there has PostgreSQL's default. */
export function autovacuumSettingsOf(row: Partial<EntryRow<typeof autovacuumSettings>>): AutovacuumSettings {
  const autovacuum = row.autovacuum ?? true
  const trackCounts = row.track_counts ?? true
  const number = (value: number | bigint | string | null | undefined, otherwise: number) =>
    Number(value ?? otherwise)
  const orNull = (value: number | bigint | null | undefined) => (value == null ? null : Number(value))
  return {
    isActive: autovacuum && trackCounts,
    autovacuum,
    trackCounts,
    naptimeSeconds: row.autovacuum_naptime_seconds ?? 60,
    maxWorkers: number(row.autovacuum_max_workers, 3),
    vacuumThreshold: number(row.autovacuum_vacuum_threshold, 50),
    vacuumScale: number(row.autovacuum_vacuum_scale_factor, 0.2),
    vacuumMaxThreshold: number(row.autovacuum_vacuum_max_threshold, -1),
    insertThreshold: number(row.autovacuum_vacuum_insert_threshold, 1000),
    insertScale: number(row.autovacuum_vacuum_insert_scale_factor, 0.2),
    analyzeThreshold: number(row.autovacuum_analyze_threshold, 50),
    analyzeScale: number(row.autovacuum_analyze_scale_factor, 0.1),
    freezeMaxAge: number(row.autovacuum_freeze_max_age, 200_000_000),
    multixactFreezeMaxAge: number(row.autovacuum_multixact_freeze_max_age, 400_000_000),
    failsafeAge: orNull(row.vacuum_failsafe_age),
    multixactFailsafeAge: orNull(row.vacuum_multixact_failsafe_age),
    blockSize: number(row.block_size, 8192),
  }
}
