/** A line of a frame read into cells: what is shown in each, and in which style. */
import { UNSAFE } from '#src/text/unsafe.ts'
import { cellWidth, graphemes, isSettledWidth } from '#src/text/width.ts'
import { applySgr, blankStyle, DEFAULT_STYLE, type Style } from './style.ts'

/** One line on the screen. The right half of a wide character is an empty string. */
export interface Row {
  /** The line as it came; two rows of the same line are equal. */
  readonly line: string
  readonly characters: readonly string[]
  readonly styles: readonly Style[]
  /** The column after the last cell that is not blank in the default style. */
  readonly end: number
}

/** How sure it is where the cursor stands after a character (see `isSettledWidth`). */
export type Certainty = 'sure' | 'drifts' | 'unsettled'

interface Glyph {
  readonly shown: string
  readonly width: number
}

const SGR = /\x1b\[([\d;]*)m/y
const NOT_ASCII = /[^\x00-\x7f]+/y
const HOSTILE = new RegExp(`[${UNSAFE}]`, 'u')
/** Without UTF-8 these still have something like them, everything else is a question mark. */
const ASCII_FOR: Readonly<Record<string, string>> = {
  '⏎': '~',
  '…': '~',
  '─': '-',
  '│': '|',
  '▶': '>',
  '⚠': '!',
}
/** A letter with combining marks: no terminal gives a cell to these. */
const MARKED = /^[\x21-\x7e\xa1-\u024f\u0370-\u052f]\p{Mn}+$/u
const REPLACEMENT = '\ufffd'
const glyphs = { unicode: new Map<string, Glyph>(), ascii: new Map<string, Glyph>() }

/** A line of blanks. */
export function blankRow(columns: number): Row {
  return {
    line: '',
    characters: Array(columns).fill(' '),
    styles: Array(columns).fill(DEFAULT_STYLE),
    end: 0,
  }
}

/**
 * Reads a line into `columns` cells; what is beyond is cut. Only printable characters and SGR come through:
 * any other control or invisible code point is U+FFFD, as nothing of the kind should get here.
 */
export function readRow(line: string, columns: number, charset: 'unicode' | 'ascii'): Row {
  const characters: string[] = []
  const styles: Style[] = []
  let style = DEFAULT_STYLE
  let blank = DEFAULT_STYLE
  let at = 0
  while (at < line.length && characters.length <= columns) {
    const code = line.charCodeAt(at)
    if (code >= 0x20 && code <= 0x7e) {
      const character = line.charAt(at)
      characters.push(character)
      styles.push(code === 0x20 ? blank : style)
      at += 1
    } else if (code > 0x7f) {
      NOT_ASCII.lastIndex = at
      const run = NOT_ASCII.exec(line)?.[0] ?? ''
      at += run.length
      readRun(run, { characters, styles, style, columns, charset })
    } else {
      SGR.lastIndex = at
      const sequence = code === 0x1b ? SGR.exec(line) : null
      if (sequence) {
        style = applySgr(style, sequence[1] ?? '')
        blank = blankStyle(style)
        at += sequence[0].length
      } else {
        characters.push(charset === 'unicode' ? REPLACEMENT : '?')
        styles.push(style)
        at += 1
      }
    }
  }
  return complete(line, characters, styles, columns)
}

/** How far the position after a character can be relied on. */
export function certainty(character: string): Certainty {
  const code = character.charCodeAt(0)
  if (character.length === 1 && (code < 0x300 || (code >= 0x370 && code < 0x530))) return 'sure'
  return isSettledWidth(character) || MARKED.test(character) ? 'drifts' : 'unsettled'
}

interface Target {
  readonly characters: string[]
  readonly styles: Style[]
  readonly style: Style
  readonly columns: number
  readonly charset: 'unicode' | 'ascii'
}

function readRun(run: string, target: Target): void {
  const { characters, styles, style, columns, charset } = target
  for (const segment of graphemes(run)) {
    if (characters.length > columns) return
    const { shown, width } = glyphOf(segment, charset)
    if (width === 0) addMarks(characters, shown)
    else if (width > 1 && characters.length + width > columns) {
      characters.push(' ')
      styles.push(style)
    } else {
      characters.push(shown)
      styles.push(style)
      for (let half = 1; half < width; half += 1) {
        characters.push(shown.length > 0 && charset === 'ascii' ? '?' : '')
        styles.push(style)
      }
    }
  }
}

/** Combining marks stand in the cell of the character before them. */
function addMarks(characters: string[], marks: string): void {
  const last = characters.findLastIndex((character) => character !== '')
  const base = characters[last]
  if (base !== undefined) characters[last] = base + marks
}

function glyphOf(segment: string, charset: 'unicode' | 'ascii'): Glyph {
  const cache = glyphs[charset]
  const cached = cache.get(segment)
  if (cached) return cached
  const isHostile = HOSTILE.test(segment)
  const width = isHostile ? 1 : Math.min(2, cellWidth(segment))
  const unicode = isHostile ? REPLACEMENT : segment
  const glyph = {
    shown: charset === 'unicode' ? unicode : width === 0 ? '' : (ASCII_FOR[segment] ?? '?'),
    width,
  }
  if (cache.size > 8192) cache.clear()
  cache.set(segment, glyph)
  return glyph
}

function complete(line: string, characters: string[], styles: Style[], columns: number): Row {
  if (characters.length > columns) {
    characters.length = columns
    styles.length = columns
  }
  let end = characters.length
  while (end > 0 && characters[end - 1] === ' ' && styles[end - 1] === DEFAULT_STYLE) end -= 1
  while (characters.length < columns) {
    characters.push(' ')
    styles.push(DEFAULT_STYLE)
  }
  return { line, characters, styles, end }
}
