/** Beyond this many digits a double has no whole numbers to print, and a bigint would only cost time. */
const MAX_DIGITS = 400

/**
 * A number from PostgreSQL's text: exact for whole numbers of any size, the nearest double for fractions. Null for
 * every other text, such as the `N` of masked plans.
 */
export function numberOf(text: string): number | bigint | null {
  if (/^-?\d{1,15}$/.test(text)) return Number(text)
  if (text.length > MAX_DIGITS || !/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return null
  const value = Number(text)
  if (!Number.isFinite(value)) return null
  if (!Number.isSafeInteger(value) && /^-?\d+$/.test(text)) return BigInt(text)
  return value
}

/** A number, or the text itself where it is none, so that nothing gets lost. */
export function numberOrText(text: string): number | bigint | string {
  return numberOf(text) ?? text
}
