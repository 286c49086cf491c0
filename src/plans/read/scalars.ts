import type { PlanValue } from '../plan.ts'
import { isText } from './keys.ts'
import { numberOf } from './numbers.ts'

/** The value of a key from a format without types: a number or truth value where the key may have one. */
export function scalarOf(key: string, text: string): PlanValue {
  if (isText(key)) return text
  if (text === 'true') return true
  if (text === 'false') return false
  return numberOf(text) ?? text
}

/** Text prints a unit that the other formats leave out: `12 kB`, `0.310 ms`. */
export function measuredScalarOf(key: string, text: string): PlanValue {
  if (isText(key)) return text
  const number = /^(-?\d+(?:\.\d+)?) (?:ms|kB|b)$/.exec(text)?.[1]
  return scalarOf(key, number ?? text)
}
