/** What a person must know of a reading of catalogs: whose it is, how old, and what is missing in it. */
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { clock, duration } from '#src/text/units.ts'
import type { ReadDatabase } from './read-database.ts'

/** Older than this, what was read carries its age. */
const OLD_SECONDS = 15 * 60

/** A line each; none when all is as expected. */
export function readNotices<T>(source: ReadDatabase<T>): readonly SafeText[] {
  const { value, gaps, atMs, wallMs, failure } = source.reported
  const ageSeconds = atMs === null ? 0 : (performance.now() - atMs) / 1000
  return [
    ...(source.other === null
      ? []
      : [
          value === null
            ? safe`reading database ${toSafeText(source.other)} over one connection…`
            : safe`database ${toSafeText(source.other)} as it was at ${clock(new Date(wallMs ?? 0))}; Esc goes back`,
        ]),
    ...(failure === null || value === null ? [] : [safe`not read anew: ${toSafeText(failure.message)}`]),
    ...(value !== null && ageSeconds > OLD_SECONDS
      ? [safe`read ${duration(ageSeconds)} ago; r reads anew`]
      : []),
    ...gaps.map(({ what, failure: gap }) =>
      toSafeText(`${what} not known: ${gap.message}${gap.hint === undefined ? '' : `; ${gap.hint}`}`),
    ),
  ]
}

/** Says that only the largest are shown so far. */
export function partNotice(reading: { readonly isWhole: boolean } | null): readonly SafeText[] {
  return reading?.isWhole === false ? [safe`the largest so far: all are being read…`] : []
}

/** What stands in place of rows before the first reading; null after it. */
export function waitingText<T>({ reported: { value, failure } }: ReadDatabase<T>): SafeText | null {
  if (value !== null) return null
  return failure === null ? safe`reading the catalogs…` : toSafeText(failure.message)
}
