/** Text measured and cut in terminal cells, never in characters. */
import stringWidth from 'string-width'
import type { SafeText } from './safe.ts'

/** Printable ASCII, Latin, Greek, Cyrillic, punctuation, arrows, box drawing, blocks, Braille: one cell each. */
const NARROW =
  '\\x20-\\x7e\\xa1-\\xac\\xae-\\u02ff\\u0370-\\u0377\\u037a-\\u037f\\u0384-\\u038a\\u038c\\u038e-\\u03a1\\u03a3-\\u0482\\u048a-\\u052f\\u2010-\\u2027\\u2030-\\u205e\\u2190-\\u21ff\\u23ce\\u2500-\\u25fc\\u2801-\\u28ff'
/** Kana, the common CJK ideographs and Hangul syllables: two cells each. */
const WIDE = '\\u3041-\\u3096\\u30a1-\\u30fa\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3'

const ONLY_NARROW = new RegExp(`^[${NARROW}]*$`)
const ONLY_SETTLED = new RegExp(`^[${NARROW}${WIDE}]*$`)
const NOT_WIDE = new RegExp(`[^${WIDE}]+`, 'g')
const segmenter = new Intl.Segmenter()

/** How many cells a terminal needs for a text without line breaks; SGR sequences in it count nothing. */
export function cellWidth(text: string): number {
  if (ONLY_NARROW.test(text)) return text.length
  if (ONLY_SETTLED.test(text)) return text.length + text.replace(NOT_WIDE, '').length
  return stringWidth(text)
}

/**
 * Whether terminals of every age agree on the width of a character. Of the others (emoji, Indic and Thai
 * clusters, symbols) measured widths differ between terminals' Unicode tables.
 */
export function isSettledWidth(character: string): boolean {
  return ONLY_SETTLED.test(character)
}

/** The user-perceived characters of a text, in order. */
export function* graphemes(text: string): Generator<string> {
  if (ONLY_SETTLED.test(text)) yield* text
  else for (const { segment } of segmenter.segment(text)) yield segment
}

/** A text in exactly `width` cells: padded on the other side of `align`, or cut with the ellipsis at its end. */
export function fit(
  text: SafeText,
  width: number,
  align: 'left' | 'right' = 'left',
  ellipsis = '…',
): SafeText {
  if (width <= 0) return '' as SafeText
  const cells = cellWidth(text)
  if (cells > width) return pad(shorten(text, width, ellipsis), width, 'left')
  return cells === width ? text : pad(text, width, align)
}

/** The beginning of a text, in at most `width` cells; nothing tells that it was cut. */
export function cut(text: SafeText, width: number): SafeText {
  return cellWidth(text) <= width ? text : sliceCells(text, 0, width)
}

/**
 * What a text shows in the `width` cells from cell `from` on. A wide character cut in half by an edge leaves
 * a space; past the end there is nothing, so the result can be shorter than `width`.
 */
export function sliceCells(text: SafeText, from: number, width: number): SafeText {
  if (width <= 0) return '' as SafeText
  if (ONLY_NARROW.test(text)) return text.slice(from, from + width) as SafeText
  const to = from + width
  let slice = ''
  let at = 0
  for (const character of graphemes(text)) {
    const start = at
    at += cellWidth(character)
    if (start >= to) break
    if (start >= from && at <= to) slice += character
    else if (at > from) slice += ' '.repeat(Math.min(at, to) - Math.max(start, from))
  }
  return slice as SafeText
}

function shorten(text: SafeText, width: number, ellipsis: string): SafeText {
  const room = width - cellWidth(ellipsis)
  return room < 0 ? sliceCells(text, 0, width) : (`${sliceCells(text, 0, room)}${ellipsis}` as SafeText)
}

function pad(text: SafeText, width: number, align: 'left' | 'right'): SafeText {
  const blanks = ' '.repeat(Math.max(0, width - cellWidth(text)))
  return (align === 'left' ? text + blanks : blanks + text) as SafeText
}
