/** A sentence that stands in the footer for a while. */
import type { SafeText } from '#src/text/safe.ts'
import type { Token } from '#src/theme/theme.ts'
import { Store } from './store.ts'

export interface Toast {
  readonly text: SafeText
  readonly token: Token
}

/** Long enough to be read by somebody tired; an error stays twice as long. */
const SHOWN_MS = 6000

/** The newest toast; it goes by itself, or at the next key. */
export class Toasts extends Store<Toast | null> {
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor() {
    super(null)
  }

  show(text: SafeText, token: Token = 'accent'): void {
    this.clear()
    this.set({ text, token })
    this.#timer = setTimeout(() => this.clear(), token === 'critical' ? SHOWN_MS * 2 : SHOWN_MS)
  }

  /** Shows what is worth less than any other sentence: only where none stands. */
  hint(text: SafeText): void {
    if (this.get() === null) {
      this.show(text, 'dim')
    }
  }

  clear(): void {
    if (this.#timer !== null) {
      clearTimeout(this.#timer)
      this.#timer = null
    }
    this.set(null)
  }
}
