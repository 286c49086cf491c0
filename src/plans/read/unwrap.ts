import { withoutInserts } from './insert-statements.ts'
import { isBlank, type Line } from './lines.ts'
import { hasPlan, logEntries } from './log-entries.ts'
import { withoutNumbers } from './numbered-lines.ts'
import { withoutFrame } from './psql-frame.ts'
import { withoutQuotes } from './quoted-lines.ts'

/** Lines that hold plans of one origin. */
export interface Block {
  readonly lines: readonly Line[]
  /** How long the statement ran, where auto_explain logged it. */
  readonly durationMs: number | null
}

/** What the plan is wrapped in, from the outside to the inside. */
const WRAPPINGS = [withoutInserts, withoutQuotes, withoutFrame, withoutNumbers] as const

/** The input without whatever a client, a log or a terminal put around the plan. */
export function unwrap(lines: readonly Line[]): readonly Block[] {
  const entries = logEntries(lines).filter(hasPlan)
  if (entries.length > 0) return entries
  const unwrapped = WRAPPINGS.reduce((rest, without) => without(rest), lines)
  return unwrapped.every(isBlank) ? [] : [{ lines: unwrapped, durationMs: null }]
}
