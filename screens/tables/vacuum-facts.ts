/** When a table was vacuumed, when it is due again, and how old its transaction ids are. */
import type { FreezeAge } from '#src/tables/freeze.ts'
import { count, duration, percent, things, timestamp } from '#src/text/units.ts'
import { type Fact, fact } from '#src/view/facts.ts'
import type { Beside } from './columns.ts'
import type { Detail } from './known.ts'

/** What a person checks before blaming autovacuum. */
export function vacuumFacts({ item, beside }: Detail): readonly Fact[] {
  const { facts, need, toastNeed, freeze } = item
  const { row } = facts
  const never = facts.isPartitioned ? null : 'never, as far as is known'
  const list: (Fact | null)[] = [
    fact(
      'vacuum',
      ago(row.last_vacuum, beside.since) ?? null,
      ` by hand, ${things(Number(row.vacuum_count ?? 0), 'time')}`,
    ),
    fact(
      'autovacuum',
      ago(row.last_autovacuum, beside.since) ?? never,
      row.last_autovacuum === null ? '' : `, ${things(Number(row.autovacuum_count ?? 0), 'time')}`,
    ),
    fact(
      'analyze',
      ago(row.last_analyze, beside.since),
      ` by hand, ${things(Number(row.analyze_count ?? 0), 'time')}`,
    ),
    fact(
      'autoanalyze',
      ago(row.last_autoanalyze, beside.since) ?? never,
      row.last_autoanalyze === null ? '' : `, ${things(Number(row.autoanalyze_count ?? 0), 'time')}`,
    ),
    row.total_autovacuum_seconds === null || Number(row.autovacuum_count ?? 0) === 0
      ? null
      : fact('took', duration(row.total_autovacuum_seconds), ' in all autovacuums'),
    need === null
      ? null
      : fact(
          'dead rows',
          `${count(facts.target.dead)} of ${count(Math.floor(need.vacuumThreshold))}`,
          need.vacuumDue ? ': vacuum is due' : ' until it is due',
          need.vacuumDue ? 'warning' : undefined,
        ),
    need === null || need.insertThreshold === null
      ? null
      : fact(
          'inserted',
          `${count(facts.target.inserted)} of ${count(Math.floor(need.insertThreshold))}`,
          ' since',
        ),
    need === null || need.analyzeThreshold === null
      ? null
      : fact(
          'changed',
          `${count(facts.target.changed ?? 0)} of ${count(Math.floor(need.analyzeThreshold))}`,
          need.analyzeDue ? ': analyze is due' : ' until analyze is due',
          need.analyzeDue ? 'warning' : undefined,
        ),
    need?.isEnabled === false ? fact('autovacuum', 'off for this table', '', 'warning') : null,
    toastNeed?.vacuumDue === true ? fact('TOAST', 'vacuum is due', '', 'warning') : null,
    freezeFact('xid age', freeze.xid),
    freezeFact('multixact age', freeze.mxid),
  ]
  return list.filter((each) => each !== null)
}

function freezeFact(label: string, age: FreezeAge | null): Fact | null {
  if (age === null) return null
  return fact(
    label,
    `${count(age.age)}, ${percent(age.ofMaxAge)} of the ${count(age.maxAge)}`,
    ` at which vacuum is forced${age.isToast ? ' (its TOAST table)' : ''}`,
    age.ofMaxAge > 1 ? 'warning' : undefined,
  )
}

/** A time with how long ago it was. */
function ago(time: string | null, since: Beside['since']): string | null {
  if (time === null) return null
  const seconds = since(time)
  return `${timestamp(time)}${seconds === null ? '' : ` (${duration(seconds)} ago)`}`
}
