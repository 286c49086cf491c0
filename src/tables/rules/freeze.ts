/** Tables on their way to wraparound, of transaction ids and of multixact ids. */
import { count, percent } from '#src/text/units.ts'
import type { TableCase, TableContext, TableRule } from '../case.ts'
import type { FindingId, Severity, TableFinding } from '../finding.ts'
import type { FreezeAge } from '../freeze.ts'

/** Autovacuum comes at 100 %: some over it is usual while it works (pgmonitor warns at 110 %). */
const LATE = 1.1
/** Of all ids (postgres-checkup and pgmonitor: 50 %; at 75 % VACUUM's failsafe hurries). */
const NEAR = 0.5

/** By the age of `relfrozenxid`. */
export const freezeXid: TableRule = (table, context) =>
  finding({
    id: 'freeze',
    age: table.freeze.xid,
    failsafe: context.settings.failsafeAge,
    ids: 'transaction ids',
    table,
    context,
  })

/** By the age of `relminmxid`. */
export const freezeMultixact: TableRule = (table, context) =>
  finding({
    id: 'multixact-freeze',
    age: table.freeze.mxid,
    failsafe: context.settings.multixactFailsafeAge,
    ids: 'multixact ids',
    table,
    context,
  })

interface Look {
  readonly id: FindingId
  readonly age: FreezeAge | null
  readonly failsafe: number | null
  readonly ids: string
  readonly table: TableCase
  readonly context: TableContext
}

function finding({ id, age, failsafe, ids, table, context }: Look): TableFinding | null {
  if (age === null) return null
  const severity = severityOf(age, failsafe)
  if (severity === null) return null
  const { facts } = table
  const where = age.isToast ? ' in its TOAST table' : ''
  const holder =
    id === 'freeze'
      ? context.holders.find((each) => each.holdsUserTables && each.age >= age.maxAge)
      : undefined
  const running = context.progress.find(
    ({ relid, command }) =>
      command !== 'ANALYZE' && relid !== null && (relid === facts.oid || relid === facts.row.toast_oid),
  )
  return {
    id,
    severity,
    sentence: `${count(age.age)} ${ids} old${where}: ${percent(age.ofWraparound)} of the way to wraparound`,
    evidence: [
      `autovacuum should come at ${count(age.maxAge)}, and is at ${percent(age.ofMaxAge)} of that`,
      ...(failsafe !== null && age.age >= failsafe ? [`past the failsafe age of ${count(failsafe)}`] : []),
      ...(holder === undefined ? [] : [`${holder.label} keeps it from being frozen further`]),
      ...(running === undefined ? [] : [`${running.command ?? 'VACUUM'} is at it (pid ${running.pid})`]),
    ],
    confidence: 'high',
    remedy:
      context.inRecovery || facts.isTemporary
        ? null
        : {
            sql: [`VACUUM (FREEZE, VERBOSE) ${facts.sqlName};`],
            notes: [
              'It reads and may rewrite the whole table; reading and writing go on. No single-user mode is needed.',
              ...(holder === undefined ? [] : [`End ${holder.label} first, or it changes little.`]),
            ],
          },
    caveats: [
      ...(context.inRecovery ? ['VACUUM runs on the primary only'] : []),
      ...(facts.isTemporary ? ['temporary: only its own session can vacuum it; ending that drops it'] : []),
      ...(id === 'multixact-freeze' && severity === 'warning'
        ? ['the server comes sooner when members of multixacts take much space']
        : []),
    ],
  }
}

function severityOf({ age, ofMaxAge, ofWraparound }: FreezeAge, failsafe: number | null): Severity | null {
  if (ofWraparound >= NEAR || (failsafe !== null && age >= failsafe)) return 'critical'
  return ofMaxAge >= LATE ? 'warning' : null
}
