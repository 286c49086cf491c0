/** Says at the foot of the screen what a table is sorted by now. */
import { type SafeText, safe } from '#src/text/safe.ts'
import type { App } from './app.ts'

/** For the `onSort` of a live table. */
export function sortHint(app: App): (label: SafeText, isAscending: boolean) => void {
  return (label, isAscending) =>
    app.toasts.hint(safe`sorted by ${label}, ${isAscending ? safe`smallest` : safe`largest`} first`)
}
