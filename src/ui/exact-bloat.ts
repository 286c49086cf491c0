/** Bloat counted page by page by the extension pgstattuple, when a person asks for it. */
import type { EntryRow } from '#queries/define.ts'
import { indexPgstattuple, tablePgstattuple } from '#queries/pgstattuple.ts'
import type { Ask } from '#src/reading/ask.ts'
import type { Failure, Outcome } from '#src/server/contract.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { bytes, count, percent } from '#src/text/units.ts'

/** What was counted, in the words of a detail. */
export class ExactBloat {
  readonly #ask: () => Ask
  readonly #onChange: () => void
  #text: SafeText | null = null
  #isCounting = false

  constructor(ask: () => Ask, onChange: () => void) {
    this.#ask = ask
    this.#onChange = onChange
  }

  /** Null before anybody asked. */
  get text(): SafeText | null {
    return this.#text
  }

  /** Reads the whole index. */
  countIndex(oid: number): void {
    void this.#count(indexPgstattuple, oid, (row) => {
      const total = Number(row.index_bytes ?? 0)
      const free = Number(row.free_bytes ?? 0)
      return safe`${share(free, total)} of ${bytes(total)} can be used anew: ${bytes(free)}; leaves ${percent(row.leaf_density)} full`
    })
  }

  /** Reads the pages of the table that are not all-visible. */
  countTable(oid: number): void {
    void this.#count(tablePgstattuple, oid, (row) => {
      const total = Number(row.table_bytes ?? 0)
      const free = Number(row.free_bytes ?? 0)
      return safe`${share(free, total)} of ${bytes(total)} is free: ${bytes(free)}; ${count(row.dead_tuples)} dead rows take ${bytes(row.dead_bytes)}`
    })
  }

  async #count<E extends typeof indexPgstattuple | typeof tablePgstattuple>(
    entry: E,
    oid: number,
    told: (row: EntryRow<E>) => SafeText,
  ): Promise<void> {
    if (this.#isCounting) return
    this.#isCounting = true
    this.#tell(safe`counting page by page…`)
    const outcome: Outcome<EntryRow<E>> = await this.#ask()(entry, [oid])
    this.#isCounting = false
    const row = outcome.ok ? outcome.rows[0] : undefined
    if (!outcome.ok) this.#tell(failureText(outcome.failure))
    else if (row === undefined) this.#tell(safe`it is gone`)
    else this.#tell(refusalOf(row) ?? told(row))
  }

  #tell(text: SafeText): void {
    this.#text = text
    this.#onChange()
  }
}

/** What either entry has. */
type Refusing = Pick<EntryRow<typeof indexPgstattuple>, 'locked' | 'locked_by' | 'refusal'>

function refusalOf({ locked, locked_by, refusal }: Refusing): SafeText | null {
  if (locked === true)
    return locked_by === null
      ? safe`not counted: locked by a prepared transaction`
      : safe`not counted: locked by pid ${locked_by}`
  return refusal === null ? null : safe`not counted: ${toSafeText(refusal)}`
}

function failureText({ message, hint }: Failure): SafeText {
  return hint === undefined ? toSafeText(message) : safe`${toSafeText(message)}: ${toSafeText(hint)}`
}

function share(part: number, whole: number): SafeText {
  return percent(whole === 0 ? 0 : part / whole)
}
