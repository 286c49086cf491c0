/** From what Ink hands to `useInput` to the keys a person pressed. */
import type { KeyName } from './binding.ts'

/** The flags of Ink's `Key` that are read here; Ink's own type fits, and is not imported to stay below it. */
export interface KeyFlags {
  readonly upArrow: boolean
  readonly downArrow: boolean
  readonly leftArrow: boolean
  readonly rightArrow: boolean
  readonly pageUp: boolean
  readonly pageDown: boolean
  readonly home: boolean
  readonly end: boolean
  readonly return: boolean
  readonly escape: boolean
  readonly tab: boolean
  readonly backspace: boolean
  readonly delete: boolean
  readonly ctrl: boolean
  readonly shift: boolean
  readonly meta: boolean
  readonly eventType?: 'press' | 'repeat' | 'release' | undefined
}

/**
 * The keys in one `useInput` call, in the order they were pressed. Keys typed quickly, or over SSH, arrive as
 * one call (`jjj`, `j\r`, `\x01\x02`) with no flag set; each becomes a key of its own and none is lost.
 * Keys without a name here (function keys, insert) give nothing.
 */
export function splitInput(input: string, key: KeyFlags): readonly KeyName[] {
  if (key.eventType === 'release') return []
  const named = nameOf(key)
  if (named !== undefined) return withModifiers(named, key)
  const keys = key.ctrl ? keyWithControl(input) : Array.from(input).flatMap(keyOfCharacter)
  // Escape and the next key in one packet arrive as "meta" and that key. No command uses alt with a
  // character, so both keys are given: on a slow link the second one would be lost otherwise.
  return key.meta && keys.length > 0 ? ['escape', ...keys] : keys
}

/** The text a key stands for in a prompt, or null for a key that is not text. */
export function textOfKey(key: KeyName): string | null {
  if (key === 'space') return ' '
  const [first, ...rest] = key
  return first !== undefined && rest.length === 0 ? first : null
}

const flagNames = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'page-up'],
  ['pageDown', 'page-down'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
] as const satisfies readonly (readonly [keyof KeyFlags, KeyName])[]

function nameOf(key: KeyFlags): KeyName | undefined {
  return flagNames.find(([flag]) => key[flag])?.[1]
}

function withModifiers(name: KeyName, key: KeyFlags): readonly KeyName[] {
  // Escape pressed twice quickly is "meta escape" to Ink; Escape and then Enter or Tab likewise.
  if (key.meta && (name === 'escape' || name === 'enter' || name === 'tab')) return ['escape', name]
  return [`${key.ctrl ? 'ctrl-' : ''}${key.meta ? 'alt-' : ''}${key.shift ? 'shift-' : ''}${name}`]
}

function keyWithControl(input: string): readonly KeyName[] {
  return input === '' ? [] : [`ctrl-${input === ' ' ? 'space' : input}`]
}

function keyOfCharacter(character: string): readonly KeyName[] {
  const code = character.codePointAt(0) ?? 0
  if (code > 0x1f && code < 0x7f) return [code === 0x20 ? 'space' : character]
  // C1 controls are never typed; a terminal in an 8-bit mode sends them as part of a sequence.
  if (code >= 0x80 && code <= 0x9f) return []
  if (code > 0x9f) return [character]
  const known = controlNames[code]
  if (known !== undefined) return [known]
  return [`ctrl-${String.fromCharCode(code + (code <= 26 ? 0x60 : 0x40))}`]
}

// Ctrl-J is Enter on terminals and pipes that send line feeds.
const controlNames: Readonly<Record<number, KeyName>> = {
  0: 'ctrl-space',
  8: 'backspace',
  9: 'tab',
  10: 'enter',
  13: 'enter',
  27: 'escape',
  127: 'backspace',
}
