/** A place in the joined text where reading had to stop; readers throw it and `readPlan` turns it into an answer. */
export class ReadFailure extends Error {
  readonly offset: number

  constructor(offset: number, reason: string) {
    super(reason)
    this.offset = offset
  }
}

/**
 * How deep values may nest. PostgreSQL itself runs out of stack long before this many levels, and everything that
 * walks a plan later can rely on it.
 */
export const MAX_NESTING = 10_000

/** The failure for input that nests deeper than any plan. */
export function nestsTooDeep(offset: number): ReadFailure {
  return new ReadFailure(offset, `Expected a plan, got values nested more than ${MAX_NESTING} deep.`)
}
