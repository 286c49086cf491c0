/** The things that are waited for as rows: who holds each, and its queue in order. */
import type { LockAnalysis } from '#src/locks/analysis.ts'
import { inOrder } from '#src/locks/blockers.ts'
import type { Tree } from '#src/locks/forest.ts'
import { modesOf } from '#src/locks/modes.ts'
import type { Party } from '#src/locks/party.ts'
import { hardBlockersOf, type Thing } from '#src/locks/thing.ts'
import { safe } from '#src/text/safe.ts'
import type { Glyphs } from '#src/theme/theme.ts'
import { type Folding, keyOf, type LocksTableRow, TOGETHER } from './rows.ts'

/** Every thing that is waited for: who holds it, then who stands in its queue, in order. */
export function thingRows(
  analysis: LockAnalysis,
  folding: Folding,
  glyphs: Glyphs,
): readonly LocksTableRow[] {
  const things = [...analysis.dispute.things.values()].toSorted((a, b) => b.queue.length - a.queue.length)
  return things.flatMap((thing) => {
    const key = `thing ${thing.tag}`
    const [front] = thing.queue
    const tree = front === undefined ? null : treeOf(analysis, front.party)
    const rows = [
      ...holderRows(thing, { analysis, tree, folding, glyphs }),
      ...queueRows(thing, { analysis, tree, folding, glyphs }),
    ]
    const isClosed = folding.closed.has(key)
    const head: LocksTableRow = {
      kind: 'thing',
      key,
      prefix: safe``,
      tree,
      thing,
      folded: isClosed ? rows.length : 0,
    }
    return isClosed ? [head] : [head, ...rows]
  })
}

function treeOf(analysis: LockAnalysis, party: Party): Tree | null {
  return analysis.trees.find(({ waiting }) => waiting.includes(party)) ?? null
}

interface ThingDrawing {
  readonly analysis: LockAnalysis
  readonly tree: Tree | null
  readonly glyphs: Glyphs
}

/** Who is in the way of somebody first; the others, who could as well not be there, are drawn together. */
function holderRows(
  thing: Thing,
  { analysis, tree, folding, glyphs }: ThingDrawing & { readonly folding: Folding },
): readonly LocksTableRow[] {
  const prefix = safe`${glyphs.tree.branch} `
  const all = inOrder([...thing.holders.keys()])
  const inTheWay = new Set(thing.queue.flatMap((waiter) => hardBlockersOf(thing, waiter)))
  const harmless = all.filter((party) => !inTheWay.has(party))
  const key = `more ${thing.tag} holders`
  const isOpened = folding.opened.has(key)
  const isTogether = harmless.length >= TOGETHER && !isOpened
  const shown = [...all.filter((party) => inTheWay.has(party)), ...(isTogether ? [] : harmless)]
  return [
    ...shown.map(
      (party): LocksTableRow => ({
        kind: 'party',
        key: `${thing.tag} holds ${keyOf(party)}`,
        prefix,
        tree: analysis.nodeOf(party) === undefined ? null : tree,
        party,
        edge: null,
        folded: 0,
        canFold: false,
        place: null,
        held: modesOf(thing.holders.get(party) ?? 0).toReversed(),
        group: isOpened && harmless.includes(party) ? key : null,
      }),
    ),
    ...(isTogether ? [{ kind: 'more', key, prefix, tree, parties: harmless, edge: null } as const] : []),
  ]
}

/** The queue in its order; neighbours in it who want the same are drawn together. */
function queueRows(
  thing: Thing,
  { analysis, tree, folding, glyphs }: ThingDrawing & { readonly folding: Folding },
): readonly LocksTableRow[] {
  const runs: { readonly mode: string; readonly places: number[] }[] = []
  thing.queue.forEach(({ mode }, index) => {
    const last = runs.at(-1)
    if (last?.mode === mode) last.places.push(index)
    else runs.push({ mode, places: [index] })
  })
  const prefix = safe`${glyphs.tree.branch} `
  return runs.flatMap(({ mode, places: [first = 0, ...rest] }): readonly LocksTableRow[] => {
    const head = thing.queue[first]?.party
    const group = `more ${thing.tag} ${mode} ${head === undefined ? '' : keyOf(head)}`
    const isOpened = folding.opened.has(group)
    const rowAt = (index: number): readonly LocksTableRow[] => {
      const waiter = thing.queue[index]
      if (waiter === undefined) return []
      const { party, wait } = waiter
      const edge = analysis.nodeOf(party)?.edge ?? null
      // A parallel query can stand in a queue with several of its processes.
      const key = `${thing.tag} wants ${wait.pid} ${keyOf(party)}`
      return [
        {
          kind: 'party',
          key,
          prefix,
          tree,
          party,
          edge,
          folded: 0,
          canFold: false,
          place: index + 1,
          held: null,
          group: isOpened ? group : null,
        },
      ]
    }
    if (rest.length < TOGETHER || isOpened) return [first, ...rest].flatMap(rowAt)
    const parties = rest.flatMap((index) => thing.queue[index]?.party ?? [])
    const edge = parties[0] === undefined ? null : (analysis.nodeOf(parties[0])?.edge ?? null)
    return [...rowAt(first), { kind: 'more', key: group, prefix, tree, parties, edge }]
  })
}
