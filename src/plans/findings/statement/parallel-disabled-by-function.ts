import { latency } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { sum, textIn } from '../../model/values.ts'
import { callsOf } from '../calls.ts'
import type { RuleContext } from '../context.ts'
import type { FunctionFacts } from '../facts.ts'
import type { Found } from '../finding.ts'
import { factsOf } from '../names.ts'
import type { Rule } from '../rule.ts'
import { isBelowGather, isGather } from './regions.ts'
import { settingsOf } from './settings.ts'

/** The default of min_parallel_table_scan_size, in blocks. */
const LEAST_BLOCKS = 1024
/** The default of max_parallel_workers_per_gather. */
const WORKERS = 2

/**
 * One function that is PARALLEL UNSAFE keeps all workers from the statement, wherever it is called; one that is
 * RESTRICTED keeps them from the scan that calls it. Silent where something else keeps them away in any case: a
 * statement that writes or locks rows, a temporary table, settings. Whether the planner would have taken workers
 * otherwise is its own choice by cost.
 */
export const parallelDisabledByFunction = {
  id: 'parallel-disabled-by-function',
  about:
    'A Seq Scan of 8 MB or more runs without workers while the statement calls a function that is PARALLEL UNSAFE, or the scan one that is RESTRICTED.',
  source: 'manual 15.2 and 15.4 (parallel labeling for functions)',
  find: (context) => {
    const scans = scansOf(context)
    if (scans.length === 0) return []
    const unsafe = functionsOf(context.model.nodes, 'unsafe', context)
    if (unsafe.length > 0) return context.model.nodes.some(isGather) ? [] : [findFor(scans, unsafe, context)]
    return scans.flatMap((scan) => {
      const restricted = functionsOf([scan], 'restricted', context)
      return restricted.length === 0 ? [] : [findFor([scan], restricted, context)]
    })
  },
} satisfies Rule

/** Scans that workers could share; the most expensive first. */
function scansOf(context: RuleContext): readonly PlanNode[] {
  const settings = settingsOf(context)
  if (
    ['max_parallel_workers_per_gather', 'max_parallel_workers'].some((name) => textIn(settings, name) === '0')
  )
    return []
  if (context.model.nodes.some(({ type }) => type === 'ModifyTable' || type === 'LockRows')) return []
  return context.executed
    .filter((node) => node.type === 'Seq Scan' && !isBelowGather(node))
    .filter((node) => context.isHot(node) && !context.isStoppedEarly(node))
    .filter((node) => isLarge(node, context) && !isTemporary(node, context))
    .toSorted((a, b) => b.exclWallMs - a.exclWallMs)
}

function isLarge(node: PlanNode, { facts }: RuleContext): boolean {
  const { buffers, loops } = node
  const read = (buffers['Shared Hit Blocks'] ?? 0) + (buffers['Shared Read Blocks'] ?? 0)
  return Math.max(factsOf(node, facts)?.pages ?? 0, read / (loops ?? 1)) >= LEAST_BLOCKS
}

function isTemporary(node: PlanNode, { facts }: RuleContext): boolean {
  const schema = textIn(node.raw.properties, 'Schema') ?? factsOf(node, facts)?.schema
  return schema?.startsWith('pg_temp') === true
}

function functionsOf(
  nodes: readonly PlanNode[],
  parallel: FunctionFacts['parallel'],
  { facts }: RuleContext,
): readonly FunctionFacts[] {
  const called = new Set(nodes.flatMap((node) => callsOf(node).map(({ text }) => text)))
  return (facts?.functions ?? []).filter((each) => each.parallel === parallel && called.has(each.name))
}

function findFor(
  scans: readonly PlanNode[],
  functions: readonly FunctionFacts[],
  context: RuleContext,
): Found {
  const { hasTiming } = context.model
  const names = functions.map(({ name }) => name).join(', ')
  const scanMs = sum(scans.map(({ exclWallMs }) => exclWallMs))
  const workers = Number(textIn(settingsOf(context), 'max_parallel_workers_per_gather') ?? WORKERS)
  const signatures = functions.flatMap(({ signature }) => signature ?? [])
  const isOwn = signatures.length === functions.length
  return {
    node: scans[0] ?? null,
    savesMs: hasTiming ? scanMs * (workers / (workers + 1)) : null,
    title: `${names} may keep workers from ${hasTiming ? `${latency(scanMs / 1000)} of scans` : 'scans'}`,
    advice: isOwn
      ? 'Functions are PARALLEL UNSAFE unless marked otherwise. Mark it PARALLEL SAFE if it writes nothing, uses no sequence, temporary table or cursor, and changes no setting.'
      : 'Call it in a statement of its own, or above the part that reads most, so that workers can share the rest.',
    remedy: isOwn
      ? signatures.map((signature) => `ALTER FUNCTION ${signature} PARALLEL SAFE;`).join('\n')
      : null,
    evidence: [
      ...functions.map(({ name, parallel }) => ({
        label: name,
        value: `PARALLEL ${String(parallel).toUpperCase()}`,
        unit: 'text' as const,
      })),
      ...(hasTiming ? [{ label: 'scans without workers', value: scanMs, unit: 'ms' as const }] : []),
    ],
  }
}
