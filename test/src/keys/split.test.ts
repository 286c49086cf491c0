import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KeyName } from '#src/keys/binding.ts'
import { createKeyReader } from '#src/keys/reader.ts'
import { splitInput, textOfKey } from '#src/keys/split.ts'
import { inkCalls } from './ink-keys.ts'

const keysOf = (bytes: string): readonly KeyName[] =>
  inkCalls(bytes).flatMap(([input, key]) => splitInput(input, key))

/** Bytes a terminal sends for a key, and the key's name. */
const spelled = {
  j: 'j',
  K: 'K',
  '/': '/',
  ' ': 'space',
  é: 'é',
  漢: '漢',
  '😀': '😀',
  '5': '5',
  '[': '[',
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x00': 'ctrl-space',
  '\x01': 'ctrl-a',
  '\x03': 'ctrl-c',
  '\x04': 'ctrl-d',
  '\x0c': 'ctrl-l',
  '\x1a': 'ctrl-z',
  '\x1c': 'ctrl-\\',
  '\x1b[A': 'up',
  '\x1b[B': 'down',
  '\x1b[C': 'right',
  '\x1b[D': 'left',
  '\x1bOA': 'up',
  '\x1b[5~': 'page-up',
  '\x1b[6~': 'page-down',
  '\x1b[H': 'home',
  '\x1b[F': 'end',
  '\x1b[1~': 'home',
  '\x1b[4~': 'end',
  '\x1b[3~': 'delete',
  '\x1b[Z': 'shift-tab',
  '\x1b[1;5C': 'ctrl-right',
  '\x1b[1;2A': 'shift-up',
  '\x1b[1;3B': 'alt-down',
  '\x1b\x7f': 'alt-backspace',
} as const satisfies Record<string, KeyName>

describe('splitInput', () => {
  it.each(Object.entries(spelled))('names the key that sends %j', (bytes, name) => {
    expect(keysOf(bytes)).toEqual([name])
  })

  it('loses no key and keeps the order, however the keys are coalesced', () => {
    const key = fc.constantFrom(...(Object.entries(spelled) as [string, KeyName][]))
    fc.assert(
      fc.property(fc.array(key, { maxLength: 40 }), (pressed) => {
        const bytes = pressed.map(([sent]) => sent).join('')
        expect(keysOf(bytes)).toEqual(pressed.map(([, name]) => name))
      }),
    )
  })

  it('gives back any typed text, character by character', () => {
    const typed = fc.string({ unit: fc.constantFrom(...'abcXYZ019 [~;:/é漢😀\u0301') })
    fc.assert(
      fc.property(typed, (text) => {
        expect(keysOf(text).map(textOfKey).join('')).toBe(text)
      }),
    )
  })

  it('splits Enter typed right after a key', () => {
    expect(keysOf('j\r')).toEqual(['j', 'enter'])
  })

  it('takes Escape and the next key in one packet as two keys', () => {
    expect(keysOf('\x1bj')).toEqual(['escape', 'j'])
    expect(keysOf('\x1b\x1b')).toEqual(['escape', 'escape'])
    expect(keysOf('\x1b\r')).toEqual(['escape', 'enter'])
    expect(keysOf('\x1b\x01')).toEqual(['escape', 'ctrl-a'])
  })

  it('gives nothing for function keys, insert and C1 controls', () => {
    expect(keysOf('\x1bOP\x1b[15~\x1b[2~\x1b[15;5~\u009b')).toEqual([])
  })

  it('gives nothing for the release of a key', () => {
    const [call] = inkCalls('j')
    expect(call === undefined ? null : splitInput(call[0], { ...call[1], eventType: 'release' })).toEqual([])
  })
})

describe('the key reader', () => {
  const reads = (chunks: readonly string[], { gapMs = 40, typing = false } = {}): readonly KeyName[] => {
    const read = createKeyReader()
    return chunks.flatMap((chunk, index) =>
      inkCalls(chunk).flatMap(([input, key]) => read(input, key, { nowMs: index * gapMs, typing })),
    )
  }

  it('swallows the rest of an arrow whose escape came first', () => {
    expect(reads(['\x1b', '[C'])).toEqual(['escape'])
    expect(reads(['\x1b', 'OC'])).toEqual(['escape'])
    expect(reads(['\x1b', '[5~'], { gapMs: 60_000 })).toEqual(['escape'])
    expect(reads(['\x1b', '[1;5C'])).toEqual(['escape'])
  })

  it('keeps the keys that follow such a rest', () => {
    expect(reads(['\x1b', '[Cjj', 'C'])).toEqual(['escape', 'j', 'j', 'C'])
    expect(reads(['\x1b', '[C\x1b[A'])).toEqual(['escape', 'up'])
  })

  it('never makes a capital of a sequence cut anywhere', () => {
    for (const sequence of ['\x1b[C', '\x1bOC', '\x1b[1;5C', '\x1b[[C']) {
      for (let at = 1; at < sequence.length; at++) {
        expect(
          reads([sequence.slice(0, at), sequence.slice(at)]),
          JSON.stringify([sequence, at]),
        ).not.toContain('C')
      }
    }
  })

  it('leaves keys alone that are typed as a person types', () => {
    expect(reads(['[', 'C'], { gapMs: 200 })).toEqual(['[', 'C'])
    expect(reads(['\x1b', 'C'])).toEqual(['escape', 'C'])
    expect(reads(['[', 'C'], { gapMs: 5, typing: true })).toEqual(['[', 'C'])
  })
})
