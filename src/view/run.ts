/** Stretches of text of one meaning: what lines are composed of before they get colours. */
import { type SafeText, safe } from '#src/text/safe.ts'
import { cellWidth, fit } from '#src/text/width.ts'
import { join, type StyledText, type Theme, type Token } from '#src/theme/theme.ts'

/** Text and what it means; without a token it is plain. */
export interface Run {
  readonly text: SafeText
  readonly token?: Token
}

/** A run of plain text, or of a token. */
export function run(text: SafeText, token?: Token): Run {
  return token === undefined ? { text } : { text, token }
}

/** The cells that the runs take together. */
export function runsWidth(runs: readonly Run[]): number {
  return runs.reduce((sum, { text }) => sum + cellWidth(text), 0)
}

/** One styled line out of runs, cut at `width` cells. Neighbours of one meaning share their colour change. */
export function drawRuns(runs: readonly Run[], width: number, theme: Theme): StyledText {
  const merged: Run[] = []
  let left = width
  for (const each of runs) {
    const cells = cellWidth(each.text)
    const text = cells <= left ? each.text : fit(each.text, left, 'left', theme.glyphs.ellipsis)
    left -= Math.min(cells, left)
    const last = merged.at(-1)
    if (last !== undefined && last.token === each.token) {
      merged[merged.length - 1] = { ...last, text: safe`${last.text}${text}` }
    } else if (text.length > 0) {
      merged.push({ ...each, text })
    }
    if (left <= 0) {
      break
    }
  }
  return join(...merged.map(({ text, token }) => (token === undefined ? text : theme.paint(token, text))))
}

/** A part of a line that may be left out: the highest priority leaves first, 0 stays. */
export interface Segment {
  readonly runs: readonly Run[]
  readonly priority: number
}

/** The segments that fit `width` with `gap` cells between them, in their order. */
export function fitSegments(segments: readonly Segment[], width: number, gap: number): readonly Segment[] {
  let chosen = segments.filter(({ runs }) => runs.length > 0)
  while (segmentsWidth(chosen, gap) > width && chosen.some(({ priority }) => priority > 0)) {
    const worst = chosen.reduce((a, b) => (b.priority >= a.priority ? b : a))
    chosen = chosen.filter((segment) => segment !== worst)
  }
  return chosen
}

/** The runs of segments with `gap` blank cells between them. */
export function joinSegments(segments: readonly Segment[], gap: number): readonly Run[] {
  const space = run(' '.repeat(gap) as SafeText)
  return segments.flatMap(({ runs }, index) => (index === 0 ? runs : [space, ...runs]))
}

/** Blank cells. */
export function blank(cells: number): Run {
  return run(' '.repeat(Math.max(0, cells)) as SafeText)
}

function segmentsWidth(segments: readonly Segment[], gap: number): number {
  return segments.reduce((sum, { runs }) => sum + runsWidth(runs) + gap, -gap)
}
