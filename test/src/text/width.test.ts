import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { toSafeText } from '#src/text/safe.ts'
import { cellWidth, cut, fit as fitted, graphemes, isSettledWidth, sliceCells } from '#src/text/width.ts'
import { wrap } from '#src/text/wrap.ts'

const text = fc
  .string({
    unit: fc.constantFrom('a', 'Z', ' ', '  ', 'é', '漢', '한', '─', '😀', 'e\u0301', '🇩🇪', 'ก็', '\n'),
  })
  .map(toSafeText)
/** Each code point, but only some of the thousands of ideographs and syllables. */
const step = (code: number) => (/[\p{Script=Han}\p{Script=Hangul}]/u.test(String.fromCodePoint(code)) ? 7 : 1)
const width = fc.integer({ min: 1, max: 30 })

describe('cellWidth', () => {
  test('agrees with string-width on every code point that is shown as itself', () => {
    const different: string[] = []
    for (let code = 0x20; code < 0x20000; code += step(code)) {
      const shown = toSafeText(String.fromCodePoint(code))
      if (shown !== String.fromCodePoint(code)) continue
      if (cellWidth(shown) !== stringWidth(shown)) different.push(code.toString(16))
    }
    expect(different).toEqual([])
  })

  test('is the sum over what people see as characters', () => {
    fc.assert(
      fc.property(text, (value) => {
        const sum = [...graphemes(value)].reduce((cells, character) => cells + cellWidth(character), 0)
        expect(sum).toBe(cellWidth(value))
      }),
    )
  })

  test('calls widths settled only where terminals agree', () => {
    expect(['a', 'é', 'ж', '漢', '한', '─', '█', '⏎'].every(isSettledWidth)).toBe(true)
    expect(['😀', '🇩🇪', 'ก็', 'e\u0301', '⚠'].some(isSettledWidth)).toBe(false)
  })
})

describe('fit', () => {
  test('fills exactly the width, whatever the text', () => {
    fc.assert(
      fc.property(text, width, fc.constantFrom('left' as const, 'right' as const), (value, cells, align) => {
        expect(cellWidth(fitted(value, cells, align))).toBe(cells)
      }),
    )
  })

  test('aligns, and marks what is cut', () => {
    expect(fitted(toSafeText('ab'), 4)).toBe('ab  ')
    expect(fitted(toSafeText('ab'), 4, 'right')).toBe('  ab')
    expect(fitted(toSafeText('abcdef'), 4)).toBe('abc…')
    expect(fitted(toSafeText('abcdef'), 4, 'left', '~')).toBe('abc~')
    expect(fitted(toSafeText('漢字漢字'), 6)).toBe('漢字 …')
    expect(fitted(toSafeText('abc'), 0)).toBe('')
  })
})

describe('cut and sliceCells', () => {
  test('never give more cells than asked for', () => {
    fc.assert(
      fc.property(text, fc.nat(30), width, (value, from, cells) => {
        expect(cellWidth(sliceCells(value, from, cells))).toBeLessThanOrEqual(cells)
        expect(cellWidth(cut(value, cells))).toBeLessThanOrEqual(cells)
      }),
    )
  })

  test('put the pieces of a text together again, but for wide characters that were split', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'é', '─') }).map(toSafeText),
        width,
        (value, cells) => {
          expect(sliceCells(value, 0, cells) + sliceCells(value, cells, 1000)).toBe(value)
        },
      ),
    )
    expect(sliceCells(toSafeText('漢字'), 1, 2)).toBe('  ')
  })
})

describe('wrap', () => {
  test('loses no character, and no line is too wide', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 30 }), (value, cells) => {
        const lines = wrap(value, cells)
        expect(lines.join('').replaceAll(' ', '')).toBe(value.replaceAll(' ', ''))
        for (const line of lines) expect(cellWidth(line)).toBeLessThanOrEqual(cells)
      }),
    )
  })

  test('breaks at spaces, breaks long words, keeps the indent', () => {
    expect(wrap(toSafeText('  the quick brown foxjumpsoverthe lazy dog'), 10)).toEqual([
      '  the',
      'quick',
      'brown',
      'foxjumpsov',
      'erthe lazy',
      'dog',
    ])
    expect(wrap(toSafeText(''), 10)).toEqual([''])
    expect(wrap(toSafeText('     '), 2)).toEqual(['  '])
    expect(wrap(toSafeText('     a'), 2)).toEqual(['  ', 'a'])
    expect(wrap(toSafeText('漢字'), 1)).toEqual(['漢', '字'])
  })
})
