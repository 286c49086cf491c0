/** The plans of this session, oldest first, and which of them is looked at. */
import { Store } from '#src/ui/store.ts'
import type { ShownPlan, ShownStatement } from './shown-plan.ts'

/** So many plans are kept … */
const MOST = 50
/** … and no more than this of their texts, characters. */
const MOST_TEXT = 50_000_000

interface State {
  readonly plans: readonly ShownPlan[]
  readonly at: number
  /** Which statement of it. */
  readonly statement: number
  /** What others are compared with, when a person said so. */
  readonly base: ShownPlan | null
}

/** What is looked at now. */
export interface Current extends ShownStatement {
  readonly plan: ShownPlan
}

export class History {
  readonly #state = new Store<State>({ plans: [], at: -1, statement: 0, base: null })

  readonly subscribe = this.#state.subscribe

  get plans(): readonly ShownPlan[] {
    return this.#state.get().plans
  }

  /** Which of `plans` is looked at, from 0; -1 where there are none. */
  get at(): number {
    return this.#state.get().at
  }

  get statement(): number {
    return this.#state.get().statement
  }

  get plan(): ShownPlan | null {
    const { plans, at } = this.#state.get()
    return plans[at] ?? null
  }

  /** The same object while nothing changed. */
  get current(): Current | null {
    const { plan } = this
    const statement = plan?.statements[this.statement]
    if (plan === null || statement === undefined) return null
    if (this.#current?.model !== statement.model) this.#current = { plan, ...statement }
    return this.#current
  }

  #current: Current | null = null

  /** What the shown plan is compared with: the one that was marked, else the one before it. */
  get before(): ShownPlan | null {
    const { plans, at, base } = this.#state.get()
    return base !== null && base !== plans[at] ? base : (plans[at - 1] ?? null)
  }

  get base(): ShownPlan | null {
    return this.#state.get().base
  }

  add(plan: ShownPlan): void {
    this.#state.update(({ plans, base }) => {
      const kept = withinBounds([...plans, plan])
      return { plans: kept, at: kept.length - 1, statement: 0, base }
    })
  }

  /** Goes to an older or a newer plan; false where there is none. */
  step(step: 1 | -1): boolean {
    const { plans, at } = this.#state.get()
    const next = at + step
    if (plans[next] === undefined) return false
    this.#state.update((state) => ({ ...state, at: next, statement: 0 }))
    return true
  }

  /** Goes to another statement of the same text. */
  stepStatement(step: 1 | -1): boolean {
    const next = this.statement + step
    if (this.plan?.statements[next] === undefined) return false
    this.#state.update((state) => ({ ...state, statement: next }))
    return true
  }

  /** Marks the shown plan as what others are compared with; once more, and it is none. */
  markBase(): void {
    const { plan } = this
    this.#state.update((state) => ({ ...state, base: state.base === plan ? null : plan }))
  }
}

/** The newest plans that fit; the newest itself always does. */
function withinBounds(plans: readonly ShownPlan[]): readonly ShownPlan[] {
  let text = 0
  const first = plans.findLastIndex((plan, index) => {
    text += plan.text.length
    return index < plans.length - 1 && (plans.length - index > MOST || text > MOST_TEXT)
  })
  return plans.slice(first + 1)
}
