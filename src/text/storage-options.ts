/** Storage parameters (manual: CREATE TABLE) as PostgreSQL reads them. */

/** Values by name, as texts; null for a relation that has none set. */
export type StorageOptions = ReadonlyMap<string, string> | null

/** Takes apart a list of `name=value`, as `pg_class.reloptions` has it. */
export function storageOptions(list: unknown): StorageOptions {
  if (!Array.isArray(list)) return null
  return new Map(
    list.map((each) => {
      const text = String(each)
      const at = text.indexOf('=')
      return at === -1 ? [text, 'true'] : [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}

/** A boolean parameter; null where it is not set. */
export function booleanOption(options: StorageOptions, name: string): boolean | null {
  const text = options?.get(name)?.toLowerCase()
  if (text === undefined || text === '') return null
  // Beginnings count as well, unless they are both (bool.c, parse_bool).
  if (text === '1' || 'true'.startsWith(text) || 'yes'.startsWith(text) || text === 'on') return true
  if (text === '0' || 'false'.startsWith(text) || 'no'.startsWith(text)) return false
  return text === 'off' || text === 'of' ? false : null
}

/** An integer parameter; null where it is not set. `1e3` and `0x10` are integers too (guc.c, parse_int). */
export function integerOption(options: StorageOptions, name: string): number | null {
  const text = options?.get(name)?.trim() ?? ''
  const octal = /^([+-]?)0([0-7]+)$/.exec(text)
  if (octal !== null) return Number(`${octal[1]}1`) * Number.parseInt(octal[2] ?? '', 8)
  const value = numberOf(text)
  return value === null ? null : roundHalfEven(value)
}

/** A floating point parameter; null where it is not set. */
export function realOption(options: StorageOptions, name: string): number | null {
  return numberOf(options?.get(name)?.trim() ?? '')
}

/** What C's strtod reads: decimal, with exponent, or hexadecimal. */
function numberOf(text: string): number | null {
  const hex = /^(?<sign>[+-]?)0x(?<whole>[0-9a-f]*)\.?(?<part>[0-9a-f]*)(?:p(?<power>[+-]?\d+))?$/i.exec(text)
  if (hex?.groups !== undefined) {
    const { sign = '', whole = '', part = '', power = '0' } = hex.groups
    const digits = Number.parseInt(`0${whole}${part}`, 16)
    return Number(`${sign}1`) * digits * 2 ** (Number(power) - 4 * part.length)
  }
  const value = Number(text)
  return text === '' || Number.isNaN(value) ? null : value
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value)
  if (value - below !== 0.5) return Math.round(value)
  return below % 2 === 0 ? below : below + 1
}
