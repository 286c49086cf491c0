import fc from 'fast-check'
import { expect, test } from 'vitest'
import { characterAfter, characterBefore, characters } from '#src/text/characters.ts'

const pieces = [
  'a',
  ' ',
  '\t',
  'é',
  'e\u0301',
  '漢',
  '👨‍👩‍👧',
  '🇩🇪',
  '\ud800',
  '\x1b',
  '한',
  'नि',
  '🐘',
  '\u202e',
]
const line = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''))

test('are those of the whole line, found piece by piece', () => {
  fc.assert(
    fc.property(line, (text) => {
      expect([...characters(text)]).toEqual(
        Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment),
      )
    }),
  )
})

test('are the same to either side of each of their bounds', () => {
  fc.assert(
    fc.property(line, (text) => {
      let at = 0
      for (const character of characters(text)) {
        expect(characterAfter(text, at)).toBe(character)
        at += character.length
        expect(characterBefore(text, at)).toBe(character)
      }
      expect([characterBefore(text, 0), characterAfter(text, text.length)]).toEqual(['', ''])
    }),
  )
})
