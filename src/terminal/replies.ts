/**
 * Takes out of what is typed whatever the terminal says by itself: answers to questions that another program
 * asked (a shell's prompt, an editor, a multiplexer at attach), focus and mouse reports. Ink hands over what it
 * does not know as text, and the `y` of an answer would be a key (so it was in k9s, issue 3885).
 */

type State = 'keys' | 'escape' | 'sequence' | 'string' | 'terminator' | 'mouse'

const ESCAPE = '\x1b'
const PASTE_END = '\x1b[201~'

/** CSI sequences that a person types: arrows, Home and End, editing keys with modifiers, rxvt's forms, fixterms. */
const KEY = /^(?:\[?(?:\d+(?:;\d+)?)?[A-FHZ]|[1-8](?:;\d+)?[~^$@]|\[5~|\[6~|[a-d]|[\d;:]+u)$/
/** How a string of the terminal begins: OSC with its number, DCS and APC with their kinds, or an empty end. */
const STRING = /^(?:\]\d{1,4}[;\x07\x1b]|P[01]?[+$!>|]|_G)/
const LONGEST_STRING = 4096

/** Gives a filter with a memory for what is cut in two; bytes are characters of latin1 in and out. */
export function createReplyFilter(): (typed: string) => string {
  let state: State = 'keys'
  /** A sequence without its end; the escape in front is missing when it was passed on before. */
  let held = ''
  let swallowed = 0
  /** A paste without its end, to be passed on whole: Ink would search all of it anew at each piece that arrives. */
  let pasted: string[] = []
  let isPasting = false
  let tail = ''

  return (typed) => {
    if (state === 'keys' && !isPasting && !typed.includes(ESCAPE)) return typed
    let passed = ''
    for (let at = 0; at < typed.length; ) {
      const taken = isPasting ? takePaste(typed.slice(at)) : { passed: take(typed, at), length: 1 }
      passed += taken.passed
      at += taken.length
    }
    // Escape alone is a key, and must not wait for another one.
    if (state === 'escape') {
      passed += held
      held = ''
    }
    return passed
  }

  function take(typed: string, at: number): string {
    const character = typed.charAt(at)
    switch (state) {
      case 'keys':
        if (character !== ESCAPE) return character
        state = 'escape'
        held = ESCAPE
        return ''
      case 'escape':
        return afterEscape(typed, at)
      case 'sequence':
        return inSequence(typed, at)
      case 'string':
        return inString(typed.charAt(at))
      case 'terminator':
        return afterString(typed, at)
      case 'mouse':
        swallowed += 1
        if (swallowed === 3) state = 'keys'
        return ''
    }
  }

  function takePaste(rest: string): { readonly passed: string; readonly length: number } {
    const end = (tail + rest).indexOf(PASTE_END)
    if (end === -1) {
      pasted.push(rest)
      tail = (tail + rest).slice(1 - PASTE_END.length)
      return { passed: '', length: rest.length }
    }
    const length = end + PASTE_END.length - tail.length
    const passed = pasted.join('') + rest.slice(0, length)
    pasted = []
    isPasting = false
    return { passed, length }
  }

  function afterEscape(typed: string, at: number): string {
    const character = typed.charAt(at)
    if (character === '[') {
      state = 'sequence'
      held += character
      return ''
    }
    // Only in one piece: whoever presses Escape and then `]` means two keys.
    if (held !== '' && STRING.test(typed.slice(at, at + 6))) {
      state = 'string'
      held = ''
      swallowed = 0
      return ''
    }
    const passed = held
    held = ''
    state = 'keys'
    return passed + take(typed, at)
  }

  function inSequence(typed: string, at: number): string {
    const character = typed.charAt(at)
    if (/[\x20-\x3f]/.test(character) || (character === '[' && held.endsWith('['))) {
      held += character
      // rxvt ends shifted keys in what is otherwise in the middle of a sequence.
      return character === '$' && KEY.test(bodyOf(held)) ? finish() : ''
    }
    if (/[\x40-\x7e]/.test(character)) {
      held += character
      return finish()
    }
    held = ''
    state = 'keys'
    return take(typed, at)
  }

  function finish(): string {
    const whole = held
    const body = bodyOf(whole)
    held = ''
    tail = ''
    swallowed = 0
    isPasting = body === '200~'
    state = body === 'M' ? 'mouse' : 'keys'
    return isPasting || KEY.test(body) ? whole : ''
  }

  function inString(character: string): string {
    swallowed += 1
    if (character === ESCAPE) state = 'terminator'
    else if (character < ' ' || swallowed > LONGEST_STRING) {
      // Strings hold no controls: this is their other end, or a key.
      state = 'keys'
      return character === '\x07' ? '' : character
    }
    return ''
  }

  function afterString(typed: string, at: number): string {
    state = 'keys'
    if (typed.charAt(at) === '\\') return ''
    state = 'escape'
    held = ESCAPE
    return take(typed, at)
  }
}

function bodyOf(sequence: string): string {
  return sequence.replace(/^\x1b?\[/, '')
}
