import { things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { textIn } from '../../model/values.ts'
import { columnPairOf, conjunctsOf } from '../conditions.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import { relationOf } from '../names.ts'
import type { Rule } from '../rule.ts'
import { unquoted } from '../scans/comparisons.ts'
import { isUnhashedNotIn } from './not-in-unhashed.ts'
import { feedingNodesOf, nameOf } from './sides.ts'
import { certainInclusiveMs, savingOf, shareOf } from './times.ts'

const LEAST_RUNS = 1_000
const LEAST_SHARE = 0.1

/**
 * A sub-query that looks at the row it is asked for runs once for each of them. NOT IN that could not be hashed looks
 * the same and has a rule of its own.
 */
export const hotSubplan = {
  id: 'hot-subplan',
  about:
    'A SubPlan ran 1000 times or more and takes a tenth of the execution or more, with all that is below it.',
  source: 'manual 14.1.1 (SubPlan), 9.24 (subquery expressions); pgplan, pgexplain (1000 loops)',
  find: (context) => context.executed.flatMap((node) => findFor(node, context)),
} satisfies Rule

function findFor(node: PlanNode, context: RuleContext): readonly Found[] {
  const runs = node.loops ?? 0
  if (node.kind !== 'SubPlan' || runs < LEAST_RUNS || isUnhashedNotIn(node)) return []
  if (node.parent !== null && context.isStoppedEarly(node.parent)) return []
  if (context.model.hasTiming && shareOf(context, certainInclusiveMs(node)) < LEAST_SHARE) return []
  return [
    {
      node,
      savesMs: savingOf(context, node.inclWallMs * (1 - node.participants / runs)),
      title: `${node.subplan ?? 'SubPlan'} runs ${things(runs, 'time')}, once for each row`,
      ...adviceFor(node, context),
      evidence: [
        { label: 'runs', value: runs, unit: 'count' },
        ...(context.model.hasTiming
          ? ([{ label: 'time of all runs', value: node.inclWallMs, unit: 'ms' }] as const)
          : []),
      ],
    },
  ]
}

/** A sequential scan in it reads the table each time; where its filter tells the column, an index ends that. */
function adviceFor(node: PlanNode, context: RuleContext): Pick<Found, 'advice' | 'remedy'> {
  const rewrite = 'Rewrite it as a join with a sub-query that is grouped once, or as LATERAL.'
  const scan = [node, ...feedingNodesOf(node)].find(
    ({ type, loops }) => type === 'Seq Scan' && (loops ?? 0) >= LEAST_RUNS,
  )
  if (scan === undefined) return { advice: rewrite, remedy: null }
  const column = correlationOf(scan)
  const relation = relationOf(scan, context.facts)
  const isKnown = column !== null && relation !== null
  return {
    advice: `Each time it reads all of ${nameOf(scan)}: an index on the ${isKnown ? 'column' : 'columns'} it is asked by would find the rows. ${rewrite}`,
    remedy: isKnown ? `CREATE INDEX CONCURRENTLY ON ${relation} (${column});` : null,
  }
}

/** The column of the scanned table that is compared with one of the row outside; null where that is not one alone. */
function correlationOf(scan: PlanNode): string | null {
  const columns = conjunctsOf(textIn(scan.raw.properties, 'Filter') ?? '').flatMap((part) => {
    const pair = columnPairOf(part)
    if (pair === null) return []
    const own = [pair.one, pair.other].filter(
      ({ qualifier }) => qualifier === null || unquoted(qualifier) === scan.alias,
    )
    return own.length === 1 ? own.map(({ column }) => column) : []
  })
  const [column, another] = columns
  return another === undefined ? (column ?? null) : null
}
