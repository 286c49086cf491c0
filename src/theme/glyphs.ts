/** The signs that are drawn, once for terminals that speak UTF-8 and once in ASCII. Each is one cell wide. */
import type { SafeText } from '#src/text/safe.ts'

/** Every sign by what it stands for. */
export interface Glyphs {
  /** In front of the row under the cursor, so that colour is not needed to see it. */
  readonly cursor: SafeText
  /** A tagged row. */
  readonly tagged: SafeText
  readonly bullet: SafeText
  /** Something hostile or suspicious was replaced in this row. */
  readonly warning: SafeText
  readonly waiting: SafeText
  readonly holding: SafeText
  readonly ellipsis: SafeText
  readonly up: SafeText
  readonly down: SafeText
  readonly left: SafeText
  readonly right: SafeText
  /** Leads to another screen. */
  readonly leads: SafeText
  /** Between what was and what is. */
  readonly becomes: SafeText
  /** A difference that is none. */
  readonly even: SafeText
  /** In front of a value that is only known roughly, and of one that is known to be no more; two cells in ASCII. */
  readonly approximately: SafeText
  readonly atMost: SafeText
  readonly horizontal: SafeText
  readonly vertical: SafeText
  readonly axis: SafeText
  /** A branch with another one below it, the last branch, and the trunk that passes by. */
  readonly tree: { readonly branch: SafeText; readonly last: SafeText; readonly trunk: SafeText }
  /** From an eighth to a full cell, growing to the right; in ASCII there is only the full one. */
  readonly bar: readonly SafeText[]
  /** From empty to full, growing upwards. */
  readonly spark: readonly SafeText[]
}

const unicode = {
  cursor: '▶',
  tagged: '•',
  bullet: '●',
  warning: '⚠',
  waiting: '⧗',
  holding: '●',
  ellipsis: '…',
  up: '▲',
  down: '▼',
  left: '◀',
  right: '▶',
  leads: '▸',
  becomes: '→',
  even: '·',
  approximately: '≈',
  atMost: '≤',
  horizontal: '─',
  vertical: '│',
  axis: '┤',
  tree: { branch: '├', last: '└', trunk: '│' },
  bar: ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
  spark: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
}

const ascii: typeof unicode = {
  cursor: '>',
  tagged: '+',
  bullet: '*',
  warning: '!',
  waiting: 'w',
  holding: 'h',
  ellipsis: '~',
  up: '^',
  down: 'v',
  left: '<',
  right: '>',
  leads: '>',
  becomes: '>',
  even: '.',
  approximately: '~',
  atMost: '<=',
  horizontal: '-',
  vertical: '|',
  axis: '|',
  tree: { branch: '|', last: '`', trunk: '|' },
  bar: ['#'],
  spark: [' ', '.', ':', '-', '=', '+', '*', '#', '@'],
}

/** Both sets, by name. */
export const GLYPHS = { unicode, ascii } as unknown as Readonly<Record<'unicode' | 'ascii', Glyphs>>
