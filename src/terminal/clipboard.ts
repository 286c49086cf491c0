/**
 * Copying to the clipboard of the machine where the person sits, over whatever is between (OSC 52, xterm's
 * ctlseqs). Nothing is known of whether the terminal obeys: some ask, some refuse, none answers.
 */
import { toSafeLines } from '#src/text/safe.ts'

/** What came of it: the sequence to send, or why there is none. */
export type Copied =
  | { readonly ok: true; readonly sequence: string; readonly bytes: number }
  | { readonly ok: false; readonly reason: string }

/** What terminals take in one sequence: xterm and hterm drop longer ones without a word. */
const MOST_BYTES = 74_994
/** GNU screen's limit for one string is 768 bytes with its frame. */
const SCREEN_CHUNK = 700

/**
 * The sequence that copies a text. Lines stay lines, without one at the end, so that a paste into a shell or
 * psql does not run; controls and invisible code points become the escapes that are shown on the screen.
 */
export function copySequence(text: string, multiplexer: 'tmux' | 'screen' | null): Copied {
  const clean = toSafeLines(text).join('\n').trimEnd()
  const bytes = Buffer.byteLength(clean)
  if (bytes > MOST_BYTES) {
    return { ok: false, reason: `${bytes} bytes are more than the ${MOST_BYTES} that terminals copy` }
  }
  const sequence = `\x1b]52;c;${Buffer.from(clean).toString('base64')}\x07`
  return { ok: true, sequence: wrapFor(multiplexer, sequence), bytes }
}

function wrapFor(multiplexer: 'tmux' | 'screen' | null, sequence: string): string {
  // tmux takes the plain one with `set-clipboard on`, the wrapped one with `allow-passthrough on`.
  if (multiplexer === 'tmux') return `${sequence}\x1bPtmux;${sequence.replaceAll('\x1b', '\x1b\x1b')}\x1b\\`
  if (multiplexer === 'screen')
    return chunks(sequence)
      .map((chunk) => `\x1bP${chunk}\x1b\\`)
      .join('')
  return sequence
}

function chunks(sequence: string): string[] {
  const count = Math.ceil(sequence.length / SCREEN_CHUNK)
  return Array.from({ length: count }, (_, index) =>
    sequence.slice(index * SCREEN_CHUNK, (index + 1) * SCREEN_CHUNK),
  )
}
