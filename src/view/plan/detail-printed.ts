/** The conditions of a node, and all that was printed of it. */
import { counterGroupOf } from '#src/plans/model/counters.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { isGroup, isList } from '#src/plans/model/values.ts'
import type { PlanObject, PlanValue } from '#src/plans/plan.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import type { Drawable } from '#src/theme/theme.ts'
import { fact, prose, type Sheet } from './sheet.ts'

/** By which a node chooses, joins, sorts or groups. */
const CONDITION =
  /(?:Cond|Filter|Key|Keys|Condition|Call|Order By|Remote SQL|Conflict Arbiter Indexes|Grouping Sets)$/

export function conditionLines({ raw: { properties } }: PlanNode, sheet: Sheet): readonly Drawable[] {
  return Object.entries(properties).flatMap(([key, value]) =>
    CONDITION.test(key) && (typeof value === 'string' || isList(value))
      ? fact(toSafeText(key), oneLine(value), sheet)
      : [],
  )
}

/** Every key in its order, then each worker's; what counts nothing is told at the end by name. */
export function printedLines(
  { raw: { properties, workers }, participants }: PlanNode,
  sheet: Sheet,
): readonly Drawable[] {
  const isShared = participants !== 1 || workers.length > 0
  return [
    ...propertyLines(properties, sheet),
    ...(isShared && Object.keys(properties).some((key) => SIZE.test(key))
      ? prose(OF_THE_LEADER, sheet, 'dim')
      : []),
    ...workers.flatMap((worker) => [safe``, ...propertyLines(worker, sheet)]),
  ]
}

const SIZE = /Space Used|Memory|Disk Usage|Batches|Cache (?:Hits|Misses|Evictions|Overflows)|Heap Blocks/

/** show_sort_info, show_hashagg_info and the like of explain.c print the leader's; show_hash_info the greatest. */
const OF_THE_LEADER = safe`Sizes in memory and on disk, batches and cache counts above are those of the leader, of a Hash the greatest of all.`

function propertyLines(properties: PlanObject, sheet: Sheet): readonly Drawable[] {
  const isIdle = ([key, value]: [string, PlanValue]) => value === 0 && counterGroupOf(key) !== null
  const entries = Object.entries(properties)
  const idle = entries.filter(isIdle).map(([key]) => key)
  return [
    ...entries
      .filter((entry) => !isIdle(entry))
      .flatMap(([key, value]) => fact(toSafeText(`${key}:`), oneLine(value), sheet)),
    ...(idle.length === 0 ? [] : fact(safe`0:`, toSafeText(idle.join(', ')), sheet)),
  ]
}

/** Lists with commas between, groups as PostgreSQL's JSON has them. */
function oneLine(value: PlanValue): SafeText {
  if (isList(value) && value.every((each) => typeof each === 'string')) return toSafeText(value.join(', '))
  if (isGroup(value) || isList(value))
    return toSafeText(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each)))
  return toSafeText(String(value))
}
