/** The detail of a session as lines: who it is, what it does, since when, what it holds, what it runs. */
import type { Session } from '#src/activity/sessions.ts'
import { type SafeText, safe, toSafeLines, toSafeText } from '#src/text/safe.ts'
import { duration, timestamp } from '#src/text/units.ts'
import { wrap } from '#src/text/wrap.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { type Fact, fact, factLines } from '#src/view/facts.ts'
import { drawRuns, run } from '#src/view/run.ts'
import { type Findings, isAbout, type Section } from './detail-sections.ts'

export interface Detail {
  readonly session: Session
  readonly isGone: boolean
  readonly sections: readonly Section[]
  /** By entry id; a section not asked yet is missing. */
  readonly findings: ReadonlyMap<string, Findings>
  /** The whole text of the query, raw. */
  readonly query: string | null
  /** `queryLines`, or one that remembers: a text of a megabyte takes a tenth of a second to wrap. */
  readonly queryLines: typeof queryLines
}

/** All lines, for any width; the pane shows a window of them. */
export function detailLines(detail: Detail, width: number, theme: Theme): readonly Drawable[] {
  const { session, isGone, findings, sections } = detail
  const { row } = session
  const title = safe` pid ${row.pid ?? 0}  ${toSafeText(row.application_name ?? '')}  ${toSafeText(row.backend_type ?? '')}`
  const gone = isGone ? run(safe`  gone: this is how it was last seen`, 'critical') : run(safe``)
  return [
    drawRuns([run(title, 'strong'), gone], width, theme),
    ...factLines(facts(session), width, theme),
    ...(row.visible === false
      ? [
          drawRuns(
            [run(safe` hidden from this role: GRANT pg_read_all_stats would show the rest`, 'warning')],
            width,
            theme,
          ),
        ]
      : []),
    safe``,
    theme.paint(
      'strong',
      safe` ${row.query_seconds === null ? safe`last query` : safe`query`}${row.query_truncated === true && detail.query === row.query ? safe` (cut)` : safe``}`,
    ),
    ...detail.queryLines(detail.query, width),
    ...sections.flatMap((section) => {
      const found = findings.get(section.entry.id)
      const lines = found === undefined || !isAbout(section, found) ? [] : section.lines(found, width, theme)
      return lines.length === 0
        ? []
        : [safe``, theme.paint('strong', toSafeText(` ${section.title}`)), ...lines]
    }),
  ]
}

function facts({ row, workers, blockedBy, blocks, behind, isAtLeast, condition }: Session): readonly Fact[] {
  const list: (Fact | null)[] = [
    fact(
      'state',
      row.state ?? row.backend_type,
      since(row.state_seconds),
      condition === 'waiting' ? 'critical' : undefined,
    ),
    fact('role', row.usename),
    fact('database', row.datname),
    fact('client', row.client_addr ?? (row.client_port === -1 ? 'Unix socket' : null), clientMore(row)),
    fact(
      'waits for',
      row.wait_event_type === null ? null : `${row.wait_event_type}: ${row.wait_event ?? ''}`,
    ),
    fact('blocked by', blockers(blockedBy), '', 'critical'),
    fact('blocks', behind === 0 ? null : waiters(blocks, behind, isAtLeast), '', 'critical'),
    fact(
      row.query_seconds === null ? 'last query' : 'query since',
      row.query_start === null ? null : timestamp(row.query_start),
      since(row.query_seconds),
    ),
    fact('xact since', row.xact_start === null ? null : timestamp(row.xact_start), since(row.xact_seconds)),
    fact(
      'connected',
      row.backend_start === null ? null : timestamp(row.backend_start),
      since(row.backend_seconds),
    ),
    fact('xid', row.backend_xid, row.xid_age === null ? '' : ` (${row.xid_age} transactions ago)`),
    fact(
      'xmin',
      row.backend_xmin,
      row.xmin_age === null ? '' : ` (${row.xmin_age} transactions ago: vacuum keeps what is newer)`,
    ),
    fact('workers', workers.length === 0 ? null : workers.map(({ pid }) => pid).join(', ')),
    fact('leader', row.leader_pid === null ? null : String(row.leader_pid)),
    fact('query id', row.query_id === null ? null : String(row.query_id)),
  ]
  return list.filter((each) => each !== null)
}

/** Which of the client's connections it is, for whoever looks for it with `ss` on the other side. */
function clientMore({ client_addr, client_port, client_hostname }: Session['row']): string {
  const port = client_addr === null ? '' : ` port ${client_port}`
  return client_hostname === null ? port : `${port} (${client_hostname})`
}

function since(seconds: number | null): string {
  return seconds === null ? '' : ` (${duration(seconds)})`
}

/** One of several in the way of the same waiters has them behind it as well, though they hang under another. */
function waiters(blocks: number, behind: number, isAtLeast: boolean): string {
  return `${blocks === 0 ? '' : `${blocks} directly, `}${isAtLeast ? 'at least ' : ''}${behind} wait behind it`
}

function blockers(pids: readonly number[] | null): string | null {
  if (pids === null) {
    return null
  }
  const names = pids.map((pid) => (pid === 0 ? 'a prepared transaction' : String(pid)))
  return names.length === 0 ? 'somebody; whom is not known' : names.join(', ')
}

/** The query keeps its own line breaks: a statement of forty lines is read as it was written. */
export function queryLines(query: string | null, width: number): readonly SafeText[] {
  return query === null || query === ''
    ? [safe`   none known`]
    : toSafeLines(query).flatMap((line) => wrap(safe`   ${line}`, width - 1))
}
