import { count, latency, things } from '#src/text/units.ts'
import { countersIn } from '../../model/counters.ts'
import { groupIn, numberIn, sum } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Evidence, Found } from '../finding.ts'
import type { Rule } from '../rule.ts'

/** Below this, planning is worth no word however short the execution was. */
const LEAST_MS = 5
/** Of a plan that was not executed there is nothing to compare with. */
const LEAST_MS_ALONE = 100
/** Catalog blocks read from outside of shared buffers: more than one planning of a warm session needs. */
const COLD_BLOCKS = 100
const MANY_MEMBERS = 20
const MANY_JOINS = 8

/**
 * Planning is no part of the execution, so its share may be more than all of it; what repeated execution of a prepared
 * statement would save is the whole. The first statement of a session also fills its catalog caches.
 */
export const planningHeavy = {
  id: 'planning-heavy',
  about:
    'Planning takes 5 ms or more and longer than the execution, or reads more than 100 catalog blocks and takes a tenth of it; 100 ms where the plan was not executed.',
  source: 'manual 14.3 (join_collapse_limit) and 5.12.6 (many partitions); pgMustard',
  find: (context) => {
    const { planningMs, executionMs, isExecuted } = context.model
    if (planningMs === null) return []
    const isHeavy = isExecuted
      ? executionMs !== null &&
        planningMs >= LEAST_MS &&
        (planningMs > executionMs || (isCold(context) && planningMs >= executionMs / 10))
      : planningMs >= LEAST_MS_ALONE
    return isHeavy ? [findFor(planningMs, context)] : []
  },
} satisfies Rule

function findFor(planningMs: number, context: RuleContext): Found {
  const { executionMs, statement } = context.model
  const planning = groupIn(statement.properties, 'Planning')
  const memory = numberIn(planning, 'Memory Used')
  return {
    node: null,
    savesMs: planningMs,
    title: `planning takes ${latency(planningMs / 1000)}${executionMs === null ? '' : `, the execution ${latency(executionMs / 1000)}`}`,
    advice: adviceFor(context),
    remedy: null,
    severity: executionMs !== null && planningMs > executionMs ? 'warning' : 'notice',
    evidence: [
      { label: 'planning', value: planningMs, unit: 'ms' },
      ...(executionMs === null ? [] : [{ label: 'execution', value: executionMs, unit: 'ms' as const }]),
      ...blocksOf(context),
      ...(memory === null ? [] : [{ label: 'memory', value: memory * 1024, unit: 'bytes' as const }]),
    ],
  }
}

function adviceFor(context: RuleContext): string {
  const members = membersOf(context)
  const joins = context.model.nodes.filter(({ type }) => / Join$|^Nested Loop$/.test(type)).length
  if (isCold(context))
    return 'Most of it may be the catalogs, which came from outside of shared buffers: plan it once more in the same session before you judge. Connections that are kept open plan faster.'
  if (members >= MANY_MEMBERS)
    return `The plan has ${things(members, 'partition')}: each costs planning. Have fewer and larger ones, or a condition on the partition key that is known when it is planned.`
  if (joins >= MANY_JOINS)
    return `The order of ${count(joins)} joins is searched for. A lower join_collapse_limit keeps to the order that is written; prepared statements are planned less often.`
  return 'Prepare the statement, so that it need not be planned at each execution (plan_cache_mode). Many indexes, partitions or a large statistics target make planning slow.'
}

/** Partitions in the plan, and those that were pruned when it started. */
function membersOf({ model }: RuleContext): number {
  return sum(
    model.nodes
      .filter(({ type }) => type === 'Append' || type === 'Merge Append')
      .map(({ children, raw }) => children.length + (numberIn(raw.properties, 'Subplans Removed') ?? 0)),
  )
}

function isCold(context: RuleContext): boolean {
  return readBlocks(context) > COLD_BLOCKS
}

function readBlocks({ model }: RuleContext): number {
  return countersIn(groupIn(model.statement.properties, 'Planning'))['Shared Read Blocks'] ?? 0
}

function blocksOf(context: RuleContext): readonly Evidence[] {
  const hit = countersIn(groupIn(context.model.statement.properties, 'Planning'))['Shared Hit Blocks'] ?? 0
  const read = readBlocks(context)
  return hit + read === 0
    ? []
    : [
        { label: 'blocks hit', value: hit, unit: 'blocks' },
        { label: 'blocks read', value: read, unit: 'blocks' },
      ]
}
