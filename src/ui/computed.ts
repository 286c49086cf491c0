/** What follows from other state, computed when somebody reads it after a change. */
import { Listeners, type Readable } from './store.ts'

/** Anything that tells when it has changed. */
export interface Source {
  subscribe(listener: () => void): () => void
}

/**
 * A value derived from sources. It listens to them only while it is listened to, and keeps its last value
 * when `isSame` finds the new one equal, so that readers are not woken for nothing.
 */
export class Computed<T> implements Readable<T> {
  readonly #sources: readonly Source[]
  readonly #compute: () => T
  readonly #isSame: (before: T, now: T) => boolean
  readonly #listeners = new Listeners()
  #known: { readonly value: T } | null = null
  #isFresh = false
  #subscribers = 0
  #unsubscribe: readonly (() => void)[] = []

  constructor(
    sources: readonly Source[],
    compute: () => T,
    isSame: (before: T, now: T) => boolean = Object.is,
  ) {
    this.#sources = sources
    this.#compute = compute
    this.#isSame = isSame
  }

  readonly get = (): T => {
    if (this.#known === null || !this.#isFresh) {
      const value = this.#compute()
      if (this.#known === null || !this.#isSame(this.#known.value, value)) {
        this.#known = { value }
      }
      // Unheard, changes of the sources go unnoticed: nothing is kept then.
      this.#isFresh = this.#subscribers > 0
    }
    return this.#known.value
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.#subscribers === 0) {
      this.#unsubscribe = this.#sources.map((source) => source.subscribe(this.#onChange))
    }
    this.#subscribers += 1
    const unsubscribe = this.#listeners.subscribe(listener)
    return () => {
      unsubscribe()
      this.#subscribers -= 1
      if (this.#subscribers === 0) {
        this.#isFresh = false
        for (const end of this.#unsubscribe) {
          end()
        }
      }
    }
  }

  readonly #onChange = (): void => {
    this.#isFresh = false
    this.#listeners.tell()
  }
}

/** Whether two lists of lines read the same. */
export function isSameText(before: readonly string[], now: readonly string[]): boolean {
  return before.length === now.length && before.every((line, index) => line === now[index])
}
