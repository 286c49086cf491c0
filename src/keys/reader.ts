/** Reads keys from a terminal whose escape sequences may arrive in pieces. */
import type { KeyName } from './binding.ts'
import { type KeyFlags, splitInput } from './split.ts'

/** When a call arrives, and whether a prompt takes it as text. */
export interface Reading {
  /** Any monotonic clock. */
  readonly nowMs: number
  readonly typing: boolean
}

/** Turns one `useInput` call into keys. */
export type KeyReader = (input: string, key: KeyFlags, reading: Reading) => readonly KeyName[]

/**
 * `splitInput` with a memory of the last call. Ink waits 20 ms for the rest of a sequence; on a slower link
 * an arrow arrives as Escape and then as the text `[C`, whose `C` would otherwise open the cancel dialog.
 * Such a rest is swallowed, except while a prompt takes text.
 */
export function createKeyReader(): KeyReader {
  let awaiting: Awaiting | null = null
  return (input, key, { nowMs, typing }) => {
    const expected = awaiting !== null && nowMs <= awaiting.untilMs && !typing ? awaiting.tail : null
    const rest = expected !== null && isText(key) ? input.replace(expected, '') : input
    awaiting = restAfter(input, key, nowMs)
    return splitInput(rest, key)
  }
}

interface Awaiting {
  readonly tail: RegExp
  readonly untilMs: number
}

/** Longest time between the pieces of a sequence whose first piece looks like a typed `[` or `O`. */
const PIECES_MS = 100

function restAfter(input: string, key: KeyFlags, nowMs: number): Awaiting | null {
  // However late the rest comes: nobody types `[C` in one packet right after Escape.
  if (key.escape) return { tail: /^(?:\[\[?[0-9;]*[A-Za-z~^$]|O[A-Za-z])/, untilMs: Infinity }
  if (isText(key) && /^\[\[?[0-9;]*$/.test(input)) {
    return { tail: /^[[0-9;]*[A-Za-z~^$]/, untilMs: nowMs + PIECES_MS }
  }
  if (key.meta && input === 'O') return { tail: /^[A-Za-z]/, untilMs: nowMs + PIECES_MS }
  return null
}

function isText(key: KeyFlags): boolean {
  return !(key.ctrl || key.meta || key.return || key.escape || key.tab || key.backspace || key.delete)
}
