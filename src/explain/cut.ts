/** Texts that a server has cut: it keeps only the first bytes of what a session runs. */
import type { ServerFacts } from '#queries/define.ts'
import type { Failure } from '#src/server/contract.ts'
import { codePointAt, Refused } from './refused.ts'

const WHOLE = 'if it is whole, end it with a semicolon'
const KEEP_MORE = 'take it from where it was written, or raise track_activity_query_size (a restart)'

/**
 * Why a text is taken for cut: it is just as long as the server keeps of a running statement (the last byte of
 * `track_activity_query_size` is for the end mark), and what it would mean without its end is another statement. Null
 * for any other text.
 */
export function cutByLength(text: string, { trackActivityQuerySize }: ServerFacts): Refused | null {
  const bytes = Buffer.byteLength(text)
  if (bytes !== trackActivityQuerySize - 1) return null
  const message = `the text is ${bytes} bytes long, as much as this server keeps of a running statement: its end may be missing`
  return refusal(text, { kind: 'refused', message, sqlstate: null }, [KEEP_MORE, WHOLE])
}

/** Whether the server missed the end of the text. */
export function isCutError({ sqlstate, message }: Failure): boolean {
  return sqlstate === '42601' && /at end of input|^unterminated /.test(message)
}

/** The refusal of a text whose end is missing. */
export function cutRefusal(text: string, failure: Failure, facts: ServerFacts): Refused {
  const bytes = Buffer.byteLength(text)
  // A character of several bytes is never cut within: then up to three bytes less are kept.
  const isKept = bytes < facts.trackActivityQuerySize && bytes >= facts.trackActivityQuerySize - 4
  const message = `the text ends too early: ${failure.message}`
  return refusal(text, { ...failure, message }, isKept ? [KEEP_MORE] : ['is it whole?'])
}

function refusal(text: string, failure: Failure, remedies: readonly string[]): Refused {
  return new Refused({ step: 'parse', failure, position: codePointAt(text, text.trimEnd().length), remedies })
}
