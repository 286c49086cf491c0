import { latency } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { sum, textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import { relationOf } from '../names.ts'
import type { Rule } from '../rule.ts'
import { isForeignScan } from './foreign-source.ts'
import { LEAST_MS } from './least.ts'
import { settingsOf } from './settings.ts'

/**
 * Members of an Append are asked one after the other unless they are async capable, which postgres_fdw offers from
 * PostgreSQL 14 on. At once they take no longer than the slowest: that is what could go, if they are on different
 * servers; those of one server share its connection.
 */
export const sequentialForeignScans = {
  id: 'sequential-foreign-scans',
  about:
    'Two Foreign Scans or more of an Append run one after the other, and running them at once would save time worth a finding.',
  source: 'manual F.38.1.5 (postgres_fdw: async_capable)',
  find: (context) =>
    context.executed
      .filter((node) => node.type === 'Append' && !context.isStoppedEarly(node))
      .flatMap((node) => findFor(node, context)),
} satisfies Rule

function findFor(append: PlanNode, context: RuleContext): readonly Found[] {
  const members = append.children.filter((node) => isForeignScan(node) && (node.loops ?? 0) > 0)
  const times = members.map(({ inclWallMs }) => inclWallMs)
  const savesMs = sum(times) - Math.max(0, ...times)
  const { hasTiming, nodes } = context.model
  // Up to PostgreSQL 13 there is no such thing, and `Async Capable` is not printed.
  const isKnown = nodes.some(({ raw }) => 'Async Capable' in raw.properties)
  if (members.length < 2 || !isKnown || members.some(isAsync) || !members.every(mayBeAsync)) return []
  const certainMs = savesMs - append.roundingEpsMs
  if (hasTiming && (certainMs < LEAST_MS || !context.isWorth(certainMs))) return []
  const isOff = textIn(settingsOf(context), 'enable_async_append') === 'off'
  return [
    {
      node: append,
      savesMs: hasTiming ? savesMs : null,
      title: `${members.length} foreign scans run one after the other${hasTiming ? `, for ${latency(sum(times) / 1000)}` : ''}`,
      advice: isOff
        ? 'enable_async_append is off, so no Append asks several servers at once.'
        : 'Mark the tables, or their servers, async_capable: foreign tables of different servers are then asked at once.',
      remedy: isOff ? 'SET enable_async_append = on;' : remedyFor(members, context),
      evidence: members.map((member) => ({
        label: member.relation ?? member.path,
        value: member.inclWallMs,
        unit: 'ms',
      })),
    },
  ]
}

function isAsync({ raw }: PlanNode): boolean {
  return raw.properties['Async Capable'] === true
}

/** `Remote SQL` is what postgres_fdw prints with VERBOSE; another wrapper prints other things. */
function mayBeAsync({ raw: { properties } }: PlanNode): boolean {
  const isVerbose = 'Output' in properties
  return 'Remote SQL' in properties || (!isVerbose && !('Foreign File' in properties))
}

/** Null where a member is a pushed down join, which has no table of its own. */
function remedyFor(members: readonly PlanNode[], { facts }: RuleContext): string | null {
  const tables = members.map((member) => relationOf(member, facts))
  return tables.includes(null)
    ? null
    : tables.map((table) => `ALTER FOREIGN TABLE ${table} OPTIONS (ADD async_capable 'true');`).join('\n')
}
