/** What was sent for the shown plan, as entries that the frame shows like those of every screen. */
import type { Entry } from '#queries/define.ts'
import type { ShownPlan } from './shown-plan.ts'

/** The statements of its transaction as they were sent, and the entries that were asked besides. */
export function sentFor(plan: ShownPlan | null): readonly Entry[] {
  const sent = plan?.planned?.sent
  if (plan === null || sent === undefined) return [nothingFor(plan)]
  const about =
    plan.kind === 'analyzed'
      ? 'What does it take? All that was sent, in one transaction'
      : 'How would it run? All that was sent, in one transaction'
  return [statement(about, sent.messages.join(';\n')), ...sent.entries]
}

function nothingFor(plan: ShownPlan | null): Entry {
  return plan === null
    ? statement('Nothing was explained yet', '-- EXPLAIN of the statement will stand here')
    : statement('The shown plan was read from a text', '-- nothing was sent to the server for it')
}

function statement(about: string, text: string): Entry {
  return {
    id: 'explain',
    title: 'The statement',
    about,
    reads: [],
    pace: 'onDemand',
    waits: 'table locks',
    columns: [],
    identity: [],
    sql: () => text,
  }
}
