/** Styles of cells: SGR sequences read into numbers, and the shortest sequence from one style to another. */

/** A style by its number; 0 is the terminal's default. */
export type Style = number

interface Looks {
  readonly attributes: number
  /** SGR parameters of the colour, '' for the default. */
  readonly foreground: string
  readonly background: string
}

/** What SGR switches on and off. Blink, conceal and fonts are not among them: they hide or disturb. */
const ATTRIBUTES = [
  { bit: 1, on: 1, off: 22 },
  { bit: 2, on: 2, off: 22 },
  { bit: 4, on: 3, off: 23 },
  { bit: 8, on: 4, off: 24 },
  { bit: 16, on: 7, off: 27 },
  { bit: 32, on: 9, off: 29 },
] as const
/** Underline, inverse and strike-through show on a blank, the others do not. */
const SHOWS_ON_BLANK = 8 | 16 | 32

const known: Looks[] = []
const numbers = new Map<string, Style>()
const applied = new Map<string, Style>()
const transitions = new Map<number, string>()
const blanks: Style[] = []

/** The style with nothing set. */
export const DEFAULT_STYLE: Style = intern({ attributes: 0, foreground: '', background: '' })

/** The style after an SGR sequence with these parameters (`1;38;5;33`); unknown parameters change nothing. */
export function applySgr(style: Style, parameters: string): Style {
  if (parameters === '' || parameters === '0') return DEFAULT_STYLE
  const key = `${style}m${parameters}`
  const cached = applied.get(key)
  if (cached !== undefined) return cached
  const result = intern(read(looksOf(style), parameters.split(';').map(Number)))
  if (applied.size > 4096) applied.clear()
  applied.set(key, result)
  return result
}

/** What of a style is seen on a blank; two blanks with the same look alike. */
export function blankStyle(style: Style): Style {
  const cached = blanks[style]
  if (cached !== undefined) return cached
  const blank = blankOf(style)
  blanks[style] = blank
  return blank
}

/** The shortest SGR sequence that makes one style of another, '' where they are the same. */
export function transition(from: Style, to: Style): string {
  if (from === to) return ''
  const key = from * 65_536 + to
  const cached = transitions.get(key)
  if (cached !== undefined) return cached
  const before = looksOf(from)
  const after = looksOf(to)
  const afresh = to === DEFAULT_STYLE ? '' : ['0', ...switchedOn(looksOf(DEFAULT_STYLE), after)].join(';')
  const changed = [...switchedOff(before, after), ...switchedOn(before, after)].join(';')
  const sequence = `\x1b[${changed.length < afresh.length ? changed : afresh}m`
  transitions.set(key, sequence)
  return sequence
}

function looksOf(style: Style): Looks {
  return known[style] ?? { attributes: 0, foreground: '', background: '' }
}

function intern(looks: Looks): Style {
  const key = `${looks.attributes}/${looks.foreground}/${looks.background}`
  const number = numbers.get(key)
  if (number !== undefined) return number
  // A program has a few dozen looks. Only hostile input could make thousands, and it gets no new ones.
  if (known.length > 4096) return DEFAULT_STYLE
  known.push(looks)
  numbers.set(key, known.length - 1)
  return known.length - 1
}

function blankOf(style: Style): Style {
  const { attributes, foreground, background } = looksOf(style)
  const seen = attributes & SHOWS_ON_BLANK
  return intern({
    attributes: seen === 0 ? 0 : attributes,
    foreground: seen === 0 ? '' : foreground,
    background,
  })
}

function read(looks: Looks, parameters: readonly number[]): Looks {
  let { attributes, foreground, background } = looks
  for (let index = 0; index < parameters.length; index += 1) {
    const parameter = parameters[index] ?? 0
    const on = ATTRIBUTES.find((attribute) => attribute.on === parameter)
    if (parameter === 0) attributes = 0
    if (parameter === 0 || parameter === 39) foreground = ''
    if (parameter === 0 || parameter === 49) background = ''
    if (on) attributes |= on.bit
    for (const { off, bit } of ATTRIBUTES) if (off === parameter) attributes &= ~bit
    if (isColour(parameter, 30, 90)) foreground = String(parameter)
    if (isColour(parameter, 40, 100)) background = String(parameter)
    if (parameter === 38 || parameter === 48) {
      const length = parameters[index + 1] === 5 ? 3 : 5
      const colour = parameters.slice(index, index + length).join(';')
      if (parameter === 38) foreground = colour
      else background = colour
      index += length - 1
    }
  }
  return { attributes, foreground, background }
}

function isColour(parameter: number, first: number, firstBright: number): boolean {
  return (
    (parameter >= first && parameter < first + 8) || (parameter >= firstBright && parameter < firstBright + 8)
  )
}

function switchedOff(before: Looks, after: Looks): string[] {
  const gone = before.attributes & ~after.attributes
  const offs = new Set(ATTRIBUTES.filter(({ bit }) => gone & bit).map(({ off }) => String(off)))
  if (before.foreground !== after.foreground && after.foreground === '') offs.add('39')
  if (before.background !== after.background && after.background === '') offs.add('49')
  return [...offs]
}

function switchedOn(before: Looks, after: Looks): string[] {
  // Bold and dim go off together (22), so the one that stays is switched on again.
  const weightLost = (before.attributes & ~after.attributes & 3) !== 0
  const kept = weightLost ? before.attributes & ~3 : before.attributes
  const ons = ATTRIBUTES.filter(({ bit }) => after.attributes & ~kept & bit).map(({ on }) => String(on))
  if (before.foreground !== after.foreground && after.foreground !== '') ons.push(after.foreground)
  if (before.background !== after.background && after.background !== '') ons.push(after.background)
  return ons
}
