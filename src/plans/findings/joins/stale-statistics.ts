import { quoteIdentifier } from '#src/text/identifiers.ts'
import { things, timestamp } from '#src/text/units.ts'
import type { RuleContext } from '../context.ts'
import type { RelationFacts } from '../facts.ts'
import type { Found } from '../finding.ts'
import { factsOf } from '../names.ts'
import type { Rule } from '../rule.ts'
import { type FirstDivergence, firstDivergencesOf, scansBelow } from './divergences.ts'
import { savingOf } from './times.ts'

/** Twice what autovacuum waits for (autovacuum_analyze_scale_factor is 0.1). */
const STALE_SHARE = 0.2
/** Its autovacuum_analyze_threshold: changes to fewer rows do not make estimates of thousands wrong. */
const LEAST_CHANGED = 50

/**
 * Old statistics alone harm nothing: it speaks only of tables whose rows lead to a misestimate that something rests on.
 * A table that was never analyzed since its statistics of activity were reset may have been before; wrong estimates
 * make it likely that it was not, and ANALYZE is cheap.
 */
export const staleStatistics = {
  id: 'stale-statistics',
  about:
    'Rows of a table lead to a misestimate, and a fifth of it or more changed since the last ANALYZE, or there was none.',
  source:
    'manual 25.1.3 (updating planner statistics), pg_stat_all_tables.n_mod_since_analyze; pgexplain, pganalyze',
  find: (context) => {
    const told = new Set<RelationFacts>()
    return firstDivergencesOf(context)
      .toSorted((one, other) => other.decision.ms - one.decision.ms)
      .flatMap((divergence) => findFor(divergence, context, told))
  },
} satisfies Rule

/** Whether so much changed since the last ANALYZE that estimates may be wrong. */
export function isStale({ analyzedAt, modifiedSinceAnalyze, tuples }: RelationFacts): boolean {
  if (analyzedAt === null) return true
  const changed = modifiedSinceAnalyze ?? 0
  return changed > LEAST_CHANGED && changed >= STALE_SHARE * (tuples ?? 0)
}

/** One for each table: `told` has those of dearer divergences. */
function findFor(
  { node, decision }: FirstDivergence,
  context: RuleContext,
  told: Set<RelationFacts>,
): readonly Found[] {
  return scansBelow(node).flatMap((scan) => {
    const facts = factsOf(scan, context.facts)
    if (facts === null || told.has(facts) || !isStale(facts)) return []
    told.add(facts)
    const { name, schema, tuples, modifiedSinceAnalyze, analyzedAt } = facts
    const changed = modifiedSinceAnalyze ?? 0
    return [
      {
        node: scan,
        savesMs: savingOf(context, decision.ms),
        title:
          analyzedAt === null
            ? `no ANALYZE of ${name} is known`
            : `${things(changed, 'row')} of ${name} changed since the last ANALYZE`,
        advice:
          analyzedAt === null
            ? 'Without statistics the planner guesses. ANALYZE it, and find out why autovacuum did not.'
            : `The estimate is wrong where the statistics are old. ANALYZE it; a lower autovacuum_analyze_scale_factor of the table lets autovacuum do so in time.`,
        remedy: `ANALYZE ${quoteIdentifier(schema)}.${quoteIdentifier(name)};`,
        evidence: [
          { label: 'rows changed since ANALYZE', value: changed, unit: 'rows' },
          {
            label: 'rows in the table',
            value: tuples ?? 'never counted',
            unit: tuples === null ? 'text' : 'rows',
          },
          {
            label: 'last ANALYZE, UTC',
            value: analyzedAt === null ? 'none known' : timestamp(analyzedAt),
            unit: 'text',
          },
        ],
      },
    ]
  })
}
