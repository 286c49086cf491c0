/** Preformatted lines on the screen. */
import { Box, Text, useStdout } from 'ink'
import { createElement, type ReactNode, useMemo, useState } from 'react'
import { FrameSink } from '#src/terminal/frame-sink.ts'
import type { Drawable } from '#src/theme/theme.ts'

/**
 * Draws lines from top to bottom. Each must fit the terminal's width. To a sink they go by themselves, and Ink
 * only keeps their place; elsewhere (a terminal of a test) they are one text node a line, which is what Ink
 * draws cheapest.
 */
export function Lines({ lines }: { lines: readonly Drawable[] }): ReactNode {
  const { stdout } = useStdout()
  const [slot] = useState(() => (stdout instanceof FrameSink ? stdout.openSlot() : null))
  const ticket = useMemo(() => slot?.put(lines) ?? null, [slot, lines])
  // A line is its place on the screen, so they are children without keys.
  const texts = ticket === null ? lines.map((line) => (line === '' ? ' ' : line)) : [ticket]
  return createElement(
    Box,
    { flexDirection: 'column', height: lines.length, flexShrink: 0 },
    ...texts.map((text) => createElement(Text, { wrap: 'truncate' }, text)),
  )
}
