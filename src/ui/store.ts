/** State outside React that components read by selector: nothing is drawn unless what they selected changed. */
import { useSyncExternalStore } from 'react'

/** What a component can read: the present state, and a call back when there is another. */
export interface Readable<T> {
  get(): T
  subscribe(listener: () => void): () => void
}

/** A state and those who want to hear of its changes. Setting the same value is no change. */
export class Store<T> implements Readable<T> {
  #value: T
  readonly #listeners = new Set<() => void>()

  constructor(value: T) {
    this.#value = value
  }

  readonly get = (): T => this.#value

  readonly set = (value: T): void => {
    if (!Object.is(value, this.#value)) {
      this.#value = value
      for (const listener of this.#listeners) {
        listener()
      }
    }
  }

  readonly update = (change: (value: T) => T): void => {
    this.set(change(this.#value))
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }
}

/** Call backs of the same kind, kept together. */
export class Listeners {
  readonly #listeners = new Set<() => void>()

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  readonly tell = (): void => {
    for (const listener of this.#listeners) {
      listener()
    }
  }
}

/** The state of a store, or what `select` makes of it; must be stable while nothing changed. */
export function useReadable<T>(readable: Readable<T>): T {
  return useSyncExternalStore(readable.subscribe, readable.get)
}
