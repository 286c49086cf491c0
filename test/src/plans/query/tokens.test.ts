import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nameOf, significant, tokensOf } from '#src/plans/query/tokens.ts'

const kinds = (text: string, backslashes = false) =>
  significant(tokensOf(text, { backslashes })).map(({ kind, text: own }) => `${kind} ${own}`)

/** Texts of what scanners stumble over. */
const pieces = fc
  .array(
    fc.constantFrom(
      ...[
        "'",
        '"',
        '$$',
        '$a$',
        '/*',
        '*/',
        '--',
        '\n',
        '\\',
        ' ',
        'E',
        'U&',
        '$1',
        'x',
        '1.5',
        ';',
        '(',
        ')',
      ],
      ...['<=', '::', 'é', '💥', '\0', ',', '1e', '+', '.'],
    ),
    { maxLength: 25 },
  )
  .map((some) => some.join(''))

describe('the tokens of a statement', () => {
  test('are the text, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(pieces, fc.string()), fc.boolean(), (text, backslashes) => {
        const tokens = tokensOf(text, { backslashes })
        expect(tokens.map((token) => token.text).join('')).toBe(text)
        for (const [at, token] of tokens.entries())
          expect(token.start).toBe(
            tokens
              .slice(0, at)
              .map((before) => before.text)
              .join('').length,
          )
      }),
    )
  })

  test('are read as PostgreSQL reads them', () => {
    expect(
      kinds(`SELECT a.b, 'it''s', 1.5e-3 FROM "T""x" -- $1\nWHERE /* /* $2 */ ' */ c<=$3::int;`),
    ).toEqual([
      ...[
        'word SELECT',
        'word a',
        'punctuation .',
        'word b',
        'punctuation ,',
        "string 'it''s'",
        'punctuation ,',
      ],
      ...['number 1.5e-3', 'word FROM', 'quoted name "T""x"', 'word WHERE', 'word c', 'operator <='],
      ...['placeholder $3', 'punctuation :', 'punctuation :', 'word int', 'punctuation ;'],
    ])
  })

  test.each([
    [`E'a\\'b' c`, [`string E'a\\'b'`, 'word c']],
    [`'a\\' b`, [`string 'a\\'`, 'word b']],
    [`$q$ ' $$ " $q$ x`, [`string $q$ ' $$ " $q$`, 'word x']],
    [`a$1 $1`, ['word a$1', 'placeholder $1']],
    [`1.into t`, ['number 1.', 'word into', 'word t']],
    [`1e5from`, ['number 1e5', 'word from']],
    [`1--2`, ['number 1']],
    [`a<-/* */1`, ['word a', 'operator <-', 'number 1']],
    [`E'a'\n '\\' b'`, [`string E'a'\n '\\' b'`]],
    [`'a' '\\' b`, [`string 'a'`, `string '\\'`, 'word b']],
    [`U&"d!0061" x`, ['quoted name U&"d!0061"', 'word x']],
  ])('of %s', (text, expected) => {
    expect(kinds(text)).toEqual(expected)
  })

  test('heed a server that escapes with backslashes', () => {
    expect(kinds(`'a\\' b' c`, true)).toEqual([`string 'a\\' b'`, 'word c'])
  })

  test.each(["'x", '"x', '$a$ x', '/* /* */ x', "E'x\\'"])('tell that %s does not end', (text) => {
    expect(tokensOf(text).at(-1)?.isClosed).toBe(false)
  })

  test('stand for names', () => {
    expect(tokensOf('"A""b"').map(nameOf)).toEqual(['A"b'])
    expect(tokensOf('AbÉ').map(nameOf)).toEqual(['abÉ'])
    expect(tokensOf("'x'").map(nameOf)).toEqual([null])
  })
})
