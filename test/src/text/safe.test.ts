import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasEscapes, normaliseQuery, safe, toSafeLines, toSafeText } from '#src/text/safe.ts'

/** What the rule says in words, written apart from the code that follows it. */
const FORBIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Me}\p{Default_Ignorable_Code_Point}\u2800\ufffc]|(?! )\p{Zs}|^\p{M}|\p{M}{3}/u

const ATTACK =
  '\x1b]52;c;cHdu\x07\x1b]0;PWN\x07\x1b[2J\x1b[31m\x1bP$q\x1b\\\x1b]8;;http://x\x1b\\\u009b2J\u202e\u200b\x07\b\r\t\x7f\n'

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('a', '\x1b', '\n', '\r', '\t', '\u0301', '\ud800', '\u200d', '漢', '\u3000'),
  }),
)

describe('toSafeText', () => {
  test('lets no code point of the rule through, of all there are', () => {
    const slips: string[] = []
    for (let first = 0; first <= 0x10ffff; first += 0x1000) {
      const codes = Array.from({ length: 0x1000 }, (_, offset) => first + offset)
      const shown = toSafeText(codes.map((code) => `a${String.fromCodePoint(code)}`).join(''))
      const slip = FORBIDDEN.exec(shown)?.[0]
      if (slip !== undefined) slips.push(JSON.stringify(slip))
    }
    expect(slips).toEqual([])
  })

  test('lets nothing through in any combination, and changes nothing the second time', () => {
    fc.assert(
      fc.property(anyText, (raw) => {
        const once = toSafeText(raw)
        expect(FORBIDDEN.test(once)).toBe(false)
        expect(once.isWellFormed()).toBe(true)
        expect(toSafeText(once)).toBe(once)
      }),
      { numRuns: 2000 },
    )
  })

  test('shows every piece of an attack', () => {
    expect(toSafeText(ATTACK)).toBe(
      '\\x1b]52;c;cHdu\\x07\\x1b]0;PWN\\x07\\x1b[2J\\x1b[31m\\x1bP$q\\x1b\\\\x1b]8;;http://x\\x1b\\\\x9b2J\\u{202e}\\u{200b}\\x07\\x08\\x0d \\x7f⏎',
    )
  })

  test('shows a line break as a sign and any space as a space', () => {
    expect(toSafeText('a\nb\r\nc\td\u00a0e\u3000f')).toBe('a⏎b⏎c d e f')
  })

  test('keeps two combining marks on a base and counts the others', () => {
    expect(toSafeText('e\u0301\u0302')).toBe('e\u0301\u0302')
    expect(toSafeText(`e${'\u0301'.repeat(500)}!`)).toBe('e\u0301\u0301\\m{498}!')
    expect(toSafeText('\u0301a')).toBe('\\m{1}a')
  })

  test('leaves the text of people alone', () => {
    for (const text of ['SELECT 1', 'naïve café', 'привет', '漢字かな交じり文', '한국어', 'ไทย', '😀']) {
      expect(toSafeText(text)).toBe(text)
    }
  })

  test('replaces half of a surrogate pair', () => {
    expect(toSafeText('a\ud83dz')).toBe('a\ufffdz')
  })
})

describe('hasEscapes', () => {
  test('tells of escapes, not of line breaks, tabs and spaces', () => {
    expect(['a\r\nb\tc\u00a0d', 'plain', 'é'].map(hasEscapes)).toEqual([false, false, false])
    expect(['\x1b[2J', 'a\rb', '\u202e', '\u0301', 'e\u0301\u0301\u0301', '\ud83d'].map(hasEscapes)).toEqual(
      Array(6).fill(true),
    )
  })
})

describe('toSafeLines', () => {
  test('splits at line breaks, expands tabs, and keeps the rest visible', () => {
    expect(toSafeLines('a\r\n\tb\n  c\td\x1b')).toEqual(['a', '    b', '  c d\\x1b'])
    expect(toSafeLines('')).toEqual([''])
  })
})

describe('normaliseQuery', () => {
  test('makes one line of a query and cuts it', () => {
    expect(normaliseQuery('  SELECT\n\t*\r\n  FROM   t  ', 100)).toBe('SELECT * FROM t')
    expect(normaliseQuery('SELECT * FROM t', 8)).toBe('SELECT *')
  })

  test('never cuts a character in two', () => {
    expect(normaliseQuery('😀😀', 3)).toBe('😀')
  })

  test('looks only at the beginning of a huge query', () => {
    const huge = `SELECT ${'x'.repeat(1_000_000)}\x1b`
    expect(normaliseQuery(huge, 20)).toBe('SELECT xxxxxxxxxxxxx')
  })

  test('is safe whatever comes', () => {
    fc.assert(
      fc.property(anyText, fc.nat(40), (raw, limit) => {
        expect(FORBIDDEN.test(normaliseQuery(raw, limit))).toBe(false)
      }),
    )
  })
})

test('safe puts safe parts between our own words', () => {
  expect(safe`waits for ${toSafeText('a\x1b')} since ${12} s, ${3n} times`).toBe(
    'waits for a\\x1b since 12 s, 3 times',
  )
})
