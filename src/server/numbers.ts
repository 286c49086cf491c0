/** Numbers without rounding: PostgreSQL's texts as a number while it is exact, as a bigint beyond. */

/**
 * A whole number from the text of any numeric type (`42`, `42.00`, `1e+06`): a number up to 2^53, a bigint
 * beyond. Null when the text is no whole number.
 */
export function wholeNumber(text: string): number | bigint | null {
  if (/^-?\d{1,15}$/.test(text)) return Number(text)
  const parts = /^(?<sign>-?)(?<whole>\d+)(?:\.(?<fraction>\d*))?(?:e(?<exponent>[+-]?\d{1,4}))?$/i.exec(
    text,
  )?.groups
  if (parts === undefined) return null
  const fraction = parts.fraction ?? ''
  const shift = Number(parts.exponent ?? 0) - fraction.length
  const digits = `${parts.whole}${fraction}`
  const kept = shift >= 0 ? digits + '0'.repeat(shift) : digits.slice(0, shift)
  if (shift < 0 && /[1-9]/.test(digits.slice(shift))) return null
  const value = BigInt(`${kept === '' ? '0' : kept}`) * (parts.sign === '-' ? -1n : 1n)
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

/** A double from PostgreSQL's text, with its spellings of the special values. Null for any other text. */
export function double(text: string): number | null {
  if (text === 'NaN') return Number.NaN
  const value = Number(text)
  return text === '' || Number.isNaN(value) ? null : value
}

/**
 * JSON as a value, or as its own text when it holds a number that a double would change: an integer beyond
 * 2^53, or more than 15 significant digits.
 */
export function exactJson(text: string): unknown {
  let exact = true
  const reviver = (_key: string, value: unknown, context?: { readonly source?: string }): unknown => {
    if (typeof value === 'number' && !isExact(value, context?.source ?? '')) exact = false
    return value
  }
  const value: unknown = JSON.parse(text, reviver)
  return exact ? value : text
}

/** Up to 15 significant digits survive the way into a double and back. */
function isExact(value: number, source: string): boolean {
  if (Number.isSafeInteger(value) && /^-?\d+$/.test(source)) return true
  const digits = source.replace(/e.*$/i, '').replace(/[-.]/g, '').replace(/^0+/, '')
  return Number.isFinite(value) && digits.length <= 15
}
