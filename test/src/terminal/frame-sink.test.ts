import fc from 'fast-check'
import { render, Text } from 'ink'
import { createElement } from 'react'
import { describe, expect, test } from 'vitest'
import { FrameSink } from '#src/terminal/frame-sink.ts'
import { findForbidden } from '#src/terminal/wall.ts'
import { createRecorder, createScreen } from './screen.ts'

const COLUMNS = 40
const ROWS = 8
const LIST_ROWS = 22

function open(
  options: { readonly stalled?: boolean; readonly unicode?: boolean; readonly rows?: number } = {},
) {
  const recorder = createRecorder(options)
  const sink = new FrameSink({
    outlet: recorder,
    columns: COLUMNS,
    rows: options.rows ?? ROWS,
    unicode: options.unicode ?? true,
  })
  sink.enter()
  return { recorder, sink, written: () => recorder.writes.splice(0).join('') }
}

const drained = (sink: FrameSink) => new Promise<void>((resolve) => sink.whenDrained(() => resolve()))

/** Pieces of a line: a look, then a few characters of one width. */
const piece = fc.tuple(
  fc.constantFrom(
    '',
    '\x1b[1m',
    '\x1b[2;31m',
    '\x1b[22m',
    '\x1b[7m',
    '\x1b[27m',
    '\x1b[4;44m',
    '\x1b[38;5;33m',
    '\x1b[49;39m',
    '\x1b[0m',
  ),
  fc.constantFrom(
    'a',
    'bc',
    ' ',
    '   ',
    '                  ',
    'é',
    '漢',
    '한字',
    '─',
    '▃█',
    '●',
    'жж',
    'e\u0301',
  ),
)
const CELLS: Readonly<Record<string, number>> = { 漢: 2, 한字: 4, 'e\u0301': 1 }
const line = fc.array(piece, { maxLength: 14 }).map((pieces) => {
  let cells = 0
  let text = ''
  for (const [look, characters] of pieces) {
    cells += CELLS[characters] ?? characters.length
    if (cells > COLUMNS) break
    text += look + characters
  }
  return `${text}\x1b[0m`
})
/** A list of which a part is shown, between a header and a footer. */
const listed = (from: number, selected: number) => [
  'header',
  ...Array.from({ length: LIST_ROWS - 2 }, (_, row) => {
    const look = from + row === selected ? '\x1b[7m' : ''
    return `${look}row ${from + row} of ${(from + row) * 7919} with ${'x'.repeat((from + row) % 17)}\x1b[0m`
  }),
  'footer',
]

/** A frame as changes to the one before: most lines stay, some move, some are new. */
const change = fc.array(fc.tuple(fc.nat(ROWS - 1), fc.oneof(line, fc.nat(ROWS - 1))), { maxLength: ROWS })

describe('what is on the screen', () => {
  test('is the last frame, whatever the frames before', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 15 }), async (changes) => {
        const { sink, written } = open()
        const screen = createScreen(COLUMNS, ROWS)
        const frame: string[] = Array(ROWS).fill('')
        for (const lines of changes) {
          for (const [row, next] of lines) frame[row] = typeof next === 'string' ? next : (frame[next] ?? '')
          sink.write(frame.join('\n'))
          await drained(sink)
          const output = written()
          expect(findForbidden(output)).toEqual([])
          await screen.write(output)
        }
        const expected = createScreen(COLUMNS, ROWS)
        await expected.write(frame.map((text, row) => `\x1b[m\x1b[${row + 1}H${text}`).join(''))
        expect(screen.snapshot()).toEqual(expected.snapshot())
      }),
      { numRuns: 150 },
    )
  })

  test('is right however a list is scrolled', { timeout: 60_000 }, async () => {
    let scrolls = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(20), fc.nat(25)), { maxLength: 12 }), async (positions) => {
        const { sink, written } = open({ rows: LIST_ROWS })
        const screen = createScreen(COLUMNS, LIST_ROWS)
        for (const [from, selected] of positions) {
          sink.write(listed(from, selected).join('\n'))
          await drained(sink)
          const output = written()
          expect(findForbidden(output)).toEqual([])
          scrolls += /\x1b\[\d+M/.test(output) ? 1 : 0
          await screen.write(output)
        }
        const last = positions.at(-1)
        if (!last) return
        const expected = createScreen(COLUMNS, LIST_ROWS)
        await expected.write(
          listed(...last)
            .map((text, row) => `\x1b[m\x1b[${row + 1}H${text}`)
            .join(''),
        )
        expect(screen.snapshot()).toEqual(expected.snapshot())
      }),
      { numRuns: 100 },
    )
    expect(scrolls).toBeGreaterThan(20)
  })

  test('survives any size, and any change of it', async () => {
    const { sink, written } = open()
    const screen = createScreen(COLUMNS, ROWS)
    const frame = () =>
      Array.from({ length: sink.rows }, (_, row) =>
        `${row} ${'x'.repeat(sink.columns)}`.slice(0, sink.columns),
      )
    for (const [columns, rows] of [
      [1, 1],
      [2, 5],
      [500, 200],
      [80, 24],
      [3, 2],
      [40, 8],
    ] as const) {
      screen.resize(columns, rows)
      sink.resize(columns, rows)
      sink.write(frame().join('\n'))
      await drained(sink)
      await screen.write(written())
      expect(screen.text()).toEqual(frame().map((text) => text.trimEnd()))
    }
  })

  test('cuts what is too wide and too high instead of scrolling', async () => {
    const { sink, written } = open()
    const screen = createScreen(COLUMNS, ROWS)
    sink.write(Array.from({ length: 30 }, (_, row) => `${row}:${'漢'.repeat(60)}`).join('\n'))
    await drained(sink)
    await screen.write(written())
    expect(screen.text()[0]).toBe(`0:${'漢'.repeat(19)}`)
    expect(screen.text()[7]).toBe(`7:${'漢'.repeat(19)}`)
  })

  test('keeps its columns where the terminal thinks otherwise of a width', async () => {
    const { sink, written } = open()
    // This emulator has the Unicode 6 tables: it draws a flag in two cells each letter, and an emoji in one.
    const screen = createScreen(COLUMNS, ROWS)
    for (const text of ['ab😀cd|', '🇩🇪 x  |', 'ก็ก็ก็  |', 'plain  |']) {
      sink.write(text)
      await drained(sink)
      await screen.write(written())
      expect(screen.text()[0]?.at(-1)).toBe('|')
    }
    expect(screen.text()[0]).toBe('plain  |')
  })

  test('is ASCII where the terminal speaks no UTF-8', async () => {
    const { sink, written } = open({ unicode: false })
    sink.write('é漢─⏎…x')
    await drained(sink)
    const output = written()
    expect(output).toMatch(/^[\x1b\r\n -~]+$/)
    expect(output).toContain('???-~~x')
  })

  test('never holds a sequence of somebody else', async () => {
    const { sink, written } = open()
    sink.write(
      '\x1b]52;c;cHdu\x07 \x1b[2J \x1bc \u009b31m \x1b[8mhidden \u202e \x1b]8;;http://x\x1b\\ \b\r\t\x7f',
    )
    await drained(sink)
    expect(findForbidden(written())).toEqual([])
  })
})

describe('what is written', () => {
  const table = (digit: (row: number) => string) =>
    Array.from(
      { length: ROWS },
      (_, row) => `${1000 + row} \x1b[36mapp\x1b[0m ${digit(row)} SELECT * FROM t`,
    ).join('\n')

  test('is one synchronised write for a frame, and nothing for an equal one', async () => {
    const { sink, recorder, written } = open()
    sink.write(table(() => '1'))
    await drained(sink)
    written()
    sink.write(table(() => '2'))
    await drained(sink)
    expect(recorder.writes).toHaveLength(1)
    expect(written()).toMatch(/^\x1b\[\?2026h.*\x1b\[\?2026l$/s)
    sink.write(table(() => '2'))
    await drained(sink)
    expect(written()).toBe('')
  })

  test('is near the least that changes the cells', async () => {
    const { sink, written } = open()
    sink.write(table((row) => String(row)))
    await drained(sink)
    written()
    sink.write(table((row) => String((row + 1) % 10)))
    await drained(sink)
    // A move down and one back for each cell; with an absolute move (8 bytes) for each it would be 72.
    const least = ROWS * 1 + (ROWS - 1) * 4 + '\x1b[;10H'.length
    const frame = '\x1b[?2026h\x1b[?2026l'.length
    expect(written().length - frame).toBeLessThanOrEqual(least * 1.5)
  })

  test('erases long blanks instead of writing them', async () => {
    const { sink, written } = open()
    sink.write('x'.repeat(COLUMNS))
    await drained(sink)
    written()
    sink.write('x')
    await drained(sink)
    expect(written()).toBe('\x1b[?2026h\x1b[;2H\x1b[K\x1b[?2026l')
    sink.write(`${'x'.repeat(COLUMNS)}`)
    await drained(sink)
    written()
    sink.write(`x${' '.repeat(30)}${'x'.repeat(9)}`)
    await drained(sink)
    expect(written()).toBe('\x1b[?2026h\x1b[;2H\x1b[30X\x1b[?2026l')
  })

  test('is two lines when a list moves by one', async () => {
    const { sink, written } = open({ rows: 22 })
    const list = (from: number) => {
      const row = (number: number) => `${number} ${String((number * 7919 * 104_729) ** 2).padEnd(30)}`
      return ['header', ...Array.from({ length: 20 }, (_, index) => row(from + index)), 'footer'].join('\n')
    }
    for (const [from, sequence] of [
      [10, ''],
      [11, '\x1b[2H\x1b[1M\x1b[21H\x1b[1L'],
      [9, '\x1b[20H\x1b[2M\x1b[2H\x1b[2L'],
    ] as const) {
      written()
      sink.write(list(from))
      await drained(sink)
      expect(written()).toContain(sequence)
    }
    expect(sink.stats.bytes).toBeLessThan(1000)
  })

  test('is everything again when asked to', async () => {
    const { sink, written } = open()
    sink.write('hello')
    await drained(sink)
    written()
    sink.redraw()
    await drained(sink)
    expect(written()).toContain('\x1b[m\x1b[H\x1b[J\x1b[Hhello')
  })

  test('is the latest frame only, when the terminal was not ready for those before', async () => {
    const { sink, recorder } = open({ stalled: true })
    for (let frame = 0; frame < 100; frame += 1) {
      sink.write(`frame ${frame}`)
      await new Promise(setImmediate)
    }
    expect(recorder.writes).toHaveLength(1)
    expect(sink.stats).toMatchObject({ frames: 100, dropped: 99 })
    recorder.drain()
    expect(recorder.writes).toHaveLength(2)
    expect(recorder.writes[1]).toContain('frame 99')
  })

  test('is nothing while the terminal is lent, and the latest frame afterwards', async () => {
    const { sink, written } = open()
    sink.write('before')
    sink.write('\x1b[?2004h')
    await sink.leave()
    expect(written()).toMatch(/\x1b\[\?25h\x1b\[\?1049l$/)
    sink.write('meanwhile')
    await drained(sink)
    expect(written()).toBe('')
    sink.enter()
    await drained(sink)
    expect(written()).toMatch(/^\x1b\[\?1049h\x1b\[\?25l\x1b\[\?2004h.*meanwhile/s)
  })
})

test('Ink draws through it, follows its size and leaves its modes alone', async () => {
  const { sink, written } = open()
  const stream = sink as unknown as NodeJS.WriteStream
  const app = render(createElement(Text, null, 'one'), {
    stdout: stream,
    debug: true,
    interactive: true,
    patchConsole: false,
  })
  await drained(sink)
  app.rerender(createElement(Text, null, 'two'))
  await drained(sink)
  expect(written()).toContain('two')
  sink.resize(2, 2)
  await drained(sink)
  expect(written()).toContain('tw')
  app.unmount()
  await app.waitUntilExit()
  const output = written()
  expect(output).not.toContain('\x1b[?25h')
  expect(output).not.toContain('\x1b[?1049')
})
