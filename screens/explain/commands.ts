/** The keys of the Explain screen that ask: input, run, settings, values, indexes, history. */
import { placeholderNumbers } from '#src/plans/query/placeholders.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { type Command, command } from '#src/ui/command.ts'
import { copyText } from '#src/ui/copy.ts'
import { Prompt } from '#src/ui/prompt.ts'
import { viewQuery } from '#src/ui/query-text.ts'
import { TextInput } from '#src/ui/text-input.ts'
import type { Asking } from './asking.ts'
import type { ExplainContext } from './context.ts'
import type { Asked } from './runs.ts'
import { parseSettings, parseValues, settingsText, type Typed, valuesText } from './typed.ts'

const NO_QUESTION = 'only a query can be asked of the server: i or E takes one'

export function explainCommands(context: ExplainContext, asking: Asking): readonly Command[] {
  const { history } = context
  const isAsked = () => (asking.asked === null ? NO_QUESTION : true)
  const hasPlan = () => (history.plan === null ? 'there is no plan yet' : true)
  const withAsked = (act: (asked: Asked) => void) => () => {
    const { asked } = asking
    if (asked !== null) act(asked)
  }
  return [
    command(
      'screen',
      ['A'],
      'Run it: EXPLAIN ANALYZE, after a question',
      withAsked((asked) => void asking.analyze(asked)),
      {
        label: 'analyze',
        when: isAsked,
      },
    ),
    command(
      'screen',
      ['i'],
      'Type or paste a query, or a plan',
      () => openInput(context, asking, asking.draft),
      { label: 'input' },
    ),
    command('screen', ['E'], 'Write it in $EDITOR', () => void edit(context, asking, asking.draft), {
      label: 'editor',
    }),
    command(
      'screen',
      ['e'],
      'Plan it once more: EXPLAIN',
      withAsked((asked) => void asking.plan(asked)),
      { when: isAsked },
    ),
    command(
      'screen',
      ['x'],
      'Change settings and plan it again',
      withAsked((asked) => askSettings(context, asking, asked)),
      {
        label: 'settings',
        when: isAsked,
      },
    ),
    command(
      'screen',
      ['V'],
      'Give values for the placeholders',
      withAsked((asked) => askValues(context, asking, asked)),
      {
        when: () => {
          const { asked } = asking
          if (asked === null) return NO_QUESTION
          const { length } = placeholderNumbers(asked.question.text)
          return length === 0 ? 'it has no placeholders ($1, $2, …) to give values for' : true
        },
      },
    ),
    command(
      'screen',
      ['H'],
      'Ask what if an index existed (HypoPG)',
      withAsked((asked) => askIndex(context, asking, asked)),
      {
        label: 'what if',
        when: isAsked,
      },
    ),
    command('screen', ['['], 'Go to the plan before', () => step(context, -1), { label: 'history' }),
    command('screen', [']'], 'Go to the plan after', () => step(context, 1)),
    command('screen', ['{'], 'Go to the statement before', () => stepStatement(context, -1)),
    command('screen', ['}'], 'Go to the statement after', () => stepStatement(context, 1)),
    command('screen', ['b'], 'Mark the plan as what others are compared with', () => mark(context), {
      when: hasPlan,
    }),
    command(
      'screen',
      ['Y', 'y'],
      'Copy the plan as it was printed',
      () => copyText(context.app, history.plan?.text ?? '', safe`the plan is copied`),
      {
        when: hasPlan,
      },
    ),
    command(
      'screen',
      ['v'],
      'View the plan in $PAGER',
      () => void viewQuery(context.app, history.plan?.text ?? null),
      {
        when: hasPlan,
      },
    ),
    command('screen', ['Q'], 'View the query in $PAGER', () => void viewQuery(context.app, asking.query), {
      when: () => (asking.query === '' ? 'there is no query' : true),
    }),
  ]
}

function step({ app, history }: ExplainContext, by: 1 | -1): void {
  if (!history.step(by))
    app.toasts.hint(by === 1 ? safe`this is the newest plan` : safe`this is the oldest plan`)
}

function stepStatement({ app, history }: ExplainContext, by: 1 | -1): void {
  if (history.stepStatement(by)) return
  const isAlone = history.plan === null || history.plan.statements.length === 1
  app.toasts.hint(
    isAlone
      ? safe`it is one statement alone; [ and ] go to other plans`
      : by === 1
        ? safe`this is the last statement`
        : safe`this is the first statement`,
  )
}

function mark({ app, history }: ExplainContext): void {
  history.markBase()
  app.toasts.show(
    history.base === null
      ? safe`no plan is marked any more`
      : safe`marked: d compares other plans with this one`,
  )
}

function openInput(context: ExplainContext, asking: Asking, text: string): void {
  const { app } = context
  app.overlay.set(
    new TextInput({
      title: 'A query to plan, or a plan to read',
      text,
      help: text === '' ? NOTHING_RUNS : safe`${NOTHING_RUNS}; ^u clears what was there`,
      theme: app.theme,
      onSubmit: (typed) => {
        app.overlay.set(null)
        asking.explainText(typed, 'typed in')
      },
      onCancel: (typed) => {
        app.overlay.set(null)
        asking.keep(typed)
      },
      onEditor: (typed) => {
        app.overlay.set(null)
        void edit(context, asking, typed)
      },
    }),
  )
}

const NOTHING_RUNS = safe`nothing runs: a query is only planned`

async function edit({ app }: ExplainContext, asking: Asking, text: string): Promise<void> {
  const edited = await app.options.terminal.edit(text, '.sql')
  if (!edited.ok) {
    asking.keep(text)
    app.toasts.show(toSafeText(edited.reason), 'warning')
  } else if (!edited.isChanged) {
    asking.keep(text)
    app.toasts.show(safe`nothing was changed, so nothing was asked`, 'dim')
  } else if (edited.text.trim() === '') app.toasts.show(safe`nothing was written`, 'dim')
  else asking.explainText(edited.text, 'from the editor')
}

function askSettings(context: ExplainContext, asking: Asking, asked: Asked): void {
  ask(context, {
    label: safe`settings `,
    text: settingsText(asked.question.settings),
    help: safe`work_mem=64MB enable_hashjoin=off search_path='app, public'`,
    parse: parseSettings,
    take: (settings) => void asking.plan({ ...asked, question: { ...asked.question, settings } }),
  })
}

function askValues(context: ExplainContext, asking: Asking, asked: Asked): void {
  const types = context.history.plan?.planned?.parameterTypes ?? []
  const wanted = types.map((type, at) => `$${at + 1} ${type}`).join(', ')
  ask(context, {
    label: safe`values `,
    text: valuesText(asked.question.values),
    help: toSafeText(wanted === '' ? "42, 'a text', null" : wanted),
    parse: parseValues,
    take: (values) => void asking.plan({ ...asked, question: { ...asked.question, values } }),
  })
}

/** The index that a finding advises is there to be taken. */
function askIndex(context: ExplainContext, asking: Asking, asked: Asked): void {
  const remedies = (context.current.get()?.findings ?? []).map(({ remedy }) => remedy ?? '')
  const advised = remedies.find((remedy) => /^CREATE (?:UNIQUE )?INDEX /.test(remedy)) ?? 'CREATE INDEX ON '
  ask(context, {
    label: safe`what if `,
    text: advised.replace(' CONCURRENTLY', ''),
    help: safe`it is not created, only planned with`,
    parse: (text) => ({ ok: true, value: text.trim() }),
    take: (definition) => void asking.whatIf(asked, definition),
  })
}

interface Ask<T> {
  readonly label: SafeText
  readonly text: string
  readonly help: SafeText
  readonly parse: (text: string) => Typed<T>
  readonly take: (value: T) => void
}

function ask<T>({ app }: ExplainContext, { label, text, help, parse, take }: Ask<T>): void {
  const close = () => app.prompt.set(null)
  app.prompt.set(
    new Prompt({
      label,
      text,
      help,
      problemOf: (typed) => {
        const parsed = parse(typed)
        return parsed.ok ? null : toSafeText(parsed.problem)
      },
      onSubmit: (typed) => {
        close()
        const parsed = parse(typed)
        if (parsed.ok) take(parsed.value)
      },
      onCancel: close,
    }),
  )
}
