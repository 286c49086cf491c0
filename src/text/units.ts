/** Numbers as a person reads them: short, of bounded width, and never rounded up to something that is not so. */
import type { SafeText } from './safe.ts'

type Amount = number | bigint | null

/** Bytes of a block, as PostgreSQL is built unless told otherwise (`block_size`). */
export const BLOCK_BYTES = 8192

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * An age or a length in seconds, at most 7 cells (8 from 10 000 days, one more with a minus sign): `0.0s`,
 * `12.3s`, `14m07s`, `2h03m`, `41d 3h`, `400d`. Cut, not rounded: `59.9s` until a full minute is over. Null
 * (not known, not running) is `-`, also below; what is no number is `?`.
 */
export function duration(seconds: Amount): SafeText {
  return show(seconds, (value) => {
    if (value < MINUTE) return `${floorTo(value, 1, MINUTE)}s`
    if (value < HOUR) return `${Math.floor(value / MINUTE)}m${twoDigits((value % HOUR) % MINUTE)}s`
    if (value < DAY) return `${Math.floor(value / HOUR)}h${twoDigits((value % HOUR) / MINUTE)}m`
    const days = Math.floor(value / DAY)
    return days < 100 ? `${days}d ${Math.floor((value % DAY) / HOUR)}h` : `${days}d`
  })
}

/** A time from microseconds to hours, in at most 7 cells: `0.04ms`, `1.2ms`, `123ms`, `1.23s`, `59.9s`, `14m07s`. */
export function latency(seconds: Amount): SafeText {
  return show(seconds, (value) => {
    const ms = value * 1000
    if (ms === 0) return '0ms'
    if (ms < 0.01) return '<0.01ms'
    if (ms < 1) return `${floorTo(ms, 2, 1)}ms`
    if (ms < 10) return `${floorTo(ms, 1, 10)}ms`
    if (ms < 1000) return `${Math.floor(ms)}ms`
    return value < 10 ? `${floorTo(value, 2, 10)}s` : duration(value)
  })
}

/**
 * A size in PostgreSQL's own units, 1 kB being 1024 bytes, in at most 7 cells: `0 B`, `1023 B`, `1.2 kB`,
 * `12 kB`, `3.4 GB` (manual: pg_size_pretty). Rounded to the nearest.
 */
export function bytes(size: Amount): SafeText {
  return show(size, (value) => scaled(value, 1024, [' B', ' kB', ' MB', ' GB', ' TB', ' PB', ' EB']))
}

/** A number of things, in at most 4 cells: `0`, `999`, `1.2k`, `12k`, `3.4M`, `5.6G`. Rounded to the nearest. */
export function count(amount: Amount): SafeText {
  return show(amount, (value) => scaled(value, 1000, ['', 'k', 'M', 'G', 'T', 'P', 'E']))
}

/** A number with its thing: `1 lock`, `2 locks`, `12k rows`. */
export function things(amount: number | bigint, thing: string): SafeText {
  return `${count(amount)} ${thing}${Number(amount) === 1 ? '' : 's'}` as SafeText
}

/** Things a second, in at most 6 cells: `0/s`, `<0.1/s`, `0.3/s`, `12/s`, `1.2k/s`. */
export function rate(perSecond: Amount): SafeText {
  return show(perSecond, (value) => {
    if (value > 0 && value < 0.1) return '<0.1/s'
    return value > 0 && value < 9.95 ? `${withoutZero(value)}/s` : `${count(value)}/s`
  })
}

/** Bytes a second, in at most 9 cells: `0 B/s`, `3.1 MB/s`. */
export function byteRate(perSecond: Amount): SafeText {
  return show(perSecond, (value) => `${bytes(value)}/s`)
}

/**
 * A ratio (1 is all) as percent, in at most 5 cells up to 9999 %: `0%`, `<0.1%`, `99.1%`, `100%`. Cut, not
 * rounded, so that only what is complete is told as `100%`.
 */
export function percent(ratio: Amount): SafeText {
  return show(ratio, (value) => {
    const percents = value * 100
    if (value === 0) return '0%'
    if (percents < 0.1) return '<0.1%'
    return percents < 100 ? `${floorTo(percents, 1, 100)}%` : `${Math.floor(percents)}%`
  })
}

/** The time of day in UTC, `14:03:22`, of a Date or of the catalog's ISO text; `-` for null, `?` for others. */
export function clock(time: string | Date | null): SafeText {
  return isoPart(time, 11, 19)
}

/** Day and time in UTC, `2026-01-31 23:59:59`. */
export function timestamp(time: string | Date | null): SafeText {
  return isoPart(time, 0, 19)
}

const ISO = /^\d{4,6}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00)?$/

function isoPart(time: string | Date | null, from: number, to: number): SafeText {
  if (time === null) return '-' as SafeText
  if (time === 'infinity' || time === '-infinity') return time as SafeText
  const text = typeof time === 'string' ? time : Number.isNaN(time.getTime()) ? '' : time.toISOString()
  if (!ISO.test(text)) return '?' as SafeText
  const shift = text.indexOf('-') - 4
  return text.slice(from === 0 ? 0 : from + shift, to + shift).replace('T', ' ') as SafeText
}

function show(amount: Amount, format: (value: number) => string): SafeText {
  if (amount === null) return '-' as SafeText
  const value = Number(amount)
  if (Number.isNaN(value)) return '?' as SafeText
  if (!Number.isFinite(value)) return (value > 0 ? 'inf' : '-inf') as SafeText
  const text = format(Math.abs(value))
  return (value < 0 && /[1-9]/.test(text) ? `-${text}` : text) as SafeText
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let rest = value
  let power = 0
  while (Math.round(rest) >= base && power < units.length - 1) {
    rest /= base
    power += 1
  }
  return `${power > 0 && rest < 9.95 ? rest.toFixed(1) : Math.round(rest)}${units[power]}`
}

/** Cut to a number of digits; 0.29 * 100 is 28.999… in doubles and still 29, and what is below a limit stays so. */
function floorTo(value: number, digits: number, below: number): string {
  const factor = 10 ** digits
  return (Math.min(Math.floor(value * factor + 1e-9), below * factor - 1) / factor).toFixed(digits)
}

function withoutZero(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '')
}

function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, '0')
}
