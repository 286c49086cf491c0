/** What can be told of a question before any server is asked. */
import { verbOf } from '#src/plans/query/verb.ts'
import type { Question } from './contract.ts'
import { namesIn } from './dangers/names.ts'
import { codePointAt, type Refused, refuse } from './refused.ts'

const EXPLAINABLE = 'EXPLAIN takes one SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES or TABLE'
const ALONE = 'give the statement alone: EXPLAIN and its options are added'
const WITHOUT_INTO = 'SELECT … INTO makes a table: leave INTO and its name out'
const PLAIN_NAMES = 'write names without U&: what they stand for is not looked up'

/** Settings that bound a run, or decide what it may do; they are made here. */
const OURS =
  /^(statement_timeout|lock_timeout|idle_in_transaction_session_timeout|transaction_timeout|deadlock_timeout|client_encoding|session_authorization|(default_)?transaction_(read_only|isolation|deferrable))$/i

const SETTING_NAME = /^[a-z_][\w$]*(\.[a-z_][\w$]*)*$/i

/** Why it is not even sent; null when it is. */
export function refusalOf(question: Question): Refused | null {
  const { text, settings, values } = question
  if ([text, ...Object.values(settings), ...values].some((each) => each?.includes('\0')))
    return refuse('parse', 'there is a zero byte in it, which no server takes')
  return refusalOfText(text, false) ?? refusalOfText(text, true) ?? refusalOfSettings(settings)
}

/**
 * What the text is by its words, with and without backslashes that escape: only the server knows which, and either
 * reading alone must not hide anything.
 */
function refusalOfText(text: string, backslashes: boolean): Refused | null {
  const verb = verbOf(text, { backslashes })
  const at = (start: number, remedy: string) => ({ position: codePointAt(text, start), remedies: [remedy] })
  const { escapedAt } = namesIn(text, { backslashes })
  switch (verb.kind) {
    case 'empty':
      return refuse('parse', 'there is no statement', { remedies: [EXPLAINABLE] })
    case 'explain':
      return refuse('parse', 'the text begins with EXPLAIN', at(verb.start, ALONE))
    case 'into':
      return refuse('parse', 'SELECT … INTO is not explained', at(verb.start, WITHOUT_INTO))
    case 'other':
      return refuse('parse', `${verb.word} … is not explained`, at(verb.start, EXPLAINABLE))
    case 'open':
      // The server says so in its words, when both readings end like that.
      return null
    case 'explainable':
      return escapedAt === null
        ? null
        : refuse('parse', 'a name is written with escapes', at(escapedAt, PLAIN_NAMES))
  }
}

function refusalOfSettings(settings: Question['settings']): Refused | null {
  for (const name of Object.keys(settings)) {
    if (!SETTING_NAME.test(name)) return refuse('settings', `"${name}" is no name of a setting`)
    if (OURS.test(name))
      return refuse(
        'settings',
        `${name} cannot be given: it keeps the run within bounds, and is set for each`,
      )
  }
  return null
}
