/** The words of the state column. */
import type { Condition, Session } from '#src/activity/sessions.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'

const WORDS: Readonly<Record<Condition, SafeText>> = {
  waiting: safe`waiting`,
  'idle in transaction': safe`idle in tx`,
  'idle in transaction (aborted)': safe`aborted tx`,
  active: safe`active`,
  idle: safe`idle`,
  hidden: safe`?`,
  background: safe``,
}

/** What a session does, short; of a background process what it is; with the number of its parallel workers. */
export function stateText({ row, condition, isBackground, workers }: Session): SafeText {
  const word = isBackground ? toSafeText(row.backend_type ?? 'background') : WORDS[condition]
  return workers.length === 0 ? word : safe`${word} +${workers.length}`
}
