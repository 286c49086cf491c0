import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { modelJson } from '#src/plans/model/json.ts'
import type { PlanModel } from '#src/plans/model/model.ts'
import type { PlanObject, RawNode } from '#src/plans/plan.ts'
import { initPlan, modelFrom, subPlan } from './model-plans.ts'

/** What a node of a random plan does itself, and what hangs below it. */
interface Spec {
  readonly ownMs: number
  readonly blocks: number
  readonly loops: number
  readonly type: 'Gather' | 'Append'
  readonly children: readonly Spec[]
  readonly subPlan: Spec | null
  readonly initPlan: Spec | null
  /** Whether the first child mentions the InitPlan, rather than the owner. */
  readonly isNeededBelow: boolean
  /** A CTE with a scan of it beside the children. */
  readonly cte: Spec | null
  /** A CTE that changes data and is not read. */
  readonly modifying: Spec | null
}

function specOf(depth: number): fc.Arbitrary<Spec> {
  const maybe = depth === 0 ? fc.constant(null) : fc.option(specOf(depth - 1), { freq: 1 })
  return fc.record({
    ownMs: fc.integer({ min: 0, max: 1_000_000 }).map((micros) => micros / 1000),
    blocks: fc.nat({ max: 1000 }),
    loops: fc.integer({ min: 1, max: 5 }),
    type: fc.constantFrom('Gather', 'Append'),
    children: depth === 0 ? fc.constant([]) : fc.array(specOf(depth - 1), { maxLength: 3 }),
    subPlan: maybe,
    initPlan: maybe,
    isNeededBelow: fc.boolean(),
    cte: maybe,
    modifying: maybe,
  })
}

const spec = specOf(3)

const BLOCKS = 'Shared Hit Blocks'

interface Grown {
  readonly raw: RawNode
  readonly wallMs: number
  readonly blocks: number
}

/** Makes plans whose times and blocks are what such a run would print, and remembers what each node did itself. */
class Planter {
  readonly own = new Map<RawNode, { readonly ms: number; readonly blocks: number }>()
  outsideMs = 0
  #names = 0

  plant(spec: Spec, more: PlanObject = {}, participants = 1, loops = spec.loops): Grown {
    const isGather = spec.type === 'Gather' && participants === 1
    const name = ++this.#names
    const aside = (child: Spec, properties: PlanObject): Grown => this.plant(child, properties, participants)

    const init = spec.initPlan && aside(spec.initPlan, initPlan(`InitPlan ${name}`))
    const mention = { Filter: `(a > (InitPlan ${name}).col1)` }
    const isBelow = spec.isNeededBelow && spec.children.length > 0 && !isGather
    const children = spec.children.map((child, index) => {
      const isConsumer = init !== null && isBelow && index === 0
      const properties = isConsumer || (isGather && index === 0) ? mention : {}
      const processes = isGather ? 3 : participants
      const grown = this.plant(child, properties, processes, isGather ? loops * processes : child.loops)
      return isConsumer ? this.#paying(grown, init, processes) : grown
    })

    const cte = spec.cte && !isGather ? aside(spec.cte, initPlan(`CTE c${name}`)) : null
    const scan: Spec = { ...LEAF, ownMs: 0.5, blocks: 7 }
    const scanned = cte && this.plant(scan, { 'Node Type': 'CTE Scan', 'CTE Name': `c${name}` }, participants)
    const modifying = spec.modifying && aside(spec.modifying, initPlan(`CTE m${name}`))
    this.outsideMs += modifying?.wallMs ?? 0

    const within = [
      ...children,
      ...(spec.subPlan ? [aside(spec.subPlan, subPlan)] : []),
      ...(cte && scanned ? [this.#paying(scanned, cte, participants)] : []),
    ]
    const beside = [init, cte, modifying].filter((grown) => grown !== null)
    const paid = init !== null && !isBelow ? [init] : []
    const wallMs = total([...within, ...paid].map((each) => each.wallMs)) + spec.ownMs
    const blocks = total([...within, ...paid].map((each) => each.blocks)) + spec.blocks
    const raw: RawNode = {
      properties: {
        'Node Type': isGather ? 'Gather' : 'Append',
        'Parent Relationship': 'Member',
        'Actual Startup Time': 0,
        'Actual Total Time': (wallMs * participants) / loops,
        'Actual Rows': 1,
        'Actual Loops': loops,
        [BLOCKS]: blocks,
        ...(init !== null && !isBelow && mention),
        ...more,
      },
      workers: [],
      children: [...beside, ...within].map((each) => each.raw),
    }
    this.own.set(raw, { ms: spec.ownMs, blocks: spec.blocks })
    return { raw, wallMs, blocks }
  }

  /** The same node with the time and blocks of a sub-plan that ran within it. */
  #paying({ raw, wallMs, blocks }: Grown, { wallMs: ms, blocks: more }: Grown, participants: number): Grown {
    const loops = Number(raw.properties['Actual Loops'])
    const properties = {
      ...raw.properties,
      'Actual Total Time': ((wallMs + ms) * participants) / loops,
      [BLOCKS]: blocks + more,
    }
    const paying = { ...raw, properties }
    this.own.set(paying, this.own.get(raw) ?? { ms: 0, blocks: 0 })
    return { raw: paying, wallMs: wallMs + ms, blocks: blocks + more }
  }
}

const LEAF: Spec = {
  ownMs: 0,
  blocks: 0,
  loops: 1,
  type: 'Append',
  children: [],
  subPlan: null,
  initPlan: null,
  isNeededBelow: false,
  cte: null,
  modifying: null,
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0)
}

function plantedFrom(spec: Spec): { readonly model: PlanModel; readonly planter: Planter } {
  const planter = new Planter()
  return { model: modelFrom(planter.plant(spec, {}, 1, 1).raw), planter }
}

describe('whatever ran in a plan', () => {
  test('each node gets back the time and the blocks that it used itself', () => {
    fc.assert(
      fc.property(spec, (random) => {
        const { model, planter } = plantedFrom(random)
        for (const node of model.nodes) {
          expect(node.exclWallRawMs).toBeCloseTo(planter.own.get(node.raw)?.ms ?? Number.NaN, 6)
          expect(node.exclBuffers[BLOCKS] ?? 0).toBe(planter.own.get(node.raw)?.blocks)
        }
      }),
    )
  })

  test('nothing is lost or counted twice', () => {
    fc.assert(
      fc.property(spec, (random) => {
        const { model, planter } = plantedFrom(random)
        expect(model.outsideRootMs).toBeCloseTo(planter.outsideMs, 6)
        expect(model.identityErrorMs).toBeCloseTo(0, 6)
        const used = total(model.nodes.map(({ exclBuffers }) => exclBuffers[BLOCKS] ?? 0))
        const outside = total(model.outsideRoot.map(({ buffers }) => buffers[BLOCKS] ?? 0))
        expect(used).toBe((model.root?.buffers[BLOCKS] ?? 0) + outside)
      }),
    )
  })

  test('places and links agree', () => {
    fc.assert(
      fc.property(spec, (random) => {
        const { nodes } = plantedFrom(random).model
        for (const [index, node] of nodes.entries()) {
          expect(node.index).toBe(index)
          expect(node.children.map(({ path }) => path)).toEqual(
            node.raw.children.map((_, place) => `${node.path}.${place}`),
          )
          for (const child of node.children) expect(child.parent).toBe(node)
        }
      }),
    )
  })
})

const number = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.double({ noNaN: true }),
  fc.string(),
  fc.constant(null),
)
function nonsenseOf(depth: number): fc.Arbitrary<RawNode> {
  return fc.record({
    properties: fc.dictionary(
      fc.constantFrom(
        ...['Node Type', 'Parent Relationship', 'Subplan Name', 'CTE Name', 'Filter', 'Output', 'Plan Rows'],
        ...['Actual Total Time', 'Actual Startup Time', 'Actual Rows', 'Actual Loops', BLOCKS, 'Strategy'],
      ),
      fc.oneof(
        number,
        fc.constantFrom('Gather', 'CTE Scan', 'InitPlan', 'CTE c', 'c', 'InitPlan 1 (returns $0)', '$0'),
        fc.array(fc.constantFrom('$0', 'x'), { maxLength: 2 }),
      ),
    ),
    workers: fc.constant([]),
    children: depth === 0 ? fc.constant([]) : fc.array(nonsenseOf(depth - 1), { maxLength: 3 }),
  })
}

test('a plan that makes no sense is still no reason to fail', () => {
  fc.assert(fc.property(nonsenseOf(4), (root) => void JSON.stringify(modelJson(modelFrom(root)))))
})

test('a plan is as deep as its author likes', () => {
  let root: RawNode = { properties: { 'Node Type': 'Result' }, workers: [], children: [] }
  for (let depth = 1; depth < 20_000; depth += 1) root = { ...root, children: [root] }
  expect(modelFrom(root).nodes.at(-1)?.depth).toBe(19_999)
})
