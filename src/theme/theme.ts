/** Looks by meaning: a dozen tokens, each with its SGR sequence for what the terminal can show. */
import type { SafeText } from '#src/text/safe.ts'
import { GLYPHS, type Glyphs } from './glyphs.ts'

export type { Glyphs } from './glyphs.ts'

/** How many colours a terminal shows; `none` still has bold, dim, underline and inverse. */
export type ColourLevel = 'none' | '16' | '256' | 'truecolor'

/** What a theme is chosen by; the terminal's capabilities have it. */
export interface Looks {
  readonly colour: ColourLevel
  readonly unicode: boolean
}

/**
 * What a piece of text means. Colour never carries a meaning alone: whatever is a warning also says so by a
 * word or a sign, and the selected row has the cursor sign in front.
 */
export type Token = keyof typeof SGR

declare const styledMark: unique symbol
/** Safe text with our own SGR sequences in it, each closed again. */
export type StyledText = string & { readonly [styledMark]: 'styled' }

/** What may be drawn. */
export type Drawable = SafeText | StyledText

/** One look of the whole program. */
export interface Theme {
  readonly colour: ColourLevel
  readonly glyphs: Glyphs
  /** A text in the look of a token. */
  paint(token: Token, text: SafeText): StyledText
  /** Lays a token under text that is styled already, as the selection under the cells of a row. */
  under(token: Token, text: Drawable): StyledText
}

const RESET = '\x1b[0m'

/**
 * SGR parameters by token: attributes only, with 16 colours, with 256. The 256 palette holds colours that
 * read well on black and on white; there is nothing that truecolor would add.
 */
const SGR = {
  plain: ['', '', ''],
  dim: ['2', '2', '38;5;245'],
  strong: ['1', '1', '1'],
  /** What to look at first: the value a screen is about. */
  accent: ['1', '36', '38;5;33'],
  good: ['', '32', '38;5;34'],
  notice: ['1', '35', '38;5;134'],
  warning: ['1', '33', '1;38;5;172'],
  critical: ['1;7', '1;31', '1;38;5;196'],
  selected: ['7', '7', '7'],
  header: ['1;4', '1;4', '1;4'],
  /** A key to press. */
  key: ['1', '1;36', '1;38;5;33'],
  /** Leads somewhere: a screen, a row, a manual section. */
  link: ['4', '4;36', '4;38;5;33'],
  /** Wants the eye although no row is at fault: PAUSED, the age of stale data. */
  badge: ['7', '7;33', '7;38;5;172'],
} as const satisfies Record<string, readonly [none: string, sixteen: string, many: string]>

const COLUMN = { none: 0, 16: 1, 256: 2, truecolor: 2 } as const

/** Every token, for tests and for a page that shows them. */
export const TOKENS = Object.keys(SGR) as readonly Token[]

/** The theme for given looks. */
export function createTheme(looks: Looks): Theme {
  const open = (token: Token) => {
    const parameters = SGR[token][COLUMN[looks.colour]]
    return parameters === '' ? '' : `\x1b[${parameters}m`
  }
  return {
    colour: looks.colour,
    glyphs: looks.unicode ? GLYPHS.unicode : GLYPHS.ascii,
    paint: (token, text) => enclose(open(token), text),
    under: (token, text) => enclose(open(token), text.replaceAll(RESET, RESET + open(token))),
  }
}

/**
 * The theme for a terminal. The Linux console speaks UTF-8, but its font lacks most of our signs, so it gets
 * the ASCII ones; so does whoever sets `PGTRIAGE_ASCII`.
 */
export function detectTheme(env: Readonly<Record<string, string | undefined>>, looks: Looks): Theme {
  const plain = env.TERM === 'linux' || Boolean(env.PGTRIAGE_ASCII)
  return createTheme({ colour: looks.colour, unicode: looks.unicode && !plain })
}

/** Pieces one after the other. */
export function join(...pieces: readonly Drawable[]): StyledText {
  return pieces.join('') as StyledText
}

function enclose(open: string, text: string): StyledText {
  return (open === '' || text === '' ? text : open + text + RESET) as StyledText
}
