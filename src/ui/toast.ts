/** A sentence that stands in the footer for a while. */
import type { SafeText } from '#src/text/safe.ts'
import type { Token } from '#src/theme/theme.ts'
import { Store } from './store.ts'

export interface Toast {
  readonly text: SafeText
  readonly token: Token
}

/** Long enough to be read by somebody tired; what is critical stays twice as long. */
const SHOWN_MS = 6000
/** What is critical is not wiped away by a key that was pressed for something else. */
const STAYS_MS = 3000

/** The newest toast; it goes by itself, or at the next key. */
export class Toasts extends Store<Toast | null> {
  #timer: ReturnType<typeof setTimeout> | null = null
  #staysUntilMs = 0

  constructor() {
    super(null)
  }

  show(text: SafeText, token: Token = 'accent'): void {
    this.clear()
    this.set({ text, token })
    const isCritical = token === 'critical'
    this.#staysUntilMs = isCritical ? performance.now() + STAYS_MS : 0
    this.#timer = setTimeout(() => this.clear(), isCritical ? SHOWN_MS * 2 : SHOWN_MS)
  }

  /** Shows what is worth less than any other sentence: only where none stands. */
  hint(text: SafeText): void {
    if (this.get() === null) {
      this.show(text, 'dim')
    }
  }

  /** A key was pressed: the toast has been seen, unless it is critical and new. */
  dismiss(): void {
    if (performance.now() >= this.#staysUntilMs) {
      this.clear()
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
