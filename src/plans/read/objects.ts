import type { PlanObject, PlanValue } from '../plan.ts'

/** An object while it is being read. */
export type Draft = Record<string, PlanValue>

/** Sets a property; `__proto__` becomes one like any other. */
export function put(target: Draft, key: string, value: PlanValue): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  } else {
    target[key] = value
  }
}

export function isObject(value: PlanValue | undefined): value is PlanObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isList(value: PlanValue | undefined): value is readonly PlanValue[] {
  return Array.isArray(value)
}
