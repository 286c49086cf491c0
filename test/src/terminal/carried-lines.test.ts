import { Box, render, Text } from 'ink'
import { createElement } from 'react'
import { expect, test } from 'vitest'
import { CarriedLines } from '#src/terminal/carried-lines.ts'
import { FrameSink } from '#src/terminal/frame-sink.ts'
import type { Drawable } from '#src/theme/theme.ts'
import { Lines } from '#src/ui/lines.ts'
import { createRecorder, createScreen } from './screen.ts'

const COLUMNS = 30
const ROWS = 6
const drawable = (text: string) => text as Drawable

test('lines come out in the rows of their ticket, and those around it stay', () => {
  const carried = new CarriedLines()
  const [first, second] = [carried.openSlot(), carried.openSlot()]
  const header = first.put(['a', 'b'])
  const body = second.put(['c'])
  expect(carried.unpack(`${header}\n\nbetween\n${body}\n`)).toEqual(['a', 'b', 'between', 'c', ''])
})

test('each put gives another ticket, so that Ink draws again', () => {
  const slot = new CarriedLines().openSlot()
  expect(slot.put(['a'])).not.toBe(slot.put(['a']))
})

test('the newest lines are shown where an old ticket still stands', () => {
  const carried = new CarriedLines()
  const slot = carried.openSlot()
  const ticket = slot.put(['old'])
  slot.put(['new'])
  expect(carried.unpack(ticket)).toEqual(['new'])
})

test('lines that look like a ticket stay what they are', () => {
  const carried = new CarriedLines()
  const ticket = carried.openSlot().put(['secret'])
  const other = carried.openSlot().put([ticket, 'b'])
  expect(carried.unpack(`${other}\n`)).toEqual([ticket, 'b'])
})

test('Ink puts lines on a sink as it puts text, with their colours, and follows every change', async () => {
  const recorder = createRecorder()
  const sink = new FrameSink({ outlet: recorder, columns: COLUMNS, rows: ROWS, unicode: true })
  const screen = createScreen(COLUMNS, ROWS)
  const drained = () => new Promise<void>((resolve) => sink.whenDrained(() => resolve()))
  const frame = (header: string[], body: string[]) =>
    createElement(
      Box,
      { flexDirection: 'column', height: ROWS },
      createElement(Lines, { lines: header.map(drawable) }),
      createElement(Text, null, 'by Ink itself'),
      createElement(Lines, { lines: body.map(drawable) }),
    )
  sink.enter()
  const stdout = sink as unknown as NodeJS.WriteStream
  const app = render(frame(['\x1b[1mone\x1b[m'], ['漢字', '', 'three']), {
    stdout,
    debug: true,
    interactive: true,
    patchConsole: false,
  })
  await drained()
  const written = recorder.writes.splice(0).join('')
  await screen.write(written)
  expect(screen.text()).toEqual(['one', 'by Ink itself', '漢字', '', 'three', ''])
  expect(written).toContain('\x1b[1mone')
  app.rerender(frame(['\x1b[1mone\x1b[m', 'two'], ['漢字', '', 'drei']))
  await drained()
  await screen.write(recorder.writes.splice(0).join(''))
  expect(screen.text()).toEqual(['one', 'two', 'by Ink itself', '漢字', '', 'drei'])
  app.unmount()
})
