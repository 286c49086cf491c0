/** Runs EXPLAIN on a server, one statement at a time, each on a connection of its own. */
import type { Server } from '#src/server/contract.ts'
import { analyzeStatement } from './analyze.ts'
import { Attempt } from './attempt.ts'
import type { Explainer, Outcome, Progress } from './contract.ts'
import { planStatement } from './plan.ts'
import { Refused, refuse } from './refused.ts'
import { planWithIndexes } from './what-if.ts'

export function createExplainer(server: Server): Explainer {
  return new ServerExplainer(server)
}

class ServerExplainer implements Explainer {
  readonly #server: Server
  #attempt: Attempt | null = null
  /** Settled when what is under way has ended. */
  #ended: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(server: Server) {
    this.#server = server
  }

  readonly plan: Explainer['plan'] = (question, onProgress) =>
    this.#once(onProgress, (attempt) => planStatement(attempt, question))

  readonly analyze: Explainer['analyze'] = (question, consent, onProgress) =>
    this.#once(onProgress, (attempt) => analyzeStatement(attempt, question, consent))

  readonly whatIf: Explainer['whatIf'] = (question, indexes) =>
    this.#once(undefined, (attempt) => planWithIndexes(attempt, question, indexes))

  async cancel(): Promise<void> {
    await this.#attempt?.cancel()
    await this.#ended
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.cancel()
  }

  async #once<T extends object>(
    onProgress: ((progress: Progress) => void) | undefined,
    work: (attempt: Attempt) => Promise<T>,
  ): Promise<Outcome<T>> {
    if (this.#isClosed) return refusedAs(refuse('connect', 'the program is ending'))
    if (this.#attempt !== null) return refusedAs(refuse('connect', 'another statement is being explained'))
    const attempt = new Attempt(this.#server, onProgress ?? (() => {}))
    this.#attempt = attempt
    const outcome = settled(attempt, work).finally(() => {
      this.#attempt = null
    })
    this.#ended = outcome.catch(() => {})
    return await outcome
  }
}

/** The value or the refusal, once the attempt has ended and nothing of it is left. */
async function settled<T extends object>(
  attempt: Attempt,
  work: (attempt: Attempt) => Promise<T>,
): Promise<Outcome<T>> {
  try {
    return { ok: true, ...(await work(attempt)) }
  } catch (error) {
    if (error instanceof Refused) return refusedAs(error)
    throw error
  } finally {
    await attempt.end()
  }
}

function refusedAs({ refusal }: Refused): Outcome<never> {
  return { ok: false, ...refusal }
}
