/** Reading of what PostgreSQL printed under a key, whatever a foreign plan holds there. */
import type { PlanObject, PlanValue } from '../plan.ts'

/** The number under `key`; null where there is none. Counters beyond 2^53 lose their last digits here. */
export function numberIn(properties: PlanObject, key: string): number | null {
  const value = properties[key]
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

export function textIn(properties: PlanObject, key: string): string | null {
  const value = properties[key]
  return typeof value === 'string' ? value : null
}

/** The group of properties under `key`; empty where there is none. */
export function groupIn(properties: PlanObject, key: string): PlanObject {
  const value = properties[key]
  return isGroup(value) ? value : {}
}

/** The groups of the list under `key`; none where there is no list. */
export function groupsIn(properties: PlanObject, key: string): readonly PlanObject[] {
  const value = properties[key]
  return isList(value) ? value.filter(isGroup) : []
}

export function isList(value: PlanValue | undefined): value is readonly PlanValue[] {
  return Array.isArray(value)
}

export function isGroup(value: PlanValue | undefined): value is PlanObject {
  return typeof value === 'object' && value !== null && !isList(value)
}

export function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}
