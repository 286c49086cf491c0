/** How much of a relation is more than its rows would take if they were written anew. */
import { BLOCK_BYTES } from '#src/text/units.ts'

/**
 * From how much waste on a rebuild is worth a person's time: check_postgres warns of bloat from 1 GB, postgres-checkup
 * of 40 % of whatever is above 1 MB. Below 100 MB a rebuild gains nothing that one sees; below 30 % lies what any busy
 * btree settles at.
 */
export const REPORTED_BYTES = 100 * 1024 * 1024

/** See `REPORTED_BYTES`: both have to be reached. */
export const REPORTED_RATIO = 0.3

/** `high`: within 5 points of the truth where it was measured; `low`: a hint to measure it. */
export type BloatConfidence = 'high' | 'medium' | 'low'

/** An estimate, or why there is none. */
export type BloatEstimate =
  | {
      readonly isKnown: true
      /** Bytes that a rebuild would give back, never below 0. */
      readonly bytes: number
      /** `bytes` as a share of what the relation takes now, 0 to 1. */
      readonly ratio: number
      /** Bytes after a rebuild. */
      readonly expectedBytes: number
      readonly confidence: BloatConfidence
      /** What makes it unsure, a fragment each; raw texts. */
      readonly caveats: readonly string[]
    }
  | {
      readonly isKnown: false
      /** Why, with what would help; raw text. */
      readonly reason: string
    }

/** What else is known of a relation at that moment. */
export interface BloatWorld {
  /** Rows of the table changed since its last ANALYZE (`n_mod_since_analyze`); null where nobody counts. */
  readonly changedRows: number | null
  /** Bytes of the main fork as asked of the server; null to go by the pages of the last VACUUM or ANALYZE. */
  readonly exactBytes: number | null
}

/** A reason to trust an estimate less. */
export interface Doubt {
  readonly confidence: Exclude<BloatConfidence, 'high'>
  readonly caveat: string
}

/** Whether an estimate is worth a line in a list of what to do. */
export function isWorthAReport(estimate: BloatEstimate): boolean {
  return estimate.isKnown && estimate.bytes >= REPORTED_BYTES && estimate.ratio >= REPORTED_RATIO
}

/** No estimate. */
export function unknownBloat(reason: string): BloatEstimate {
  return { isKnown: false, reason }
}

/** Compares what there is with what there should be. */
export function bloatOf(
  actualBytes: number,
  expectedBytes: number,
  doubts: readonly (Doubt | null)[],
): BloatEstimate {
  const bytes = Math.max(0, actualBytes - expectedBytes)
  const mismatch: Doubt | null =
    expectedBytes > actualBytes * 1.15
      ? { confidence: 'low', caveat: 'it is smaller than its rows should take: the statistics do not fit it' }
      : null
  const all = [...doubts, mismatch].filter((doubt) => doubt !== null)
  return {
    isKnown: true,
    bytes,
    ratio: actualBytes === 0 ? 0 : bytes / actualBytes,
    expectedBytes,
    confidence: all.some(({ confidence }) => confidence === 'low')
      ? 'low'
      : all.length > 0
        ? 'medium'
        : 'high',
    caveats: all.map(({ caveat }) => caveat),
  }
}

/** Pages and rows are those of the last VACUUM or ANALYZE: the more has changed since, the less they say. */
export function doubtOfAge({ changedRows }: BloatWorld, rows: number): Doubt | null {
  if (changedRows === null)
    return { confidence: 'medium', caveat: 'how much has changed since the last ANALYZE is not known' }
  const share = changedRows / Math.max(rows, 1)
  if (share <= 0.05) return null
  return {
    confidence: share > 0.2 ? 'low' : 'medium',
    caveat: `${changedRows} rows have changed since the last ANALYZE`,
  }
}

/** In a few pages one more or less is many points. */
export function doubtOfSize(bytes: number): Doubt | null {
  return bytes < 64 * BLOCK_BYTES ? { confidence: 'low', caveat: 'it has few pages' } : null
}
