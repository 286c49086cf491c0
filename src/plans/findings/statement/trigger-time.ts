import { quoteIdentifier } from '#src/text/identifiers.ts'
import { latency, things } from '#src/text/units.ts'
import type { Trigger } from '../../model/budget.ts'
import { textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { ForeignKeyFacts } from '../facts.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { LEAST_MS } from './least.ts'
import { LOG_NESTED_STATEMENTS } from './nested-statements.ts'

const LEAST_SHARE = 0.1

/**
 * Each trigger is judged on its own time. A foreign key has two: the one on the referencing table looks up a key that
 * always has an index, the one on the referenced table looks for referencing rows, which reads the whole table for each
 * call where no index serves. Deferred triggers run at COMMIT and are in no plan.
 */
export const triggerTime = {
  id: 'trigger-time',
  about: 'A trigger takes a tenth of the execution or more.',
  source: 'manual 5.5.5 (index of referencing columns); pgMustard; threshold of pgexplain',
  find: (context) =>
    context.model.triggers.flatMap((trigger) => {
      const { ms } = trigger
      return ms !== null && ms >= LEAST_MS && context.isWorth(ms) && ms >= LEAST_SHARE * context.wholeMs
        ? [findFor(trigger, ms, context)]
        : []
    }),
} satisfies Rule

function findFor(trigger: Trigger, ms: number, context: RuleContext): Found {
  const name = trigger.constraint ?? trigger.name
  const calls = trigger.calls === null ? '' : ` in ${things(trigger.calls, 'call')}`
  return {
    node: null,
    savesMs: ms,
    title: `${isForeignKey(trigger) ? 'foreign key' : 'trigger'} ${name} takes ${latency(ms / 1000)}${calls}`,
    ...adviceFor(trigger, context),
    evidence: [
      { label: 'trigger', value: ms, unit: 'ms' },
      ...(trigger.calls === null
        ? []
        : [
            { label: 'calls', value: trigger.calls, unit: 'count' as const },
            { label: 'a call', value: ms / Math.max(1, trigger.calls), unit: 'ms' as const },
          ]),
      ...(trigger.relation === null ? [] : [{ label: 'on', value: trigger.relation, unit: 'text' as const }]),
    ],
  }
}

/** Without VERBOSE the text format tells the constraint alone, and of constraints nearly all are foreign keys. */
function isForeignKey({ name, constraint }: Trigger): boolean {
  return constraint !== null && (name === '' || name.startsWith('RI_ConstraintTrigger_'))
}

type Advice = Pick<Found, 'advice' | 'remedy'>

function adviceFor(trigger: Trigger, context: RuleContext): Advice {
  if (!isForeignKey(trigger))
    return {
      advice:
        'EXPLAIN shows nothing of what its function runs; auto_explain logs it. A row trigger with many calls may become a statement trigger over transition tables.',
      remedy: LOG_NESTED_STATEMENTS,
    }
  const key = context.facts?.foreignKeys.find(
    ({ name, onRelation }) => name === trigger.constraint && onRelation === trigger.relation,
  )
  const looksUpKey = sideOf(trigger, key, context) === 'referencing'
  return looksUpKey
    ? {
        advice:
          'Each new row looks up the row that it refers to, by the index of its key. For a bulk load, add the foreign key afterwards (NOT VALID, then VALIDATE CONSTRAINT).',
        remedy: null,
      }
    : indexAdvice(key)
}

/**
 * Which of the two tables the trigger is on. PostgreSQL names the triggers of a foreign key for their part: `_c_`
 * checks the referencing table, `_a_` acts on the referenced one.
 */
function sideOf(
  { name, relation }: Trigger,
  key: ForeignKeyFacts | undefined,
  { model }: RuleContext,
): 'referencing' | 'referenced' {
  if (name.startsWith('RI_ConstraintTrigger_c_')) return 'referencing'
  if (name.startsWith('RI_ConstraintTrigger_a_')) return 'referenced'
  if (key !== undefined && key.table !== relation) return 'referenced'
  const operations = model.nodes.map(({ raw }) => textIn(raw.properties, 'Operation'))
  if (operations.includes('Delete')) return 'referenced'
  return key !== undefined || operations.includes('Insert') ? 'referencing' : 'referenced'
}

function indexAdvice(key: ForeignKeyFacts | undefined): Advice {
  const looksFor = 'Each row that is deleted, or changes its key, looks for rows that refer to it'
  if (key === undefined || key.hasIndex === null)
    return {
      advice: `${looksFor}: see that an index begins with the referencing columns${key === undefined ? '' : ` (${listOf(key.columns)} of ${tableOf(key)}; there is only a partial one)`}.`,
      remedy: null,
    }
  if (key.hasIndex)
    return {
      advice: `${looksFor}, by an index that is there: what is left is one statement for each. Change fewer rows at once, or delete the referencing rows first in one statement.`,
      remedy: null,
    }
  const columns = listOf(key.columns)
  // An index of a partitioned table cannot be built concurrently: it locks writers out for as long as it takes.
  const how = key.isPartitioned ? '' : ' CONCURRENTLY'
  return {
    advice: `${looksFor}, and no index begins with ${columns} of ${tableOf(key)}: the table is read for each.${key.isPartitioned ? ' Building the index of a partitioned table blocks writes.' : ''}`,
    remedy: `CREATE INDEX${how} ON ${tableOf(key)} (${columns});`,
  }
}

function listOf(columns: readonly string[]): string {
  return columns.map(quoteIdentifier).join(', ')
}

function tableOf({ schema, table }: ForeignKeyFacts): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`
}
