/** How the detail of a table reads. */
import type { VacuumProgressRow } from '#src/tables/case.ts'
import type { XminHolder } from '#src/tables/horizon.ts'
import { deadOf, rowsOf } from '#src/tables/item.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import { BLOCK_BYTES, bytes, count, duration, percent } from '#src/text/units.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { countedLines } from '#src/ui/catalog-detail.ts'
import { type Fact, fact, factLines } from '#src/view/facts.ts'
import { drawRuns, run } from '#src/view/run.ts'
import { listed, sqlLines, verdictLines } from '#src/view/verdict-lines.ts'
import { belongingLines } from './belonging-lines.ts'
import { SEVERITY_TOKENS } from './columns.ts'
import type { Detail } from './known.ts'
import { vacuumFacts } from './vacuum-facts.ts'

/** All lines, for any width; the pane shows a window of them. */
export function detailLines(detail: Detail, width: number, theme: Theme): readonly Drawable[] {
  const { item, isGone } = detail
  const { facts, findings } = item
  const title = safe` ${toSafeText(KINDS[facts.row.kind ?? ''] ?? 'table')} ${toSafeText(facts.sqlName)}`
  const gone = isGone ? run(safe`  gone: this is how it was last read`, 'critical') : run(safe``)
  const heading = (text: string) => [safe``, theme.paint('strong', toSafeText(` ${text}`))]
  return [
    drawRuns([run(title, 'strong'), gone], width, theme),
    ...factLines(factsOf(detail), width, theme),
    ...countedLines(detail, width),
    ...findings.flatMap((finding) => [
      safe``,
      ...verdictLines(
        { ...finding, title: finding.sentence, token: SEVERITY_TOKENS[finding.severity] },
        width,
        theme,
      ),
    ]),
    ...heading('vacuum'),
    ...factLines(vacuumFacts(detail), width, theme),
    ...detail.progress.flatMap((row) => progressLine(row, width)),
    ...heading('who holds back VACUUM'),
    ...holderLines(detail.holders, width, theme),
    ...belongingLines(detail, width, theme),
  ]
}

const KINDS: Readonly<Record<string, string>> = {
  r: 'table',
  p: 'partitioned table',
  m: 'materialized view',
}

function factsOf({ item, beside, belongings, roleNames }: Detail): readonly Fact[] {
  const { facts, totals, hot, bloat } = item
  const { row } = facts
  const size = beside.sizeOf(item)
  const lockedBy = beside.lockedBy(item)
  const rows = rowsOf(item)
  const grown = beside.growth(item)
  const owner = belongings?.row?.owner ?? null
  const list: (Fact | null)[] = [
    fact('size', bytes(size.bytes), size.isExact ? '' : ' by the pages last counted'),
    lockedBy === null
      ? null
      : fact('locked by', `pid ${lockedBy}`, ': no exact size until it is gone', 'critical'),
    grown === null || grown === 0
      ? null
      : fact('growth', `${grown > 0 ? '+' : ''}${bytes(grown)}`, ' while watched'),
    totals === null
      ? fact(
          'of it',
          `${bytes(facts.heapPages * BLOCK_BYTES)} rows, ${bytes(facts.indexPages * BLOCK_BYTES)} indexes, ${bytes(facts.toastPages * BLOCK_BYTES)} TOAST`,
        )
      : fact(
          'partitions',
          String(totals.leaves),
          totals.uncounted === 0 ? '' : `, ${totals.uncounted} never counted`,
        ),
    fact('rows', rows === null ? 'never counted' : `about ${count(rows)}`, `, ${count(deadOf(item))} dead`),
    fact('owner', owner === null ? null : (roleNames.get(owner) ?? `role ${owner}`)),
    totals !== null
      ? null
      : fact(
          'writes',
          `${count(row.n_tup_ins)} inserts, ${count(row.n_tup_upd)} updates, ${count(row.n_tup_del)} deletes`,
        ),
    hot.hotRatio === null
      ? null
      : fact(
          'HOT',
          `${percent(hot.hotRatio)} of the updates`,
          hot.blockedBy === null ? '' : `, others: ${hot.blockedBy}`,
        ),
    totals !== null
      ? null
      : fact('scans', `${count(row.seq_scan)} sequential, ${count(row.idx_scan ?? 0)} by index`),
    Number(row.seq_scan ?? 0) === 0
      ? null
      : fact(
          'read per scan',
          `${count(Math.round(Number(row.seq_tup_read ?? 0) / Number(row.seq_scan)))} rows`,
          ' (sequential)',
        ),
    bloat === null
      ? null
      : bloat.isKnown
        ? fact(
            'bloat',
            `${percent(bloat.ratio)}, ${bytes(bloat.bytes)}`,
            ` (estimated, confidence ${bloat.confidence})`,
          )
        : fact('bloat', 'not known', `: ${bloat.reason}`),
    fact('extension', row.extension),
  ]
  return list.filter((each) => each !== null)
}

function progressLine(row: VacuumProgressRow, width: number): readonly Drawable[] {
  const share =
    row.blocks_total === null || Number(row.blocks_total) === 0
      ? ''
      : `, ${percent(Number(row.blocks_scanned ?? 0) / Number(row.blocks_total))} of ${bytes(Number(row.blocks_total) * BLOCK_BYTES)} read`
  const passes = Number(row.index_passes ?? 0) > 0 ? `, ${row.index_passes} passes over the indexes` : ''
  const forced = row.prevents_wraparound === true ? ' to prevent wraparound' : ''
  return listed(
    [
      `${row.is_autovacuum === true ? 'autovacuum: ' : ''}${row.command}${forced} runs for ${duration(row.running_seconds)} (pid ${row.pid}): ${row.phase ?? 'phase not known'}${share}${passes}`,
    ],
    width,
  )
}

/** More do not decide anything. */
const HOLDERS = 5

function holderLines(holders: readonly XminHolder[], width: number, theme: Theme): readonly Drawable[] {
  const felt = holders.filter(({ holdsUserTables }) => holdsUserTables)
  if (felt.length === 0) return [theme.paint('dim', safe`   nobody: all dead rows of this database can go`)]
  return felt
    .slice(0, HOLDERS)
    .flatMap(({ label, doing, age, remedy }, at) => [
      ...listed([`${count(age)} xids: ${label}${doing === null ? '' : `, ${doing}`}`], width),
      ...(at > 0 || remedy === null
        ? []
        : [...sqlLines(remedy.sql.join('\n'), width), ...listed(remedy.notes, width)]),
    ])
}
