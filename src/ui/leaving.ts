/** Work that must come to its end before the program does: the audit line after an action. */

/** What such work listens to, and what the end waits for. */
export class Leaving {
  readonly #controller = new AbortController()
  readonly #underWay = new Set<Promise<unknown>>()

  /** Aborted when the program is being left: finish at once with what is known. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Adds work that the end has to wait for. */
  add<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work)
    void work.finally(() => this.#underWay.delete(work)).catch(() => {})
    return work
  }

  /** Tells all work to finish, and resolves when it has. */
  async leave(): Promise<void> {
    this.#controller.abort()
    await Promise.allSettled(this.#underWay)
  }
}
