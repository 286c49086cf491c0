/** How a reading asks: by a session of the connected server, or by a connection to another of its databases. */
import type { Entry, EntryRow, Value } from '#queries/define.ts'
import type { Failure, Outcome } from '#src/server/contract.ts'

/** Asks an entry once; never rejects. */
export type Ask = <E extends Entry>(entry: E, parameters?: readonly Value[]) => Promise<Outcome<EntryRow<E>>>

/** What could not be read, beside what could: `what` is in plain words, for a sentence. */
export interface Gap {
  readonly what: string
  readonly failure: Failure
}

/** What one reading gave, or why it gave nothing. */
export type Read<T> =
  | { readonly ok: true; readonly value: T; readonly gaps: readonly Gap[] }
  | { readonly ok: false; readonly failure: Failure }

/** Collects what cannot be read without losing the rest. */
export class Asker {
  readonly gaps: Gap[] = []
  readonly #ask: Ask

  constructor(ask: Ask) {
    this.#ask = ask
  }

  /** The rows of an entry; none, and a gap, where it cannot be read. */
  async rows<E extends Entry>(
    what: string,
    entry: E,
    parameters: readonly Value[] = [],
  ): Promise<readonly EntryRow<E>[]> {
    const outcome = await this.#ask(entry, parameters)
    if (outcome.ok) return outcome.rows
    this.gaps.push({ what, failure: outcome.failure })
    return []
  }
}
