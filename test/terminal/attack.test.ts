import { expect, test } from 'vitest'
import { ATTACK, ATTACKS, foreignIn, NAME } from './attack.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

test.each(Object.entries(ATTACKS))('the judge sees %s', (name, text) => {
  // On their own these three harm a layout, not a terminal; the drawn screens are looked at for them.
  const isLayout = ['carriage return', 'line feed', 'combining marks'].includes(name)
  for (const allowed of ['screens', 'plain text'] as const) {
    expect(foreignIn(bytes(`before ${text} after`), allowed).length > 0).toBe(!isLayout)
  }
})

test('the judge lets pass what screens are drawn with, and sees broken bytes', () => {
  const own =
    '\x1b[?1049h\x1b[?25l\x1b[?2026h\x1b[m\x1b[H\x1b[J\x1b[1;38;5;196mé ▶ 中\x1b[0m\x1b[3;10H\x1b[K\x1b[?2026l\r\n'
  expect(foreignIn(bytes(own), 'screens')).toEqual([])
  expect(foreignIn(bytes(own), 'plain text')).not.toEqual([])
  expect(foreignIn(Buffer.from([0x61, 0x9b, 0x32, 0x4a]), 'screens')).not.toEqual([])
  expect(foreignIn(bytes('\x1b[1;8m'), 'screens')).not.toEqual([])
  expect(foreignIn(bytes('\x1b[5m'), 'screens')).not.toEqual([])
  expect(foreignIn(bytes('\x1b[?1000h'), 'screens')).not.toEqual([])
})

test('the name has as many bytes as a name may have, and the attack has every kind', () => {
  expect(bytes(NAME).length).toBeLessThanOrEqual(63)
  expect(Object.values(ATTACKS).every((each) => ATTACK.includes(each))).toBe(true)
})
