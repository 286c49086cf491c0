import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { castTypedLiterals, placeholderNumbers } from '#src/plans/query/placeholders.ts'
import { rewrite } from '#src/plans/query/rewrite.ts'
import { tokensOf } from '#src/plans/query/tokens.ts'

const cast = (text: string, versionNum = 160000) => castTypedLiterals(text, { versionNum }).text

describe('typed literals that became placeholders', () => {
  test.each([
    ['select interval $1', 'select ($1::interval)'],
    ['select now() - interval $1 day', 'select now() - ($1::interval day)'],
    ['x > interval $1 day to second (3) and y', 'x > ($1::interval day to second (3)) and y'],
    ['interval(3) $1', '($1::interval(3))'],
    ['d = date $1', 'd = ($1::date)'],
    ['timestamp $1 at time zone $2', '($1::timestamp) at time zone $2'],
    ['timestamp (3) with time zone $1', '($1::timestamp (3) with time zone)'],
    ['time without time zone $1', '($1::time without time zone)'],
    ['at time zone $1', 'at time zone $1'],
    ['numeric(10, 2) $1', '($1::numeric(10, 2))'],
    ['double precision $1', '($1::double precision)'],
    ['character varying(5) $1', '($1::character varying(5))'],
    ['point $1[0]', '($1::point)[0]'],
    ['select public."My Type" $1', 'select ($1::public."My Type")'],
    ['select "T" /* a */ $1', 'select ($1::"T")'],
    ['extract($1 from ts) > $2', 'pg_catalog.extract($1 , ts) > $2'],
    ['EXTRACT ( $1 FROM date $2 )', 'pg_catalog.extract ( $1 , ($2::date) )'],
  ])('%s', (text, expected) => {
    expect(cast(text)).toBe(expected)
  })

  test('are asked of the function that EXTRACT was before 14', () => {
    expect(cast('extract($1 from ts)', 130000)).toBe('pg_catalog.date_part($1 , ts)')
  })

  test.each([
    'select $1',
    'select distinct on (a) $1, b',
    'select case $1 when $2 then $3 else $4 end',
    'select substring(a from $1 for $2), position($3 in b), overlay(c placing $4 from $5), trim(both $6 from d)',
    'where a between symmetric $1 and $2 or not $3 and a like $4 escape $5 and b in ($6 /*, ... */)',
    'where a is distinct from $1 or a similar to $2',
    'order by a limit $1 offset $2 rows fetch first $3 rows only',
    'insert into t (a) values ($1) on conflict (a) do update set a = $2 returning $3',
    'rows between $1 preceding and $2 following',
    "select 'interval $1', $$date $1$$ -- interval $1\n/* date $2 */",
    'select a.extract($1), "interval $1"',
  ])('are not seen in %s', (text) => {
    expect(cast(text)).toBe(text)
  })

  test('leave every text without a placeholder as it is', () => {
    const pieces = fc.array(
      fc.constantFrom(
        'interval',
        'date',
        "'$1'",
        '"$2"',
        '/* $3 */',
        '-- $4\n',
        '$$ $5 $$',
        '(',
        ')',
        'x',
        ' ',
      ),
    )
    fc.assert(
      fc.property(pieces, (some) => {
        const text = some.join(' ')
        expect(cast(text)).toBe(text)
      }),
    )
  })

  test('leave literals, quoted names and comments as they are', () => {
    const pieces = fc.array(
      fc.constantFrom(
        'interval $1 day',
        'extract($2 from x)',
        'date',
        "'date $9'",
        '"date $9"',
        '/* $9 */',
        ',',
      ),
    )
    fc.assert(
      fc.property(pieces, (some) => {
        const kept = (text: string) =>
          tokensOf(text)
            .filter(({ kind }) => kind === 'string' || kind === 'quoted name')
            .map((token) => token.text)
        const text = some.join(' ')
        expect(kept(cast(text))).toEqual(kept(text))
        expect(placeholderNumbers(cast(text))).toEqual(placeholderNumbers(text))
      }),
    )
  })
})

describe('a rewritten text', () => {
  test('leads back to where each character came from', () => {
    const { text, originOf } = rewrite('select interval $1, x', [
      { start: 7, end: 18, text: '($1::interval)' },
    ])
    expect(text).toBe('select ($1::interval), x')
    expect(originOf(text.indexOf('x'))).toBe(20)
    expect(originOf(0)).toBe(0)
    expect(originOf(text.indexOf('interval'))).toBe(7)
    expect(originOf(text.length)).toBe(21)
  })
})

test('placeholders are those outside of literals, names and comments', () => {
  expect(placeholderNumbers(`$3 a$4 '$5' "$6" /* $7 */ $1::int $3 $$ $8 $$ -- $9`)).toEqual([1, 3])
})
