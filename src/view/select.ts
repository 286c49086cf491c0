/** Rows that pass a test, within a time: a person's regular expression can take longer than anyone lives. */
import { createContext, Script } from 'node:vm'

/** A test for rows. */
export interface RowTest<R> {
  (row: R): boolean
  /** There where one test may take very long (a regular expression); hears that it did. */
  readonly giveUp?: () => void
}

/** Much more than 2000 rows need (12 ms), and little enough not to be felt as a freeze at a key. */
const PASS_MS = 100

/**
 * The rows that pass, in their order; null when it took longer than `limitMs`. A JavaScript regular expression
 * backtracks: `(a+)+$` doubles its time with each letter of the text, and only `node:vm` can end one that runs.
 */
export function select<R>(
  rows: readonly R[],
  matches: RowTest<R>,
  limitMs: number = PASS_MS,
): readonly R[] | null {
  // A watched run costs a third of a millisecond: not for words and numbers.
  if (matches.giveUp === undefined) return rows.filter(matches)
  const selected = within(limitMs, () => rows.filter(matches))
  if (selected === null) matches.giveUp()
  return selected
}

let watched: { readonly script: Script; readonly box: { work: () => void } } | null = null

function within<T>(limitMs: number, work: () => T): T | null {
  let result: T | null = null
  watched ??= { script: new Script('work()'), box: createContext({ work: () => {} }) as { work: () => void } }
  watched.box.work = () => {
    result = work()
  }
  try {
    watched.script.runInContext(watched.box, { timeout: limitMs })
    return result
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return null
    throw error
  } finally {
    // The rows of an old snapshot are not kept for it.
    watched.box.work = () => {}
  }
}
