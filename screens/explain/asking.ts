/** From a text to a plan: read, planned, run after consent, asked again with other settings. */
import type { Consent, Planned, Question } from '#src/explain/contract.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import type { ExplainSubject } from '#src/ui/screen.ts'
import type { StatementRow } from '#src/view/plan/statement-columns.ts'
import { askConsent } from './consent.ts'
import type { ExplainContext } from './context.ts'
import { analyzedShown, plannedShown, questionOf, readShown } from './shown-plan.ts'
import { withoutExplain } from './typed.ts'

/** A question and where it comes from. */
export interface Asked {
  readonly question: Question
  readonly origin: string
}

export class Asking {
  readonly #context: ExplainContext
  /** What was typed and given up. */
  #kept = ''

  constructor(context: ExplainContext) {
    this.#context = context
  }

  /** What a key that asks again asks: the question that was refused, else that of the shown plan. */
  get asked(): Asked | null {
    const { runs, history } = this.#context
    const problem = runs.problem.get()
    if (problem !== null)
      return problem.question === null ? null : { question: problem.question, origin: problem.origin }
    const question = questionOf(history.plan)
    return question === null || history.plan === null ? null : { question, origin: history.plan.origin }
  }

  /** Keeps a text that was given up, for the next time that one is written. */
  keep(text: string): void {
    this.#kept = text
  }

  /** The text that editing begins with. */
  get draft(): string {
    return this.#kept === '' ? this.query : this.#kept
  }

  /** The query that was refused, else that of the shown plan; empty where there is none. */
  get query(): string {
    const { runs, history } = this.#context
    return runs.problem.get()?.text ?? questionOf(history.plan)?.text ?? ''
  }

  /** A text that was typed, pasted or edited: a plan is read, everything else is planned. */
  explainText(text: string, origin: string): void {
    this.#kept = ''
    if (text.trim() === '') return
    const { runs, history } = this.#context
    const read = readShown(text, origin, new Date())
    runs.problem.set(null)
    if (read.kind === 'plan') {
      history.add(read.shown)
      this.#context.showTreeFromHere()
    } else if (read.kind === 'unreadable') {
      runs.problem.set({ origin, text, question: null, reason: read.unreadable })
    } else {
      const question = this.asked?.question
      void this.plan({
        question: {
          text: withoutExplain(text),
          database: question?.database ?? null,
          settings: question?.settings ?? {},
          values: [],
        },
        origin,
      })
    }
  }

  async explainSubject({ text, database, role, origin, cut }: ExplainSubject): Promise<void> {
    const { app, runs, history } = this.#context
    const question: Question = { text, database, settings: {}, values: [] }
    if (cut !== null) {
      runs.problem.set({ origin, text, question, reason: cutRefusal(cut) })
      return
    }
    await this.plan({ question, origin })
    const own = app.options.server.facts?.role.name
    const isPlanned = history.plan?.planned?.question === question
    if (isPlanned && role !== null && own !== undefined && role !== own)
      app.toasts.show(
        safe`with the settings of ${toSafeText(own)}, not of ${toSafeText(role)} (x sets them)`,
        'warning',
      )
  }

  explainStatement({ query, datname }: StatementRow): void {
    const { app } = this.#context
    if (query === null) {
      app.toasts.show(safe`the server has lost its text`, 'warning')
      return
    }
    const question: Question = { text: query, database: datname, settings: {}, values: [] }
    void this.plan({ question, origin: 'a listed statement' })
  }

  /** Plans it; nothing runs. */
  async plan({ question, origin }: Asked): Promise<void> {
    const planned = await this.#planned(
      { question, origin },
      (agreed) => void this.plan({ question: agreed, origin }),
    )
    if (planned === null) return
    this.#context.history.add(plannedShown(planned, origin))
    this.#context.showTreeFromHere()
    this.#warn(planned)
  }

  /** Plans it anew, tells what running it would do, and runs it after consent. */
  async analyze({ question, origin }: Asked): Promise<void> {
    const { app } = this.#context
    const planned = await this.#planned(
      { question, origin },
      (agreed) => void this.analyze({ question: agreed, origin }),
    )
    if (planned === null) return
    if (app.options.settings.readOnly && planned.dangers.some(({ kind }) => kind !== 'costly')) {
      app.toasts.show(safe`read-only: it would do more than read`, 'warning')
    } else if (planned.parameterTypes.length > planned.question.values.length) {
      app.toasts.show(safe`it has placeholders: V takes their values first`, 'warning')
    } else {
      this.#ask(
        { ...planned, text: question.text, step: 'run' },
        (consent) => void this.#run({ question, origin }, consent),
      )
    }
  }

  async #run({ question, origin }: Asked, consent: Consent): Promise<void> {
    const { runs, history } = this.#context
    const analyzed = await runs.analyze(question, origin, consent)
    if (analyzed === null) return
    history.add(analyzedShown(analyzed, origin))
    this.#context.showTreeFromHere()
    this.#warn(analyzed)
  }

  /** Where planning alone may change something, that is asked first, and `again` hears of the question with consent. */
  async #planned({ question, origin }: Asked, again: (agreed: Question) => void): Promise<Planned | null> {
    const { runs, app } = this.#context
    const planned = await runs.plan(question, origin)
    if (planned !== null) return planned
    const reason = runs.problem.get()?.reason
    if (reason === undefined || !('step' in reason) || reason.step !== 'consent') return null
    const { dangers = [] } = reason
    const database = question.database ?? app.options.server.endpoint.database
    if (!app.options.settings.readOnly)
      this.#ask({ text: question.text, database, dangers, step: 'plan' }, () =>
        again({ ...question, agreed: dangers }),
      )
    return null
  }

  /** Whatever was opened meanwhile is being read or answered: then nothing is asked. */
  #ask(asked: Parameters<typeof askConsent>[1], onYes: (consent: Consent) => void): void {
    const { app } = this.#context
    if (app.overlay.get() === null) askConsent(app, asked, onYes)
  }

  /** Plans it with and without indexes that do not exist (HypoPG), and shows the difference. */
  async whatIf({ question, origin }: Asked, definition: string): Promise<void> {
    const { runs, history, app } = this.#context
    const found = await runs.whatIf(question, origin, [definition])
    if (found === null) return
    history.add(plannedShown(found.without, origin))
    history.add(plannedShown(found.with, `${origin} with a hypothetical index`))
    this.#context.show('diff')
    const [index] = found.indexes
    const used = index?.isUsed === true
    app.toasts.show(
      used ? safe`the planner would use the index` : safe`the planner would not use the index`,
      used ? 'good' : 'warning',
    )
  }

  #warn({ warnings }: Planned): void {
    const [warning] = warnings
    if (warning !== undefined) this.#context.app.toasts.show(toSafeText(warning), 'warning')
  }
}

function cutRefusal(reason: string) {
  return {
    failure: { kind: 'refused', message: reason, sqlstate: null },
    position: null,
    step: 'parse',
    remedies: [
      'E or i: complete the text',
      'L: take the statement from pg_stat_statements, which keeps it whole',
    ],
  } as const
}
