/** Preformatted lines on the screen: one text node a line, which is what Ink draws cheapest. */
import { Box, Text } from 'ink'
import { createElement, type ReactNode } from 'react'
import type { Drawable } from '#src/theme/theme.ts'

/**
 * Draws at most `height` lines from top to bottom. Each must fit the terminal's width. A line is its place on
 * the screen, so they are children without keys.
 */
export function Lines({ lines, height }: { lines: readonly Drawable[]; height: number }): ReactNode {
  const texts = lines
    .slice(0, height)
    .map((line) => createElement(Text, { wrap: 'truncate' }, line === '' ? ' ' : line))
  return createElement(Box, { flexDirection: 'column', height, flexShrink: 0 }, ...texts)
}
