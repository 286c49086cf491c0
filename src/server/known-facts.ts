/** What is known of the server, told to listeners whenever it changes. */
import type { ServerFacts } from '#queries/define.ts'
import type { ServerEvent } from './contract.ts'
import { identityChange } from './identity.ts'

/** Keeps the latest facts, and the list of our own backends true as sessions come and go. */
export class KnownFacts {
  readonly #emit: (event: ServerEvent) => void
  #facts: ServerFacts | null = null

  constructor(emit: (event: ServerEvent) => void) {
    this.#emit = emit
  }

  /** Null until they were read once. */
  get facts(): ServerFacts | null {
    return this.#facts
  }

  /** Takes facts that were read just now; tells when the server is another one, or in another life. */
  learn(read: ServerFacts, ownPids: readonly number[]): void {
    const before = this.#facts
    const after = { ...read, ownPids }
    this.#facts = after
    const message = before === null ? null : identityChange(before, after)
    if (before !== null && message !== null) this.#emit({ kind: 'identity', before, after, message })
    this.#emit({ kind: 'facts', facts: after })
  }

  /** Takes the pids of the sessions that are there now. */
  updateOwnPids(ownPids: readonly number[]): void {
    if (this.#facts === null || ownPids.join() === this.#facts.ownPids.join()) return
    this.#facts = { ...this.#facts, ownPids }
    this.#emit({ kind: 'facts', facts: this.#facts })
  }
}
