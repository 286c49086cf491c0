/** The question before an action, as a state that keys move on; drawing it is the screen's. */
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import type { Plan } from './plan.ts'

/** For so long after it was painted a dialog takes no key: what was typed ahead was meant for something else. */
export const DEAF_MS = 400

/** What has to be typed. `yes`: `y`. `count`: the number of targets and `y`. `database`: its name and Enter. */
export type Question =
  | { readonly kind: 'yes' }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'database'; readonly name: string }

/** A dialog over a plan that no longer changes, whatever the list beneath does. */
export interface Dialog {
  readonly plan: Plan
  /** `no` from the start until `y` is taken; `asking` while open. */
  readonly answer: 'asking' | 'yes' | 'no'
  /** The question asked now, and those after it. */
  readonly questions: readonly [Question, ...Question[]]
  /** What was typed as the answer to a `count` or `database` question; raw. */
  readonly typed: string
  /** Why the last key did not confirm; null when there is nothing to say. */
  readonly notice: SafeText | null
  readonly hearsFromMs: number
}

/**
 * Opens the dialog. A server marked as production asks for the database's name first. `nowMs`: any monotonic
 * clock, at the time the dialog is painted.
 */
export function openDialog(
  plan: Plan,
  options: { readonly production: string | null; readonly nowMs: number },
): Dialog {
  const count = plan.aims.length
  const last: Question = count === 1 ? { kind: 'yes' } : { kind: 'count', count }
  return {
    plan,
    // With nothing to aim at there is nothing to confirm: only the reasons are shown.
    answer: count === 0 ? 'no' : 'asking',
    questions: options.production === null ? [last] : [{ kind: 'database', name: options.production }, last],
    typed: '',
    notice: null,
    hearsFromMs: options.nowMs + DEAF_MS,
  }
}

/** The dialog at the moment when it stands on the screen: only from then on can anybody have read it. */
export function shown(dialog: Dialog, nowMs: number): Dialog {
  return { ...dialog, hearsFromMs: nowMs + DEAF_MS }
}

/** The dialog while it cannot be read: it hears nothing but Escape. */
export function hidden(dialog: Dialog): Dialog {
  return { ...dialog, hearsFromMs: Number.POSITIVE_INFINITY }
}

/** The dialog after a key. Enter never confirms, and on an empty answer it is No, like Escape. */
export function pressKey(dialog: Dialog, key: string, nowMs: number): Dialog {
  if (dialog.answer !== 'asking') return dialog
  if (key === 'escape' || key === 'ctrl-c') return { ...dialog, answer: 'no', notice: null }
  if (nowMs < dialog.hearsFromMs) return dialog
  if (key === 'enter' && dialog.typed === '') return { ...dialog, answer: 'no', notice: null }
  if (key === 'backspace')
    return { ...dialog, typed: Array.from(dialog.typed).slice(0, -1).join(''), notice: null }
  const [question] = dialog.questions
  if (question.kind === 'database') return answerDatabase(dialog, question.name, key, nowMs)
  if (key === 'n' || key === 'q') return { ...dialog, answer: 'no', notice: null }
  return question.kind === 'count' ? answerCount(dialog, question.count, key) : answerYes(dialog, key)
}

/** The line that asks: "Terminate 3 sessions?" */
export function questionOf({ plan }: Dialog): SafeText {
  const [aim] = plan.aims
  if (aim === undefined)
    return safe`Nothing here can be ${plan.action === 'cancel' ? safe`cancelled` : safe`terminated`}.`
  const many = plan.aims.length > 1
  if (plan.action === 'cancel') {
    return many
      ? safe`Cancel the statements of ${plan.aims.length} sessions?`
      : safe`Cancel the running statement of pid ${aim.target.pid}?`
  }
  return many
    ? safe`Terminate ${plan.aims.length} sessions?`
    : safe`Terminate the session of pid ${aim.target.pid}?`
}

/** The line that says what to type now. */
export function instructionOf({ questions: [question] }: Dialog): SafeText {
  switch (question.kind) {
    case 'yes':
      return safe`y to do it, n or Esc to leave`
    case 'count':
      return safe`type ${question.count} and then y to do it, n or Esc to leave`
    case 'database':
      return safe`production: type the name of the database (${toSafeText(question.name)}) and Enter, Esc to leave`
  }
}

function answerYes(dialog: Dialog, key: string): Dialog {
  if (key === 'y') return { ...dialog, answer: 'yes', notice: null }
  return { ...dialog, notice: safe`only y confirms` }
}

function answerCount(dialog: Dialog, count: number, key: string): Dialog {
  if (/^[0-9]$/.test(key)) return { ...dialog, typed: (dialog.typed + key).slice(0, 9), notice: null }
  if (key !== 'y') return { ...dialog, notice: safe`type ${count}, then y` }
  if (dialog.typed === String(count)) return { ...dialog, answer: 'yes', notice: null }
  return { ...dialog, typed: '', notice: safe`the number is ${count}` }
}

function answerDatabase(dialog: Dialog, name: string, key: string, nowMs: number): Dialog {
  const text = key === 'space' ? ' ' : key
  if (key !== 'enter') {
    return Array.from(text).length === 1 ? { ...dialog, typed: dialog.typed + text, notice: null } : dialog
  }
  // A name with characters that no key types can be given as it is shown.
  if (dialog.typed !== name && dialog.typed !== toSafeText(name)) {
    return { ...dialog, typed: '', notice: safe`that is not the name of the database` }
  }
  const [, next = { kind: 'yes' as const }] = dialog.questions
  return { ...dialog, questions: [next], typed: '', notice: null, hearsFromMs: nowMs + DEAF_MS }
}
