import { things } from '#src/text/units.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import { factsOf, relationOf } from '../names.ts'
import type { Rule } from '../rule.ts'
import { decisionName, type FirstDivergence, firstDivergencesOf } from './divergences.ts'
import { isJoin } from './sides.ts'
import { isStale } from './stale-statistics.ts'
import { savingOf } from './times.ts'

/**
 * Only the lowest node is named, for what is built on it inherits its error, and only where a join, sort or hash above
 * was chosen for that number of rows and takes time worth a finding. What could go is what that took beside the rows
 * themselves.
 */
export const misestimate = {
  id: 'misestimate',
  about:
    'The lowest node whose rows were estimated wrong by ten times and 100 rows or more, where a join, sort or hash aggregate worth a finding rests on them.',
  source: 'manual 14.2 (statistics used by the planner); pgAdmin and pev2 (10, 100, 1000 times), pganalyze',
  find: (context) => firstDivergencesOf(context).map((divergence) => foundFor(divergence, context)),
} satisfies Rule

function foundFor(divergence: FirstDivergence, context: RuleContext): Found {
  const { node, expected, actual, isPerLoop, factor, decision } = divergence
  const rows = (amount: number) => things(isPerLoop && amount < 10 ? amount : Math.round(amount), 'row')
  const times = isPerLoop ? ' a loop' : ''
  const name = decisionName(decision)
  const above = decision.node === node ? 'it' : `${name === 'aggregate' ? 'an' : 'a'} ${name}`
  return {
    node,
    savesMs: savingOf(context, decision.ms),
    title: `${rows(expected)}${times} expected, ${came(divergence, rows(actual))}; ${above} rests on that`,
    ...adviceFor(divergence, context),
    evidence: [
      { label: 'rows expected', value: expected, unit: 'rows' },
      { label: 'rows that came', value: actual, unit: 'rows' },
      { label: isAtLeast(divergence) ? 'wrong at least by' : 'wrong by', value: factor, unit: 'factor' },
      { label: 'rests on it', value: decisionName(decision), unit: 'text' },
    ],
  }
}

function came(divergence: FirstDivergence, rows: string): string {
  if (isAtLeast(divergence)) return 'hardly any came'
  return `${rows} came`
}

/** The average over many loops was printed as 0. */
function isAtLeast({ node, isPerLoop }: FirstDivergence): boolean {
  return isPerLoop && node.estimate?.applicable === true && node.estimate.isAtLeast
}

function adviceFor({ node }: FirstDivergence, context: RuleContext): Pick<Found, 'advice' | 'remedy'> {
  const relation = relationOf(node, context.facts)
  if (relation !== null) return adviceForScan(relation, isFresh(node, context))
  if (isJoin(node))
    return {
      advice:
        'It is the join that was estimated wrong: a value of the columns that are joined has more or fewer partners than the average tells. A higher statistics target of these columns helps where few values are common.',
      remedy: null,
    }
  switch (node.type) {
    case 'Aggregate':
    case 'Group':
    case 'Unique':
      return {
        advice:
          'The number of groups was estimated wrong: extended statistics (ndistinct) for several columns, n_distinct or a higher statistics target for one.',
        remedy: null,
      }
    case 'Function Scan':
    case 'Table Function Scan':
      return {
        advice:
          'What a function returns is a guess unless it says: ALTER FUNCTION … ROWS, or a support function.',
        remedy: null,
      }
    case 'Append':
    case 'Merge Append':
      return { advice: 'ANALYZE its members and the table they are partitions of.', remedy: null }
    case 'Foreign Scan':
      return {
        advice: 'Let the foreign server estimate (use_remote_estimate), or ANALYZE the foreign table.',
        remedy: null,
      }
    default:
      return {
        advice:
          'The planner has no statistics on computed rows: filter them where the columns of a table are known, or put the part that is right into a table of its own and ANALYZE it.',
        remedy: null,
      }
  }
}

function adviceForScan(relation: string, isFresh: boolean): Pick<Found, 'advice' | 'remedy'> {
  return isFresh
    ? {
        advice:
          'Statistics are up to date, so they lack what the filter asks: a higher statistics target, extended statistics on columns that depend on each other, or on the expression.',
        remedy: null,
      }
    : {
        advice:
          'ANALYZE it; if the estimate stays wrong, raise the statistics target of the filtered columns or create extended statistics.',
        remedy: `ANALYZE ${relation};`,
      }
}

/** Whether the server tells that the statistics are up to date. */
function isFresh(node: FirstDivergence['node'], { facts }: RuleContext): boolean {
  const relation = factsOf(node, facts)
  return relation !== null && !isStale(relation)
}
