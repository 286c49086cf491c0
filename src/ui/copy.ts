/** Copying to the clipboard of the person's own machine, with what came of it at the foot of the screen. */
import { type SafeText, toSafeText } from '#src/text/safe.ts'
import type { App } from './app.ts'

/** Copies a raw text; `told` is said when it worked. */
export function copyText(app: App, text: string, told: SafeText): void {
  const problem = app.options.terminal.copy(text)
  if (problem === null) app.toasts.show(told, 'good')
  else app.toasts.show(toSafeText(problem), 'warning')
}
