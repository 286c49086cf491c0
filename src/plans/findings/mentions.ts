/** What a plan mentions, so that a server can be asked about it. */
import type { PlanModel } from '../model/model.ts'
import { groupsIn, textIn } from '../model/values.ts'
import type { PlanObject } from '../plan.ts'
import { callsOf } from './calls.ts'

/** A relation by name; the schema is null where it is not printed (without VERBOSE). */
export interface MentionedRelation {
  readonly schema: string | null
  readonly name: string
}

/** A function by name; `text` is how the plan writes it. */
export interface MentionedFunction extends MentionedRelation {
  readonly text: string
}

/** The constraint of a trigger that ran, and the relation that the trigger is on, which has no schema in any plan. */
export interface MentionedConstraint {
  readonly name: string
  readonly relation: string
}

export interface Mentions {
  readonly relations: readonly MentionedRelation[]
  readonly functions: readonly MentionedFunction[]
  readonly constraints: readonly MentionedConstraint[]
}

/** Each thing once, in the order of the plan. */
export function mentionsOf(model: PlanModel): Mentions {
  return {
    relations: unique(model.nodes.flatMap(({ raw }) => relationsIn(raw.properties))),
    functions: unique(
      model.nodes.flatMap((node) => callsOf(node).map(({ schema, name, text }) => ({ schema, name, text }))),
    ),
    constraints: unique(
      model.triggers.flatMap(({ constraint, relation }) =>
        constraint === null || relation === null ? [] : [{ name: constraint, relation }],
      ),
    ),
  }
}

/** What a node scans or changes; a ModifyTable over partitions lists them as `Target Tables`. */
function relationsIn(properties: PlanObject): readonly MentionedRelation[] {
  return [properties, ...groupsIn(properties, 'Target Tables')].flatMap((group) => {
    const name = textIn(group, 'Relation Name')
    return name === null ? [] : [{ schema: textIn(group, 'Schema'), name }]
  })
}

function unique<T extends object>(things: readonly T[]): readonly T[] {
  return [...new Map(things.map((thing) => [JSON.stringify(thing), thing])).values()]
}
