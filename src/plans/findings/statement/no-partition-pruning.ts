import { latency } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { numberIn, sum, textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { LEAST_MS } from './least.ts'

const LEAST_MEMBERS = 10
/** Where more of the partitions have rows than this, the condition picks none by its key. */
const MOST_FRUITFUL = 0.2
/** Partitions of a generic plan, all of which are planned whatever the value will be. */
const LEAST_GENERIC = 4

/**
 * A plan does not tell the partition key. What tells that pruning would have helped is that nearly all partitions were
 * searched by a condition and gave nothing: the condition goes along with the partitions, yet is not one on their key,
 * or one that hides the key in a cast or function. A condition whose rows lie all over them prunes nothing anyway.
 */
export const noPartitionPruning = {
  id: 'no-partition-pruning',
  about:
    'Ten partitions or more are searched, at most a fifth of them has rows, and the fruitless rest takes time worth a finding. Also a generic plan over 4 partitions or more, as it is pruned only when it starts.',
  source: 'manual 5.12.4 (partition pruning)',
  find: (context) =>
    context.model.nodes
      .filter(({ type }) => type === 'Append' || type === 'Merge Append')
      .flatMap((node) => (context.model.isExecuted ? searchedFor(node, context) : plannedFor(node, context))),
} satisfies Rule

function searchedFor(append: PlanNode, context: RuleContext): readonly Found[] {
  const members = partitionsOf(append)
  const isPruned = (numberIn(append.raw.properties, 'Subplans Removed') ?? 0) > 0
  if (isPruned || members.length < LEAST_MEMBERS || context.isStoppedEarly(append)) return []
  if (members.some(({ neverExecuted }) => neverExecuted)) return []
  const fruitless = members.filter((member) => member.rowsTotal === 0 && member.rowsRounding < 1)
  if (members.length - fruitless.length > MOST_FRUITFUL * members.length) return []
  const savesMs = sum(fruitless.map(({ inclWallMs }) => inclWallMs))
  const certainMs = savesMs - sum(fruitless.map(({ roundingEpsMs }) => roundingEpsMs))
  const { hasTiming } = context.model
  if (hasTiming && (certainMs < LEAST_MS || !context.isWorth(certainMs))) return []
  return [
    {
      node: append,
      savesMs: hasTiming ? savesMs : null,
      title: `${fruitless.length} of ${members.length} partitions are searched in vain${hasTiming ? ` for ${latency(savesMs / 1000)}` : ''}`,
      advice:
        'Add a condition on the partition key itself, without a function or cast around it and of its own type, so that partitions can be left out.',
      remedy: null,
      evidence: [
        { label: 'partitions searched', value: members.length, unit: 'count' },
        { label: 'without a row', value: fruitless.length, unit: 'count' },
        ...conditionOf(members),
      ],
    },
  ]
}

/** A generic plan has a placeholder where a value will be. Up to PostgreSQL 16 values of InitPlans look the same. */
function plannedFor(append: PlanNode, { model }: RuleContext): readonly Found[] {
  if (model.nodes.some(({ kind }) => kind === 'InitPlan')) return []
  const members = partitionsOf(append)
  const conditions = members.map(conditionIn)
  if (members.length < LEAST_GENERIC || !conditions.every((text) => text !== null && /\$\d/.test(text)))
    return []
  return [
    {
      node: append,
      savesMs: null,
      title: `all ${members.length} partitions are planned, whatever the value is`,
      advice:
        'A generic plan can leave partitions out only when it starts, and its cost is that of all. Plan it with values to see which of them are read.',
      remedy: 'SET plan_cache_mode = force_custom_plan;',
      evidence: [
        { label: 'partitions planned', value: members.length, unit: 'count' },
        ...conditionOf(members),
      ],
    },
  ]
}

/**
 * The members, where they are partitions (or children by inheritance) that are all searched by some condition: their
 * aliases are that of the table with a number. Any other Append, of a UNION ALL over tables of months say, gives none.
 */
function partitionsOf({ children }: PlanNode): readonly PlanNode[] {
  const members = children.filter(({ kind }) => kind === 'data')
  const bases = new Set(members.map(({ alias }) => /^(.+)_[1-9]\d{0,4}$/s.exec(alias ?? '')?.[1] ?? null))
  const arePartitions = bases.size === 1 && !bases.has(null)
  return arePartitions && members.every((member) => conditionIn(member) !== null) ? members : []
}

function conditionIn({ raw: { properties }, children }: PlanNode): string | null {
  const own =
    textIn(properties, 'Filter') ?? textIn(properties, 'Index Cond') ?? textIn(properties, 'Recheck Cond')
  const below = children.length === 1 ? children[0] : undefined
  return own ?? (below === undefined ? null : textIn(below.raw.properties, 'Index Cond'))
}

function conditionOf([first]: readonly PlanNode[]): Found['evidence'] {
  const condition = first === undefined ? null : conditionIn(first)
  return condition === null ? [] : [{ label: 'condition', value: condition, unit: 'text' }]
}
