/** How often each index is scanned now: what its counter grew by between two readings. */
import type { IndexReading } from '#src/reading/indexes.ts'
import type { Reported } from '#src/reading/reading.ts'

/** Scans a second by index; a counter that went back (a reset) gives none. */
export class Rates {
  #before: Reported<IndexReading> | null = null
  #perSecond: ReadonlyMap<number, number> = new Map()

  /** Takes in a reading; the same one again changes nothing. */
  learn(now: Reported<IndexReading>): void {
    const before = this.#before
    if (now.value === null || now.value === before?.value) return
    this.#before = now
    this.#perSecond =
      before?.value == null || before.value.database !== now.value.database
        ? new Map()
        : growth(before.value, now.value, ((now.atMs ?? 0) - (before.atMs ?? 0)) / 1000)
  }

  /** Null where two readings do not tell it. */
  of(oid: number): number | null {
    return this.#perSecond.get(oid) ?? null
  }
}

function growth(before: IndexReading, now: IndexReading, seconds: number): ReadonlyMap<number, number> {
  const earlier = new Map(before.rows.map((row) => [row.indexrelid, row.idx_scan]))
  return new Map(
    now.rows.flatMap(({ indexrelid, idx_scan }): [number, number][] => {
      const scans = earlier.get(indexrelid)
      if (indexrelid === null || idx_scan === null || scans === null || scans === undefined) return []
      const grown = Number(idx_scan) - Number(scans)
      return grown < 0 || seconds <= 0 ? [] : [[indexrelid, grown / seconds]]
    }),
  )
}
