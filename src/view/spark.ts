/** Numbers as a row of small bars. */
import type { SafeText } from '#src/text/safe.ts'
import type { Glyphs } from '#src/theme/theme.ts'

/**
 * One glyph per value, newest at the right, scaled from zero to the greatest value shown. A gap in the data is
 * a blank: it is not known, and no zero.
 */
export function sparkline(values: readonly number[], width: number, glyphs: Glyphs): SafeText {
  const shown = values.slice(-width)
  const greatest = Math.max(...shown.filter((value) => !Number.isNaN(value)), 0)
  // The first glyph is a blank: it stands for what is not known, the lowest bar for zero.
  const levels = glyphs.spark.slice(1)
  const bars = shown.map((value) => {
    if (Number.isNaN(value)) {
      return ' '
    }
    const level = greatest === 0 ? 0 : Math.ceil((value / greatest) * (levels.length - 1))
    return levels[level] ?? ' '
  })
  return bars.join('').padStart(width) as SafeText
}

/** A bar of `width` cells, filled to `share` (0 to 1), in eighths of a cell where the glyphs allow. */
export function bar(share: number, width: number, glyphs: Glyphs): SafeText {
  const steps = glyphs.bar.length
  const filled = Math.round(Math.max(0, Math.min(1, share)) * width * steps)
  const rest = filled % steps
  const full = (glyphs.bar[steps - 1] ?? '').repeat(Math.floor(filled / steps))
  return `${full}${rest === 0 ? '' : glyphs.bar[rest - 1]}`.padEnd(width) as SafeText
}
