/** What runs in parallel: a Gather and the part of the plan below it. */
import type { PlanNode } from '../../model/node.ts'
import { numberIn, textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import { settingsOf } from './settings.ts'

export interface Region {
  readonly gather: PlanNode
  /** What every participant runs. */
  readonly child: PlanNode
  /** Workers that were planned, and those of the last run that were launched; null where that is not printed. */
  readonly planned: number | null
  readonly launched: number | null
}

/** Those that ran. A single copy is none: one worker runs all of it (debug_parallel_query). */
export function regionsOf({ executed }: RuleContext): readonly Region[] {
  return executed.filter(isGather).flatMap((gather) => {
    const { properties } = gather.raw
    const child = gather.children.find(({ kind }) => kind === 'data')
    if (child === undefined || (child.loops ?? 0) === 0 || properties['Single Copy'] === true) return []
    const planned = numberIn(properties, 'Workers Planned')
    return [{ gather, child, planned, launched: numberIn(properties, 'Workers Launched') }]
  })
}

export function isGather({ type }: PlanNode): boolean {
  return type === 'Gather' || type === 'Gather Merge'
}

export function isBelowGather(node: PlanNode): boolean {
  for (let above = node.parent; above !== null; above = above.parent) if (isGather(above)) return true
  return false
}

/** Whether the leader does a share of the work itself. */
export function leaderHelps(context: RuleContext): boolean {
  return textIn(settingsOf(context), 'parallel_leader_participation') !== 'off'
}
