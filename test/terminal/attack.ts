/** Text that tries to take over the terminal of whoever looks at it, and a judge of what reached a terminal. */

/** Each does something on a terminal that obeys, or hides something from the eye. */
export const ATTACKS = {
  'clipboard (OSC 52)': '\x1b]52;c;cHdu\x07',
  'window title (OSC 0)': '\x1b]0;PWN\x07',
  'link (OSC 8)': '\x1b]8;;http://pwn\x1b\\here\x1b]8;;\x1b\\',
  'erase (CSI 2J)': '\x1b[2J',
  'conceal (SGR 8)': '\x1b[8m',
  'device control (DCS)': '\x1bPpwn\x1b\\',
  'status report (DSR)': '\x1b[6n',
  'reset (RIS)': '\x1bc',
  'C1 CSI': '\u009b2J',
  'C1 OSC': '\u009d0;PWN\u009c',
  'bidi override': '\u202e',
  'bidi isolate': '\u2067',
  'zero width space': '\u200b',
  'zero width joiner': '\u200d',
  'byte order mark': '\ufeff',
  tag: '\u{e0041}',
  bell: '\x07',
  backspace: '\b',
  delete: '\x7f',
  tab: '\t',
  'carriage return': '\r',
  'line feed': '\n',
  'line separator': '\u2028',
  'combining marks': `a${'\u0300'.repeat(20)}`,
} as const

/** All of them in one text. */
export const ATTACK = Object.values(ATTACKS).join('')

/** As many kinds as fit a name, which has 63 bytes at most. */
export const NAME =
  '\x1b]52;c;cHdu\x07\x1b]0;PWN\x07\x1b[2J\x1b[8m\x1bPq\x1b\\\u009b2J\u202e\u200b\x07\b\x7f\t\r\n'

/** How the beginning of that name looks when it was made visible. */
export const NAME_SEEN = '\\x1b]52;c;'

/**
 * What a stream of the screens holds that the program has no business to send; nothing when all is well. It is
 * written anew here, from the manual of control sequences (ECMA-48, xterm's ctlseqs), so that it does not share
 * the mistakes of the program's own wall.
 */
export function foreignIn(stream: Uint8Array, allowed: 'screens' | 'plain text'): string[] {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(stream)
  } catch {
    return ['bytes that are no UTF-8']
  }
  const found: string[] = []
  let at = 0
  while (at < text.length) {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
    const sequence = allowed === 'screens' && character === '\x1b' ? ownSequence(text.slice(at, at + 64)) : ''
    if (sequence === '' && isHarmful(character)) {
      found.push(
        `${JSON.stringify(character)} in ${JSON.stringify(text.slice(Math.max(0, at - 20), at + 30))}`,
      )
    }
    at += sequence.length || character.length
  }
  return found
}

/** The sequence of ours that a text starts with, or nothing. */
function ownSequence(text: string): string {
  const [whole = '', mark = '', parameters = '', final = ''] =
    /^\x1b\[(\??)([\d;]*)([A-Za-z])/.exec(text) ?? []
  const numbers = parameters === '' ? [] : parameters.split(';').map(Number)
  if (mark === '?') {
    const isOurs = /^(25|1049|2004|2026)$/.test(parameters) && (final === 'h' || final === 'l')
    return isOurs ? whole : ''
  }
  if (final === 'm') return isLook(numbers) ? whole : ''
  // Cursor movement, erasing to the end, moving lines and cells: what drawing a screen takes.
  if (final === 'J') return parameters === '' ? whole : ''
  return 'ABCDGHKLMX'.includes(final) && numbers.every((each) => each < 1000) ? whole : ''
}

/** Bold, dim, italic, underline, inverse, their ends, and colours; no blinking, no conceal, no fonts. */
function isLook(numbers: readonly number[]): boolean {
  const plain = [0, 1, 2, 3, 4, 7, 22, 23, 24, 27, 39, 49]
  const [first, second, ...rest] = numbers
  if (first === undefined) return true
  if (first === 38 || first === 48) {
    if (second === 5) return (rest[0] ?? 256) < 256 && isLook(rest.slice(1))
    return second === 2 && rest.slice(0, 3).every((each) => each < 256) && isLook(rest.slice(3))
  }
  const isColour = (first >= 30 && first <= 47) || (first >= 90 && first <= 107)
  return (plain.includes(first) || isColour) && isLook(numbers.slice(1))
}

const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\ufffc]/u

function isHarmful(character: string): boolean {
  return character !== '\r' && character !== '\n' && HARMFUL.test(character)
}
