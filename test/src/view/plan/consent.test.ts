import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cellWidth } from '#src/text/width.ts'
import { createTheme } from '#src/theme/theme.ts'
import { type ConsentQuestion, drawConsent } from '#src/view/plan/consent.ts'

const theme = createTheme({ colour: 'none', unicode: true })

/** As it reads, without its looks. */
function draw(asked: ConsentQuestion, height = 19, width = 80) {
  const { lines, isWhole } = drawConsent(asked, { width, height, theme })
  return { isWhole, lines: lines.map((line) => line.replace(/\x1b\[[0-9;]*m/g, '')) }
}

const question: ConsentQuestion = {
  text: 'WITH gone AS (DELETE FROM orders RETURNING *)\nSELECT nextval($$ids$$) FROM gone',
  database: 'shop',
  server: 'orders@db1:5432',
  role: 'app',
  step: 'run',
  timeoutMs: 30_000,
  timing: true,
  dangers: [
    { kind: 'writes', sentence: 'deletes rows of public.orders', isUndone: true },
    {
      kind: 'volatile function',
      sentence: 'calls nextval: the numbers it takes stay taken',
      isUndone: false,
    },
  ],
}

test('tells what would run, where, as whom, and what a rollback cannot take back', () => {
  const { lines, isWhole } = draw(question)
  expect(isWhole).toBe(true)
  expect(lines).toEqual([
    ' EXPLAIN ANALYZE really runs it',
    ' in shop of orders@db1:5432 as app, in a transaction that is always rolled',
    ' back:',
    '  WITH gone AS (DELETE FROM orders RETURNING *)',
    '  SELECT nextval($$ids$$) FROM gone',
    '',
    ' !  deletes rows of public.orders',
    ' !! calls nextval: the numbers it takes stay taken',
    '',
    ' ends after 30.0s at most (t), timing on (c), Esc cancels it while it runs',
    ' Run it? y yes   Esc no',
  ])
})

test('tells of one that only reads that it does', () => {
  const { lines } = draw({ ...question, dangers: [] }, 19)
  expect(lines).toContain(' It reads only: nothing in its plan writes, locks rows or calls a volatile')
})

test('asks before planning where that alone may change something', () => {
  const { lines } = draw({ ...question, step: 'plan' }, 19)
  expect(lines[0]).toBe(' Already planning it may change something')
  expect(lines.at(-1)).toBe(' Plan it? y yes   Esc no')
})

test('cuts the query before it cuts a danger, and is not whole when those do not fit', () => {
  const long = { ...question, text: 'SELECT 1\n'.repeat(100) }
  expect(draw(long, 12)).toMatchObject({ isWhole: true })
  expect(draw(long, 12).lines).toContainEqual(expect.stringMatching(/… 9\d more lines/))
  expect(draw(long, 6)).toMatchObject({ isWhole: false })
})

test('draws no line that is too long or steers the terminal', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 20, max: 120 }),
      (text, sentence, width) => {
        const dangers = [{ kind: 'foreign', sentence, isUndone: false }] as const
        const { lines } = draw({ ...question, text, dangers }, 20, width)
        for (const line of lines) {
          expect(cellWidth(line)).toBeLessThanOrEqual(width)
          expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
        }
      },
    ),
  )
})
