/** A run of EXPLAIN that cannot go on: thrown within this folder, and a value before it leaves. */
import type { Failure } from '#src/server/contract.ts'
import type { Danger, Refusal } from './contract.ts'

export class Refused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Partial<Refusal> & Pick<Refusal, 'failure' | 'step'>) {
    super(refusal.failure.message)
    this.refusal = { position: null, remedies: [], ...refusal }
  }
}

/** A refusal of our own, before the server was asked. */
export function refuse(
  step: Refusal['step'],
  message: string,
  more: {
    readonly position?: number | null
    readonly remedies?: readonly string[]
    readonly dangers?: readonly Danger[]
    readonly kind?: Failure['kind']
    readonly sqlstate?: string | null
  } = {},
): Refused {
  const { kind = 'refused', sqlstate = null, ...rest } = more
  return new Refused({ step, failure: { kind, message, sqlstate }, ...rest })
}

/** The code point, from 1, of a place in UTF-16 units from 0. */
export function codePointAt(text: string, offset: number): number {
  return Array.from(text.slice(0, offset)).length + 1
}

/** The place in UTF-16 units, from 0, of a code point from 1. */
export function offsetOfCodePoint(text: string, position: number): number {
  return Array.from(text)
    .slice(0, position - 1)
    .join('').length
}
