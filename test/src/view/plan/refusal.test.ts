import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Refusal } from '#src/explain/contract.ts'
import { cellWidth } from '#src/text/width.ts'
import { createTheme } from '#src/theme/theme.ts'
import { refusalLines } from '#src/view/plan/refusal.ts'

const theme = createTheme({ colour: 'none', unicode: true })

/** As it reads, without its looks. */
function draw(refused: Parameters<typeof refusalLines>[0], width = 80): string[] {
  return refusalLines(refused, width, theme).map((line) => line.replace(/\x1b\[[0-9;]*m/g, ''))
}

const refusal: Refusal = {
  failure: {
    kind: 'statement',
    message: 'column "kond" does not exist',
    hint: 'Perhaps you meant "kind".',
    sqlstate: '42703',
  },
  position: 32,
  step: 'parse',
  remedies: ['x: set search_path'],
}

test('tells the reason, the place in the text, that nothing ran, and what to try', () => {
  const text = 'SELECT id\n  FROM orders\n WHERE kond = 7\n ORDER BY id'
  expect(draw({ text, reason: refusal })).toEqual([
    ' column "kond" does not exist',
    ' Perhaps you meant "kind".',
    '',
    '  SELECT id',
    '    FROM orders',
    '   WHERE kond = 7',
    '         ^',
    '',
    ' Nothing was run: the server did not accept the statement.',
    ' ▸ x: set search_path',
  ])
})

test('shows a long line from where the place is seen', () => {
  const text = `SELECT '${'x'.repeat(300)}', kond`
  const lines = draw({ text, reason: { ...refusal, position: 312 } }, 60)
  const at = lines.findIndex((line) => line.trim() === '^')
  expect(lines[at - 1]?.slice(lines[at]?.indexOf('^'))).toBe('kond')
})

test('tells where a plan cannot be read', () => {
  const reason = { line: 2, column: 4, reason: 'expected a value' }
  expect(draw({ text: '[\n  {]', reason })).toEqual([
    ' this plan cannot be read',
    ' line 2, column 4: expected a value',
    '',
    '  [',
    '    {]',
    '     ^',
  ])
})

test('draws no line that is too long or steers the terminal, wherever the server points', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.integer({ min: -5, max: 200 }),
      fc.integer({ min: 20, max: 120 }),
      (text, position, width) => {
        const failure = { ...refusal.failure, message: text }
        for (const line of draw({ text, reason: { ...refusal, failure, position } }, width)) {
          expect(cellWidth(line)).toBeLessThanOrEqual(width)
          expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
        }
      },
    ),
  )
})
