/** Which nodes of two plans are the same ones. */
import type { PlanModel } from '../model/model.ts'
import { compareOutlines, type Item, isData, type Outline, outlineOf } from './outline.ts'
import { Partners } from './partners.ts'
import { type Reach, reachesOf } from './reach.ts'
import { pairThings } from './things.ts'
import { pairByPlace, pairByReach, pairTops } from './wrappers.ts'

export interface Match {
  readonly before: Outline
  readonly after: Outline
  readonly partners: Partners
  readonly reaches: ReadonlyMap<Item, Reach>
}

/**
 * Nodes that name the same thing are the same, then those over the same things, then those in the same place. Which of
 * the plans comes first makes no difference: choices that are equally good are made in an order of the plans' own.
 */
export function matchPlans(before: PlanModel, after: PlanModel): Match {
  const outlines = { before: outlineOf(before), after: outlineOf(after) }
  const isInOrder = compareOutlines(outlines.before, outlines.after) <= 0
  const first = isInOrder ? outlines.before : outlines.after
  const second = isInOrder ? outlines.after : outlines.before
  const partners = new Partners()
  pairThings(first, second, partners)
  const reaches = reachesOf(first, second, partners)
  const shared = { first, second, partners, reaches }
  if (!areStrangers(shared)) {
    pairByReach(shared)
    pairTops(shared)
    pairByPlace(shared)
  }
  return { ...outlines, partners, reaches }
}

/** Nodes that are joined to something else than before, with all below them; those of the second plan. */
export function movedIn({ before, after, partners, reaches }: Match): ReadonlySet<Item> {
  const [above, formerlyAbove] = [holdsOf(after, partners, reaches), holdsOf(before, partners, reaches)]
  return new Set(
    after.filter((item) => {
      const former = partners.of(item)
      if (former === null) return false
      const [hold, formerHold] = [above.get(item) ?? null, formerlyAbove.get(former) ?? null]
      if (hold !== null && formerHold !== null) return partners.of(hold) !== formerHold
      return hold !== formerHold || !isSameUnit(item.unitRoot, former.unitRoot, partners)
    }),
  )
}

/** Both name things, and none of them the same. */
function areStrangers({ first, second, partners }: Pick<Match, 'partners'> & Sides): boolean {
  const namesNothing = (outline: Outline) => outline.every(({ thing }) => thing === null)
  return !first.some((item) => partners.has(item)) && !namesNothing(first) && !namesNothing(second)
}

interface Sides {
  readonly first: Outline
  readonly second: Outline
}

/** The nearest node above each that says where it belongs: one that both plans have, or one that joins. */
function holdsOf(
  outline: Outline,
  partners: Partners,
  reaches: ReadonlyMap<Item, Reach>,
): ReadonlyMap<Item, Item> {
  const holds = new Map<Item, Item>()
  for (const item of outline) {
    const { parent } = item
    if (parent === null || !isData(item)) continue
    const isHold = partners.has(parent) || reaches.get(parent)?.isBranch === true
    const hold = isHold ? parent : holds.get(parent)
    if (hold !== undefined) holds.set(item, hold)
  }
  return holds
}

function isSameUnit(root: Item, former: Item, partners: Partners): boolean {
  return partners.of(root) === former || root.unit === former.unit
}
