/** Timestamps of PostgreSQL as ISO 8601 in UTC, with all six digits of a second and years beyond `Date`'s. */

const DAY_S = 86_400

/**
 * `2026-01-31 23:59:59.5+00` (DateStyle ISO, any offset) as `2026-01-31T23:59:59.500000Z`. Years outside 0 to
 * 9999 take ISO 8601's signed six digits (1 BC is year 0); `infinity` and `-infinity` stay. Null for any other
 * text, a timestamp without time zone among them.
 */
export function isoTime(text: string): string | null {
  if (text === 'infinity' || text === '-infinity') return text
  const parts =
    /^(?<year>\d{4,6})-(?<month>\d\d)-(?<day>\d\d) (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,6}))?(?<sign>[+-])(?<offsetHour>\d\d)(?::(?<offsetMinute>\d\d))?(?::(?<offsetSecond>\d\d))?(?<bc> BC)?$/.exec(
      text,
    )?.groups
  if (parts === undefined) return null
  const number = (name: string): number => Number(parts[name] ?? 0)
  const offset = number('offsetHour') * 3600 + number('offsetMinute') * 60 + number('offsetSecond')
  const year = parts.bc === undefined ? number('year') : 1 - number('year')
  const local = number('hour') * 3600 + number('minute') * 60 + number('second')
  const utc = local - (parts.sign === '-' ? -offset : offset)
  const days = daysFromCivil(year, number('month'), number('day')) + Math.floor(utc / DAY_S)
  const fraction = (parts.fraction ?? '').padEnd(6, '0')
  return `${isoDate(days)}T${isoClock(((utc % DAY_S) + DAY_S) % DAY_S)}.${fraction}Z`
}

function isoDate(days: number): string {
  const { year, month, day } = civilFromDays(days)
  const digits = String(Math.abs(year))
  const shown =
    year >= 0 && year <= 9999 ? digits.padStart(4, '0') : `${year < 0 ? '-' : '+'}${digits.padStart(6, '0')}`
  return `${shown}-${two(month)}-${two(day)}`
}

function isoClock(seconds: number): string {
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** Days since 1970-01-01 of a date of the proleptic Gregorian calendar; years start in March, so leap days end them. */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

function civilFromDays(days: number): {
  readonly year: number
  readonly month: number
  readonly day: number
} {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = monthFromMarch + (monthFromMarch < 10 ? 3 : -9)
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  }
}
