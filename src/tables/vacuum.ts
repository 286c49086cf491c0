/** When autovacuum comes to a table (autovacuum.c, relation_needs_vacanalyze; manual: The Autovacuum Daemon). */

import { booleanOption, integerOption, realOption } from '#src/text/storage-options.ts'
import type { VacuumTarget } from './facts.ts'
import { isPastMaxAge } from './freeze.ts'
import type { AutovacuumSettings } from './settings.ts'

/** What is owed to a table or TOAST table. */
export interface VacuumNeed {
  /** It comes with more dead rows than this. */
  readonly vacuumThreshold: number
  /** It comes with more rows inserted than this; null where it never comes for inserts alone. */
  readonly insertThreshold: number | null
  /** It analyzes with more rows changed than this; null for TOAST. */
  readonly analyzeThreshold: number | null
  readonly hasManyDead: boolean
  readonly hasManyInserted: boolean
  readonly hasManyChanged: boolean
  /** It comes whatever is set, against wraparound. */
  readonly isForced: boolean
  /** False where `autovacuum_enabled` of the table is off. */
  readonly isEnabled: boolean
  /** Whether it vacuums in its next round. */
  readonly vacuumDue: boolean
  readonly analyzeDue: boolean
  /** Dead rows as a multiple of the threshold; Infinity where that is 0. */
  readonly deadRatio: number
}

/** What autovacuum makes of it. Only for a primary, since a standby counts nothing, and for no temporary table. */
export function vacuumNeed(target: VacuumTarget, settings: AutovacuumSettings): VacuumNeed {
  const { options } = target
  const rows = single(Math.max(0, target.rows ?? 0))
  const insertBase =
    atLeast(-1, integerOption(options, 'autovacuum_vacuum_insert_threshold')) ?? settings.insertThreshold
  const vacuumThreshold = vacuumThresholdOf(target, settings)
  const insertThreshold =
    insertBase < 0
      ? null
      : single(
          insertBase +
            single(
              scaled(
                rows,
                realOption(options, 'autovacuum_vacuum_insert_scale_factor'),
                settings.insertScale,
              ) * unfrozen(target),
            ),
        )
  const analyzeThreshold =
    target.changed === null
      ? null
      : single(
          (atLeast(0, integerOption(options, 'autovacuum_analyze_threshold')) ?? settings.analyzeThreshold) +
            scaled(rows, realOption(options, 'autovacuum_analyze_scale_factor'), settings.analyzeScale),
        )
  const hasManyDead = single(target.dead) > vacuumThreshold
  const hasManyInserted = insertThreshold !== null && single(target.inserted) > insertThreshold
  const hasManyChanged = analyzeThreshold !== null && single(target.changed ?? 0) > analyzeThreshold
  const isForced = isPastMaxAge(target, settings)
  const isEnabled = booleanOption(options, 'autovacuum_enabled') ?? true
  const comes = settings.isActive && (isEnabled || isForced)
  return {
    vacuumThreshold,
    insertThreshold,
    analyzeThreshold,
    hasManyDead,
    hasManyInserted,
    hasManyChanged,
    isForced,
    isEnabled,
    vacuumDue: isForced || (comes && (hasManyDead || hasManyInserted)),
    analyzeDue: comes && hasManyChanged,
    deadRatio: target.dead === 0 ? 0 : target.dead / vacuumThreshold,
  }
}

function vacuumThresholdOf({ options, rows }: VacuumTarget, settings: AutovacuumSettings): number {
  const base = atLeast(0, integerOption(options, 'autovacuum_vacuum_threshold')) ?? settings.vacuumThreshold
  const scale = realOption(options, 'autovacuum_vacuum_scale_factor')
  const most =
    atLeast(-1, integerOption(options, 'autovacuum_vacuum_max_threshold')) ?? settings.vacuumMaxThreshold
  const threshold = single(base + scaled(single(Math.max(0, rows ?? 0)), scale, settings.vacuumScale))
  return most >= 0 && threshold > single(most) ? single(most) : threshold
}

/** Since 18 pages that are frozen do not count for the share of the rows. */
function unfrozen({ pages, frozenPages }: VacuumTarget): number {
  if (frozenPages === null || frozenPages <= 0 || pages <= 0) return 1
  return single(1 - single(Math.min(frozenPages, pages) / pages))
}

function scaled(rows: number, own: number | null, setting: number): number {
  return single(single(own !== null && own >= 0 ? own : setting) * rows)
}

function atLeast(least: number, value: number | null): number | null {
  return value !== null && value >= least ? value : null
}

/** The server reckons in single precision (float4), and so do we, or big tables would be some rows off. */
function single(value: number): number {
  return Math.fround(value)
}
