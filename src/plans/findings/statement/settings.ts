/** What EXPLAIN (SETTINGS) tells. */
import { groupIn } from '../../model/values.ts'
import type { PlanObject } from '../../plan.ts'
import type { RuleContext } from '../context.ts'

/** The settings that the planner heeds and that differ from their defaults, as texts; empty where it was not asked. */
export function settingsOf({ model }: RuleContext): PlanObject {
  return groupIn(model.statement.properties, 'Settings')
}
