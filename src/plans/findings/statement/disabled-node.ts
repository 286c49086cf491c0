import type { PlanNode } from '../../model/node.ts'
import { numberIn, textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { settingsOf } from './settings.ts'

/** What a disabled node costs more up to PostgreSQL 17 (disable_cost in costsize.c). */
const DISABLE_COST = 1e10

/**
 * A type of node that is switched off is still taken where there is no other way. PostgreSQL 18 marks the node; before,
 * its cost tells, which is handed upwards: the node meant is the lowest that has it. A real cost beyond that lies far
 * above it, so only what is just above counts.
 */
export const disabledNode = {
  id: 'disabled-node',
  about: 'The plan uses a node of a type that enable_… switches off, for want of another way.',
  source: 'manual 19.7.1; disable_cost in costsize.c',
  find: (context) => {
    const { nodes, isExecuted } = context.model
    const isMarked = nodes.some(({ raw }) => 'Disabled' in raw.properties)
    const disabled = nodes
      .filter((node) => (isMarked ? node.raw.properties.Disabled === true : isCostDisabled(node)))
      .filter((node) => !isExecuted || isWorthIt(node, context))
      .toSorted((a, b) => b.inclWallMs - a.inclWallMs)
    return [...new Set(disabled.map(({ type }) => type))].flatMap((type) =>
      findFor(
        disabled.filter((node) => node.type === type),
        context,
      ),
    )
  },
} satisfies Rule

/** What is switched off costs its time with all that it makes necessary below. */
function isWorthIt(node: PlanNode, context: RuleContext): boolean {
  if ((node.loops ?? 0) === 0) return false
  return !context.model.hasTiming || context.isWorth(node.inclWallMs - node.roundingEpsMs)
}

function isCostDisabled({ raw, children }: PlanNode): boolean {
  const cost = costIn(raw.properties)
  return (
    cost >= DISABLE_COST &&
    cost < 1.1 * DISABLE_COST &&
    children.every((child) => costIn(child.raw.properties) < DISABLE_COST)
  )
}

function costIn(properties: PlanNode['raw']['properties']): number {
  return numberIn(properties, 'Total Cost') ?? 0
}

/** One for all nodes of a type: a partitioned table has as many as it has partitions. */
function findFor(alike: readonly PlanNode[], context: RuleContext): readonly Found[] {
  const [node] = alike
  if (node === undefined) return []
  const settings = settingsOf(context)
  const isTold = Object.keys(settings).length > 0
  const name = settingFor(node)
  const isOff = name !== null && textIn(settings, name) === 'off'
  const mayBeMemory = node.type === 'Hash Join' && !isOff
  // Where the settings are told and this one is not off, a large cost is no sign of it.
  if (isTold && !isOff && !mayBeMemory && node.raw.properties.Disabled !== true) return []
  return [
    {
      node,
      savesMs: null,
      severity: 'warning',
      title:
        name === null
          ? `${node.type} is used though it is disabled`
          : `${node.type} is used though ${name} is off`,
      advice: mayBeMemory
        ? 'The planner knew no better way. Its setting is off, or the most common value of the inner side does not fit in the memory for hashing (work_mem, hash_mem_multiplier).'
        : 'The planner knew no other way, so the setting only hides what this costs. An index that serves the condition would be another way.',
      remedy: isOff ? `SET ${name} = on;` : null,
      evidence: [
        { label: 'such nodes', value: alike.length, unit: 'count' },
        ...(isOff ? [{ label: name, value: 'off', unit: 'text' as const }] : []),
        ...costOf(node),
      ],
    },
  ]
}

function costOf(node: PlanNode): Found['evidence'] {
  const cost = numberIn(node.raw.properties, 'Total Cost')
  return cost === null ? [] : [{ label: 'cost', value: cost, unit: 'count' }]
}

/** By which setting a node costs more; those not listed are only never proposed (costsize.c). */
const SETTINGS: ReadonlyMap<string, string> = new Map([
  ['Seq Scan', 'enable_seqscan'],
  ['Index Scan', 'enable_indexscan'],
  ['Index Only Scan', 'enable_indexscan'],
  ['Bitmap Heap Scan', 'enable_bitmapscan'],
  ['Tid Scan', 'enable_tidscan'],
  ['Tid Range Scan', 'enable_tidscan'],
  ['Sort', 'enable_sort'],
  ['Materialize', 'enable_material'],
  ['Nested Loop', 'enable_nestloop'],
  ['Merge Join', 'enable_mergejoin'],
  ['Hash Join', 'enable_hashjoin'],
  ['Gather Merge', 'enable_gathermerge'],
])

function settingFor({ type, raw }: PlanNode): string | null {
  if (type === 'Aggregate') {
    const strategy = textIn(raw.properties, 'Strategy')
    return strategy === 'Hashed' || strategy === 'Mixed' ? 'enable_hashagg' : null
  }
  return SETTINGS.get(type) ?? null
}
