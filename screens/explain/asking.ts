/** From a text to a plan: read, planned, run after consent, asked again with other settings. */
import type { Consent, Planned, Question } from '#src/explain/contract.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import type { ExplainSubject } from '#src/ui/screen.ts'
import type { StatementRow } from '#src/view/plan/statement-columns.ts'
import { askConsent } from './consent.ts'
import type { ExplainContext } from './context.ts'
import type { Asked } from './runs.ts'
import { analyzedShown, plannedShown, questionOf, readShown } from './shown-plan.ts'
import { withoutExplain } from './typed.ts'

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
    if (problem !== null) return problem.asked
    const question = questionOf(history.plan)
    if (question === null || history.plan === null) return null
    const { origin, notice } = history.plan
    return { question, origin, notice }
  }

  /** Keeps a text that was given up, for the next time that one is written; the query itself is there anyway. */
  keep(text: string): void {
    this.#kept = text === this.query ? '' : text
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
      runs.problem.set({ text, asked: null, reason: read.unreadable })
    } else {
      const asked = this.asked
      void this.plan({
        question: {
          text: withoutExplain(text),
          database: asked?.question.database ?? null,
          settings: asked?.question.settings ?? {},
          values: [],
        },
        origin,
        notice: null,
      })
    }
  }

  async explainSubject({ text, database, role, origin, cut }: ExplainSubject): Promise<void> {
    const { app, runs, history } = this.#context
    const question: Question = { text, database, settings: {}, values: [] }
    const own = app.options.server.facts?.role.name
    const isOthers = role !== null && own !== undefined && role !== own
    const asked: Asked = { question, origin, notice: isOthers ? `without the settings of ${role}` : null }
    if (cut !== null) {
      runs.problem.set({ text, asked, reason: cutRefusal(cut) })
      return
    }
    await this.plan(asked)
    const isPlanned = history.plan?.planned?.question === question
    if (isPlanned && isOthers)
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
    void this.plan({ question, origin: 'a listed statement', notice: null })
  }

  /** Plans it; nothing runs. */
  async plan(asked: Asked): Promise<void> {
    const planned = await this.#planned(asked, (agreed) => void this.plan({ ...asked, question: agreed }))
    if (planned === null) return
    this.#context.history.add(plannedShown(planned, asked))
    this.#context.showTreeFromHere()
    this.#warn(planned)
  }

  /** Plans it anew, tells what running it would do, and runs it after consent. */
  async analyze(asked: Asked): Promise<void> {
    const { app } = this.#context
    const planned = await this.#planned(asked, (agreed) => void this.analyze({ ...asked, question: agreed }))
    if (planned === null) return
    if (app.options.settings.readOnly && planned.dangers.some(({ kind }) => kind !== 'costly')) {
      app.toasts.show(safe`read-only: it would do more than read`, 'warning')
    } else if (planned.parameterTypes.length > planned.question.values.length) {
      app.toasts.show(safe`it has placeholders: V takes their values first`, 'warning')
    } else {
      this.#ask(
        { ...planned, text: asked.question.text, step: 'run' },
        (consent) => void this.#run(asked, consent),
      )
    }
  }

  async #run(asked: Asked, consent: Consent): Promise<void> {
    const { runs, history } = this.#context
    const analyzed = await runs.analyze(asked, consent)
    if (analyzed === null) return
    history.add(analyzedShown(analyzed, asked))
    this.#context.showTreeFromHere()
    this.#context.goToHottest()
    this.#warn(analyzed)
  }

  /** Where planning alone may change something, that is asked first, and `again` hears of the question with consent. */
  async #planned(asked: Asked, again: (agreed: Question) => void): Promise<Planned | null> {
    const { runs, app } = this.#context
    const { question } = asked
    const planned = await runs.plan(asked)
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
  async whatIf(asked: Asked, definition: string): Promise<void> {
    const { runs, history, app } = this.#context
    const found = await runs.whatIf(asked, [definition])
    if (found === null) return
    history.add(plannedShown(found.without, asked))
    history.add(plannedShown(found.with, { ...asked, origin: `${asked.origin} with a hypothetical index` }))
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
