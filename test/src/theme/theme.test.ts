import { describe, expect, test } from 'vitest'
import { safe, toSafeText } from '#src/text/safe.ts'
import { cellWidth } from '#src/text/width.ts'
import { GLYPHS } from '#src/theme/glyphs.ts'
import { createTheme, detectTheme, join, TOKENS } from '#src/theme/theme.ts'

const shown = (text: string) => text.replaceAll('\x1b', '^')

describe('paint', () => {
  test.each(['none', '16', '256', 'truecolor'] as const)('has its looks with %s colours', (colour) => {
    const theme = createTheme({ colour, unicode: true })
    expect(TOKENS.map((token) => `${token}: ${shown(theme.paint(token, safe`x`))}`)).toMatchSnapshot()
  })

  test('uses no colour at all without colours, and still tells what stands out', () => {
    const theme = createTheme({ colour: 'none', unicode: true })
    const looks = TOKENS.map((token) => theme.paint(token, safe`x`))
    expect(looks.join('')).not.toMatch(/\x1b\[[\d;]*[34]\d/)
    for (const token of ['critical', 'warning', 'selected', 'badge'] as const) {
      expect(theme.paint(token, safe`x`)).not.toBe('x')
    }
  })

  test('closes what it opens and paints nothing where there is nothing', () => {
    const theme = createTheme({ colour: '256', unicode: true })
    expect(theme.paint('critical', toSafeText(''))).toBe('')
    expect(theme.paint('critical', safe`x`).endsWith('\x1b[0m')).toBe(true)
  })
})

test('under keeps the selection under every cell of a row', () => {
  const theme = createTheme({ colour: '16', unicode: true })
  const row = join(safe`a `, theme.paint('good', safe`b`), safe` c`)
  expect(shown(theme.under('selected', row))).toBe('^[7ma ^[32mb^[0m^[7m c^[0m')
})

describe('glyphs', () => {
  test('are one cell each, in both sets', () => {
    for (const set of [GLYPHS.unicode, GLYPHS.ascii]) {
      // In ASCII no single sign means that.
      const { tree, bar, spark, atMost: _atMost, ...single } = set
      const all = [...Object.values(single), ...Object.values(tree), ...bar, ...spark]
      expect(all.filter((glyph) => cellWidth(glyph) !== 1)).toEqual([])
      expect(all.map((glyph) => toSafeText(glyph))).toEqual(all)
    }
  })

  test('are ASCII where the terminal has nothing else', () => {
    const { tree, bar, spark, ...single } = GLYPHS.ascii
    expect([...Object.values(single), ...Object.values(tree), ...bar, ...spark].join('')).toMatch(/^[ -~]+$/)
  })
})

test('the Linux console and who asks for it get ASCII signs', () => {
  const looks = { colour: '16', unicode: true } as const
  expect(detectTheme({ TERM: 'xterm' }, looks).glyphs).toBe(GLYPHS.unicode)
  expect(detectTheme({ TERM: 'linux' }, looks).glyphs).toBe(GLYPHS.ascii)
  expect(detectTheme({ TERM: 'xterm', PGTRIAGE_ASCII: '1' }, looks).glyphs).toBe(GLYPHS.ascii)
  expect(detectTheme({ TERM: 'xterm' }, { ...looks, unicode: false }).glyphs).toBe(GLYPHS.ascii)
})
