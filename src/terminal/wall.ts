/**
 * The second wall against hostile text: whatever the floors above let slip, only printable characters and the
 * few sequences of our own leave for the terminal.
 */
import { UNSAFE } from '#src/text/unsafe.ts'

/** SGR without blink, conceal and fonts; cursor movement; erasing; lines in and out; the modes of `sequences.ts`; CR and LF. */
const COLOUR = '[34]8;(?:5;\\d{1,3}|2;\\d{1,3};\\d{1,3};\\d{1,3})'
const LOOK = `(?:${COLOUR}|[0-479]|2[2-79]|[349][0-7]|[34]9|10[0-7])`
const OWN = `\\x1b\\[(?:(?:${LOOK}(?:;${LOOK})*)?m|\\d{0,4}[A-DGKLMX]|J|\\d{0,4}(?:;\\d{1,4})?H|\\?(?:25|1049|2004|2026)[hl])`
const FORBIDDEN = new RegExp(`(${OWN}|[\\r\\n])|[${UNSAFE}]`, 'gu')
const PLAIN = /^[\x20-\x7e\r\n]*$/

/** Lets through what this program emits; every other control or invisible code point becomes U+FFFD. */
export function wall(output: string): string {
  return PLAIN.test(output) ? output : output.replace(FORBIDDEN, (_, own) => own ?? '\ufffd')
}

/** One thing in a stream of output that does not belong there. */
export interface Finding {
  /** Where, in UTF-16 units of the decoded text. */
  readonly at: number
  /** The sequence or code point, as JSON text. */
  readonly what: string
  /** What is around it, as JSON text. */
  readonly context: string
}

/**
 * What the wall would have stopped, for tests that read a raw stream of the program. The stream must be whole,
 * since a sequence cut in two is a finding; bytes that are no UTF-8 are one as well.
 */
export function findForbidden(output: string | Uint8Array): Finding[] {
  const text = typeof output === 'string' ? output : new TextDecoder('utf-8').decode(output)
  const findings: Finding[] = []
  if (typeof output !== 'string' && !isUtf8(output)) {
    findings.push({ at: text.indexOf('\ufffd'), what: '"invalid UTF-8"', context: '""' })
  }
  for (const match of text.matchAll(FORBIDDEN)) {
    if (match[1] !== undefined) continue
    const context = JSON.stringify(text.slice(Math.max(0, match.index - 20), match.index + 20))
    findings.push({ at: match.index, what: JSON.stringify(match[0]), context })
  }
  return findings
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}
