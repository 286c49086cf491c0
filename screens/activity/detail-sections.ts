/** What is asked of the server about one backend, and how each answer reads. */
import { backend } from '#queries/backend.ts'
import { backendLocks } from '#queries/backend-locks.ts'
import { backendProgress } from '#queries/backend-progress.ts'
import type { Entry, EntryRow, Row, Value } from '#queries/define.ts'
import { statementHistory } from '#queries/statement-history.ts'
import type { Session } from '#src/activity/sessions.ts'
import type { Failure } from '#src/server/contract.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import { wrap } from '#src/text/wrap.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { lockLines } from '#src/view/locks/lock-lines.ts'
import { connectionLines } from './detail/connection.ts'
import { historyLines } from './detail/history.ts'
import { progressLines } from './detail/progress.ts'

/** What an entry last answered about the backend, and why there is nothing newer. */
export interface Findings {
  /** What it was asked with: an answer about another statement, or another backend, is none. */
  readonly parameters: readonly Value[]
  readonly rows: readonly Row[]
  readonly failure: Failure | null
}

/** One question, with its parameters for this backend. */
export interface Section {
  readonly title: string
  readonly entry: Entry
  readonly parameters: readonly Value[]
  /** No lines when there is nothing to tell. */
  lines(findings: Findings, width: number, theme: Theme): readonly Drawable[]
}

/** Whether an answer is about what the section asks now. */
export function isAbout({ parameters }: Section, found: Findings): boolean {
  return parameters.every((value, index) => value === found.parameters[index])
}

/** The sections for a session; those that make no sense for it are left out. */
export function sectionsFor(session: Session): readonly Section[] {
  const { row } = session
  const sections = [
    section('connection', backend, [row.pid, row.backend_start], (rows, width, theme) =>
      connectionLines(rows, session, { width, theme }),
    ),
    section('locks', backendLocks, [row.pid], lockLines),
    section('progress', backendProgress, [row.pid], progressLines),
  ]
  if (row.query_id !== null) {
    const parameters = [row.query_id, row.datid, row.usesysid]
    sections.push(
      section(
        'this statement in pg_stat_statements, all calls',
        statementHistory,
        parameters,
        (rows, width, theme) => historyLines(rows, session, { width, theme }),
      ),
    )
  }
  return sections
}

type DrawRows<E extends Entry> = (
  rows: readonly EntryRow<E>[],
  width: number,
  theme: Theme,
) => readonly Drawable[]

function section<E extends Entry>(
  title: string,
  entry: E,
  parameters: readonly Value[],
  draw: DrawRows<E>,
): Section {
  return {
    title,
    entry,
    parameters,
    lines: ({ rows, failure }, width, theme) => [
      ...draw(rows as readonly EntryRow<E>[], width, theme),
      ...(failure === null ? [] : failureLines(failure, width, theme)),
    ],
  }
}

function failureLines({ message, hint }: Failure, width: number, theme: Theme): readonly Drawable[] {
  const text = hint === undefined ? toSafeText(message) : safe`${toSafeText(message)}: ${toSafeText(hint)}`
  return wrap(text, width - 4).map((line) => theme.paint('dim', safe`   ${line}`))
}
