/** Nodes that name the same thing. */
import { pairByKey, pairEvenly } from './align.ts'
import { type Item, isData, type Outline, type Thing } from './outline.ts'
import type { Partners } from './partners.ts'

/**
 * Pairs what both plans name. An alias stands for one thing in a plan, so mostly the name says all; of a thing that one
 * plan has more often than the other, those come first where all else is the same as well. At last the name alone: an
 * alias, the sub-plan that it is in and the way to read it may have changed.
 */
export function pairThings(first: Outline, second: Outline, partners: Partners): void {
  const isLeft = (item: Item): item is Named => item.thing !== null && !partners.has(item)
  for (const { keyOf, pair } of LEVELS)
    partners.pairAll(pair<Named>(first.filter(isLeft), second.filter(isLeft), keyOf))
}

type Named = Item & { readonly thing: Thing }

interface Level {
  readonly keyOf: (item: Named) => string
  readonly pair: typeof pairByKey
}

const inUnit = ({ thing, unit }: Named) => [exact(thing), unit].join('\0')
const byThing = ({ thing }: Named) => exact(thing)

const LEVELS: readonly Level[] = [
  { keyOf: inUnit, pair: pairEvenly },
  {
    keyOf: (item) => [inUnit(item), item.type, item.node.indexName ?? '', above(item)].join('\0'),
    pair: pairByKey,
  },
  { keyOf: inUnit, pair: pairByKey },
  { keyOf: byThing, pair: pairByKey },
  { keyOf: ({ thing: { kind, name } }) => [kind, name].join('\0'), pair: pairByKey },
]

function exact({ kind, name, alias }: Thing): string {
  return [kind, name, alias].join('\0')
}

function above(item: Item): string {
  return item.parent === null || !isData(item) ? '' : item.parent.type
}
