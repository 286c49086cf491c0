/** Dead rows that should be gone: VACUUM is overdue, under way, or kept from its work. */
import { count, duration, timestamp } from '#src/text/units.ts'
import { LARGE_PAGES, SMALL_PAGES, secondsSince, type TableCase, type TableContext } from '../case.ts'
import type { Severity, TableFinding } from '../finding.ts'
import type { XminHolder } from '../horizon.ts'
import type { VacuumNeed } from '../vacuum.ts'

/** A holder that is neither this old, in seconds, nor seen to have been in the way may be none a moment later. */
const HOLDS_LONG_S = 300
/** Or this many transaction ids. */
const HOLDS_MANY = 1_000_000
const CRITICAL_HOLD_S = 24 * 3600
const CRITICAL_HOLD_XIDS = 100_000_000

/** Of the table or of its TOAST table, whichever has more dead rows for its threshold. */
export function vacuumOverdue(table: TableCase, context: TableContext): TableFinding | null {
  const { need, toastNeed } = table
  if (need === null) return null
  const isToast = toastNeed !== null && toastNeed.deadRatio > need.deadRatio
  const owed = isToast ? toastNeed : need
  if (!owed.hasManyDead) return null
  const dead = (isToast ? table.facts.toast : table.facts.target)?.dead ?? 0
  const lastVacuum = isToast ? table.facts.row.toast_last_vacuum : table.facts.lastVacuum
  const evidence = [
    `${count(dead)} dead rows${isToast ? ' in its TOAST table' : ''}, autovacuum comes above ${count(owed.vacuumThreshold)}`,
    lastVacuum === null ? 'no VACUUM known' : `last VACUUM ${timestamp(lastVacuum)} UTC`,
  ]
  const seen: Seen = { table, owed, dead, lastVacuum, evidence, context }
  return running(seen) ?? blocked(seen) ?? overdue(seen)
}

interface Seen {
  readonly table: TableCase
  readonly owed: VacuumNeed
  readonly dead: number
  readonly lastVacuum: string | null
  readonly evidence: readonly string[]
  readonly context: TableContext
}

function running({ table, dead, evidence, context }: Seen): TableFinding | null {
  const { oid, row } = table.facts
  const now = context.progress.find(
    ({ relid, command }) =>
      command !== 'ANALYZE' && relid !== null && (relid === oid || relid === row.toast_oid),
  )
  if (now === undefined) return null
  return {
    id: 'vacuum-running',
    severity: 'info',
    sentence: `${count(dead)} dead rows, and ${now.command ?? 'VACUUM'} is at it (pid ${now.pid})`,
    evidence: [...evidence, `${now.phase ?? 'phase hidden'}, for ${duration(now.running_seconds)}`],
    confidence: 'high',
    remedy: null,
    caveats: [],
  }
}

function blocked(seen: Seen): TableFinding | null {
  const { table, dead, evidence, context, lastVacuum } = seen
  const holder = context.holders.find((each) => isInTheWay(each, seen))
  if (holder === undefined) return null
  const held = holder.row.since_seconds ?? 0
  const wasInTheWay = beganBefore(holder, lastVacuum)
  return {
    id: 'vacuum-blocked',
    severity:
      table.facts.pages < SMALL_PAGES
        ? 'info'
        : held >= CRITICAL_HOLD_S || holder.age >= CRITICAL_HOLD_XIDS
          ? 'critical'
          : 'warning',
    sentence: `${count(dead)} dead rows; VACUUM cannot remove what died since ${holder.label} began`,
    evidence: [
      ...evidence,
      `${holder.label}${holder.doing === null ? '' : `: ${holder.doing}`}, ${count(holder.age)} transaction ids old`,
      ...(wasInTheWay ? ['VACUUM came since, and left dead rows'] : []),
    ],
    confidence: wasInTheWay ? 'high' : 'medium',
    remedy: holder.remedy,
    caveats: wasInTheWay ? [] : ['the rows may have died before that: VACUUM removes them then'],
  }
}

function isInTheWay(holder: XminHolder, { lastVacuum }: Seen): boolean {
  if (!holder.holdsUserTables || holder.age < 1) return false
  return (
    (holder.row.since_seconds ?? 0) >= HOLDS_LONG_S ||
    holder.age >= HOLDS_MANY ||
    beganBefore(holder, lastVacuum)
  )
}

function beganBefore({ row: { since, kind } }: XminHolder, time: string | null): boolean {
  return kind !== 'replication slot' && since !== null && time !== null && since < time
}

function overdue({ table, owed, evidence, context }: Seen): TableFinding {
  const { facts } = table
  const comes = context.settings.isActive && owed.isEnabled
  const sinceVacuum = secondsSince(facts.lastVacuum, context)
  return {
    id: 'vacuum-overdue',
    severity: severityOf(table, owed),
    sentence: `${shareOf(owed)} the dead rows at which autovacuum comes${comes ? '' : ', and it does not come'}`,
    evidence: [...evidence, ...(comes ? [] : ['autovacuum is off for it'])],
    confidence: owed.deadRatio > 5 || !comes ? 'high' : 'medium',
    remedy: {
      sql: [`VACUUM (VERBOSE, ANALYZE) ${facts.sqlName};`],
      notes: [
        'It takes SHARE UPDATE EXCLUSIVE: reading and writing go on, DDL waits.',
        ...(facts.target.rows !== null && facts.target.rows >= 1_000_000 && owed.isEnabled
          ? [
              `For such a table let autovacuum come sooner: ALTER TABLE ${facts.sqlName} SET (autovacuum_vacuum_scale_factor = 0.02);`,
            ]
          : []),
      ],
    },
    caveats: [
      ...(comes ? ['autovacuum may be on its way: look again in some minutes'] : []),
      ...(sinceVacuum !== null && sinceVacuum < HOLDS_LONG_S
        ? ['it was vacuumed a moment ago: perhaps it is written fast, or something held the rows']
        : []),
    ],
  }
}

/** Five times the threshold is more than a round of autovacuum that is still to come. */
function severityOf({ facts }: TableCase, { deadRatio }: VacuumNeed): Severity {
  if (facts.pages < SMALL_PAGES || deadRatio <= 2) return 'info'
  return deadRatio > 5 && facts.pages >= LARGE_PAGES ? 'critical' : 'warning'
}

function shareOf({ deadRatio }: VacuumNeed): string {
  if (!Number.isFinite(deadRatio)) return 'more than'
  return deadRatio < 2 ? `${deadRatio.toFixed(1)} times` : `${Math.floor(deadRatio)} times`
}
