import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { characters } from '#src/text/characters.ts'
import { cellWidth } from '#src/text/width.ts'
import { createTheme } from '#src/theme/theme.ts'
import { cellAt, drawTypedRow, offsetAt, typedRows } from '#src/view/typed-rows.ts'

const theme = createTheme({ colour: 'none', unicode: true })
const broken = (line: string, width: number) =>
  typedRows(line, width).map(({ start, end }) => line.slice(start, end))
const draw = (line: string, width: number, cursor: number | null = null) =>
  typedRows(line, width).map((row) =>
    drawTypedRow(line, row, {
      cursor: cursor !== null && cursor >= row.start && cursor < row.end ? cursor : null,
      width: width + 2,
      theme,
    }),
  )

const pieces = ['a', 'bc', ' ', '  ', '\t', '漢字', '👨‍👩‍👧', '\x1b', 'e\u0301', 'select']
const typed = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(''))

describe('a typed line', () => {
  test.each([
    ['', 10, ['']],
    ['select 1', 10, ['select 1']],
    ['select a, b from t', 10, ['select a, ', 'b from t']],
    ['select abc from t', 10, ['select abc ', 'from t']],
    ['aaaaaaaaaaaaaaa', 10, ['aaaaaaaaaa', 'aaaaa']],
    ['  漢字漢字漢字', 10, ['  ', '漢字漢字漢', '字']],
    ['\tx\ty', 5, ['\tx', '\ty']],
  ])('is broken where a word ends: %j in %i cells', (line, width, rows) => {
    expect(broken(line, width)).toEqual(rows)
  })

  test('is all in its rows, and each fits', () => {
    fc.assert(
      fc.property(typed, fc.integer({ min: 24, max: 40 }), (line, width) => {
        const rows = typedRows(line, width)
        expect(broken(line, width).join('')).toBe(line)
        for (const [index, row] of rows.entries()) {
          const cells = cellWidth(drawTypedRow(line, row, { cursor: null, width: 200, theme })) - 1
          const isHanging = line[row.end - 1] === ' '
          expect(cells).toBeLessThanOrEqual(width + (isHanging ? 1 : 0))
          expect(row.end > row.start || rows.length === 1 || index === rows.length - 1).toBe(true)
        }
      }),
    )
  })

  test('has a cell for each character, and the character for each cell', () => {
    fc.assert(
      fc.property(typed, (line) => {
        for (const row of typedRows(line, 12)) {
          let at = row.start
          for (const character of characters(line.slice(row.start, row.end))) {
            expect(offsetAt(line, row, cellAt(line, row, at))).toBe(at)
            at += character.length
          }
        }
      }),
    )
  })

  test('shows what a terminal must not get as an escape, tabs as blanks, and the cursor on either', () => {
    expect(draw('a\tb\x1b[2J\u202e', 40)).toEqual([' a   b\\x1b[2J\\u{202e}'])
    expect(draw('a\tb', 40, 1)).toEqual([' a\x1b[7m   \x1b[0mb'])
    expect(draw('\x1bc', 40, 0)).toEqual([' \x1b[7m\\x1b\x1b[0mc'])
    expect(draw('x漢🐘y', 40, 1)).toEqual([' x\x1b[7m漢\x1b[0m🐘y'])
  })
})
