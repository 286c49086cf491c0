/** The scans of a plan as rules look at them: the partitions of one table are one scan. */
import { quoteIdentifier } from '#src/text/identifiers.ts'
import { touchedBlocks } from '../../blocks.ts'
import type { PlanModel } from '../../model/model.ts'
import type { PlanNode } from '../../model/node.ts'
import { numberIn, sum, textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'

/** Some of JIT, the generation of code, comes before. */
const MOST_OF_JIT = 0.8

/**
 * A scan, or all scans of one Append that do the same: of twelve partitions each may take too little to speak of, and
 * together they take all of the time. Numbers are those of all members, over all loops and processes.
 */
export interface Scan {
  /** The member that takes most. */
  readonly node: PlanNode
  readonly members: readonly PlanNode[]
  /** `seq scan`, `12 index scans`. */
  readonly title: string
  readonly loops: number
  readonly rows: number
  readonly rowsRounding: number
  /** Its own share of the clock on the wall without what JIT compiled in it, ms, and how far rounding may be off. */
  readonly ownMs: number
  readonly roundingMs: number
  /** Blocks of its own, each as often as it was looked at. */
  readonly touched: number
}

/** Every scan of these types that ran to its end, hot or not. A Limit that had its rows makes the others incomplete. */
export function scansOf(context: RuleContext, types: readonly string[]): readonly Scan[] {
  const known = scansByType.get(context) ?? groupedScans(context)
  scansByType.set(context, known)
  const scans = types.flatMap((type) => known.get(type) ?? [])
  return types.length === 1 ? scans : scans.sort((a, b) => firstIndex(a) - firstIndex(b))
}

/** Nearly every rule on scans asks for them. */
const scansByType = new WeakMap<RuleContext, ReadonlyMap<string, readonly Scan[]>>()

function groupedScans(context: RuleContext): ReadonlyMap<string, readonly Scan[]> {
  const ran = context.executed.filter((node) => node.rowsTotal !== null && !context.isStoppedEarly(node))
  const scans = [...Map.groupBy(ran, groupOf).values()].flatMap((members) => scanOf(members, context.model))
  return Map.groupBy(scans, ({ node }) => node.type)
}

function firstIndex({ members: [first] }: Scan): number {
  return first?.index ?? 0
}

/** A single node as a scan, whatever it is. */
export function scanOf(members: readonly PlanNode[], model: PlanModel): readonly Scan[] {
  const [first] = members
  if (first === undefined) return []
  const node = members.reduce((most, each) => (each.exclWallMs > most.exclWallMs ? each : most), first)
  const of = (value: (node: PlanNode) => number) => sum(members.map(value))
  const word = wordFor(first.type)
  return [
    {
      node,
      members,
      title: members.length > 1 ? `${members.length} ${word}s` : word,
      loops: of(({ loops }) => loops ?? 0),
      rows: of(({ rowsTotal }) => rowsTotal ?? 0),
      rowsRounding: of(({ rowsRounding }) => rowsRounding),
      ownMs: of((each) => each.exclWallMs - compilingMs(each, model)),
      roundingMs: of(({ roundingEpsMs }) => roundingEpsMs),
      touched: of(({ exclBuffers }) => touchedBlocks(exclBuffers)),
    },
  ]
}

/**
 * What could go when this share of its own time did; null where that is not worth a word. Of a plan without times
 * everything is, and how much cannot be said.
 */
export function worthOf(context: RuleContext, scan: Scan, share: number): Pick<Found, 'savesMs'> | null {
  if (!context.model.hasTiming) return { savesMs: null }
  return context.isWorth((scan.ownMs - scan.roundingMs) * share) ? { savesMs: scan.ownMs * share } : null
}

/**
 * JIT compiles all of a statement when the first expression is evaluated, within the startup of that node, which mostly
 * is a scan. To read less would not spare it.
 */
function compilingMs(
  { raw, children, loops, participants, exclWallMs }: PlanNode,
  { jit }: PlanModel,
): number {
  const startupMs = numberIn(raw.properties, 'Actual Startup Time') ?? 0
  const ms = jit?.leaderMs ?? 0
  if (loops !== 1 || participants !== 1 || children.length > 0) return 0
  return startupMs >= ms * MOST_OF_JIT ? Math.min(exclWallMs, ms) : 0
}

/** As prose has it: `index-only scan`; names like ModifyTable stay as they are. */
function wordFor(type: string): string {
  return /[a-z][A-Z]/.test(type) ? type : type.toLowerCase().replace('index only', 'index-only')
}

/** A verb for the scans of a title: `reads` of one, `read` of several. */
export function verb({ members }: Scan, stem: string): string {
  return members.length > 1 ? stem : `${stem}s`
}

/** Of a filter and the like, without the alias before each column, which differs from partition to partition. */
function groupOf(node: PlanNode): string {
  const { parent, type, index, alias, raw } = node
  if (parent?.type !== 'Append' && parent?.type !== 'Merge Append') return String(index)
  const prefix = `${quoteIdentifier(alias ?? '')}.`
  const conditions = ['Filter', 'Index Cond', 'Recheck Cond'].map((key) =>
    (textIn(raw.properties, key) ?? '').replaceAll(prefix, ''),
  )
  return JSON.stringify([parent.index, type, ...conditions])
}
