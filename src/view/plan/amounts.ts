/** Amounts in a plan, as cells and lines show them. */
import { type SafeText, toSafeText } from '#src/text/safe.ts'
import { BLOCK_BYTES, bytes, count, latency } from '#src/text/units.ts'
import type { Metric } from './look.ts'

/** Milliseconds, at most 7 cells. */
export function ms(value: number): SafeText {
  return latency(value / 1000)
}

/** Blocks as bytes, at most 6 cells: `8kB`, `2.3GB`. */
export function blockSize(blocks: number): SafeText {
  return toSafeText(bytes(blocks * BLOCK_BYTES).replace(/(?:\.0)? /, ''))
}

/** The planner's cost, in its own unit, at most 7 cells: `8.29`, `155.00`, `20834`, `1.2M`. */
export function cost(value: number): SafeText {
  if (value >= 99_999.5) return count(value)
  return toSafeText(value < 1000 ? value.toFixed(2) : value.toFixed(0))
}

/** A whole number with all its digits, in groups: `300 372`. What is an average of loops keeps two decimals. */
export function exact(value: number): SafeText {
  const [whole = '', part] = String(Number(value.toFixed(2))).split('.')
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ' ')
  return toSafeText(part === undefined ? grouped : `${grouped}.${part}`)
}

/** A number with at most one decimal: `3`, `2.4`. */
export function short(value: number): SafeText {
  return toSafeText(String(Number(value.toFixed(1))))
}

/** How many times as many, at most 4 cells: `3.0`, `158`, `12k`. */
export function factor(value: number): SafeText {
  return value < 9.95 ? toSafeText(value.toFixed(1)) : count(value)
}

/** A value of what is looked at. */
export function amount(value: number, metric: Metric): SafeText {
  return FORMATS[metric](value)
}

const FORMATS: Readonly<Record<Metric, (value: number) => SafeText>> = {
  time: ms,
  io: ms,
  rows: count,
  buffers: blockSize,
  cost,
}
