/** Asking the server: one run at a time, what became of it, and its end when the program is left. */
import type {
  Analyzed,
  Consent,
  Explainer,
  Outcome,
  Planned,
  Progress,
  Question,
  Refusal,
  WhatIf,
} from '#src/explain/contract.ts'
import { createExplainer } from '#src/explain/explainer.ts'
import type { Unreadable } from '#src/plans/plan.ts'
import { safe } from '#src/text/safe.ts'
import type { App } from '#src/ui/app.ts'
import { Store } from '#src/ui/store.ts'
import type { Source } from './shown-plan.ts'

/** What is under way. */
export interface Busy {
  readonly what: 'EXPLAIN' | 'EXPLAIN ANALYZE' | 'what if'
  readonly progress: Progress
  /** `performance.now()`. */
  readonly startedMs: number
}

/** A question, where it comes from, and what must be known of its plan. */
export interface Asked extends Source {
  readonly question: Question
}

/** What did not work, with the text that it was about. */
export interface Problem {
  readonly text: string
  /** What was asked of the server; null where a text was to be read as a plan. */
  readonly asked: Asked | null
  readonly reason: Refusal | Unreadable
}

/** While something runs, its time on the screen goes on this often, ms. */
const TICK_MS = 250

export class Runs {
  readonly busy = new Store<Busy | null>(null)
  readonly problem = new Store<Problem | null>(null)
  readonly #app: App
  #explainer: Explainer | null = null

  constructor(app: App) {
    this.#app = app
    app.options.leaving.signal.addEventListener('abort', () => void this.#explainer?.close())
  }

  /** The plan without running it; null where it was refused, which `problem` then tells. */
  plan(asked: Asked): Promise<Planned | null> {
    return this.#run('EXPLAIN', asked, (explainer, tell) => explainer.plan(asked.question, tell))
  }

  analyze(asked: Asked, consent: Consent): Promise<Analyzed | null> {
    return this.#run('EXPLAIN ANALYZE', asked, (explainer, tell) =>
      explainer.analyze(asked.question, consent, tell),
    )
  }

  whatIf(asked: Asked, indexes: readonly string[]): Promise<WhatIf | null> {
    return this.#run('what if', asked, (explainer) => explainer.whatIf(asked.question, indexes))
  }

  /** Cancels what is under way; false where there is nothing. */
  cancel(): boolean {
    if (this.busy.get() === null) return false
    void this.#explainer?.cancel()
    return true
  }

  async #run<T extends Planned | WhatIf>(
    what: Busy['what'],
    asked: Asked,
    ask: (explainer: Explainer, tell: (progress: Progress) => void) => Promise<Outcome<T>>,
  ): Promise<T | null> {
    const { leaving, server } = this.#app.options
    if (this.busy.get() !== null) {
      this.#app.toasts.show(safe`something runs already; Esc cancels it`, 'warning')
      return null
    }
    this.#explainer ??= createExplainer(server)
    const startedMs = performance.now()
    const tell = (progress: Progress) => this.busy.set({ what, progress, startedMs })
    tell('connecting')
    this.problem.set(null)
    const ticking = setInterval(
      () => this.busy.update((busy) => (busy === null ? null : { ...busy })),
      TICK_MS,
    )
    try {
      const outcome = await leaving.add(ask(this.#explainer, tell))
      if (outcome.ok) return outcome
      this.problem.set({ text: asked.question.text, asked, reason: outcome })
      return null
    } finally {
      clearInterval(ticking)
      this.busy.set(null)
    }
  }
}
