import { bytes, percent, things } from '#src/text/units.ts'
import { groupIn, numberIn, textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { LEAST_MS } from './least.ts'

const LEAST_SHARE = 0.3
const LEAST_WIDTH = 2000
const LEAST_ROWS = 10_000

/**
 * EXPLAIN (SERIALIZE), from PostgreSQL 17 on, makes the result into what would be sent; without it, ANALYZE throws rows
 * away as they are and nothing of that is in any time. Then rows that the planner expects to be wide are all that can be
 * told. The way over the network is in neither.
 */
export const slowResultDelivery = {
  id: 'slow-result-delivery',
  about:
    'Serialization takes 30 % of the execution or more; or, where it was not measured, 10 000 rows or more of 2000 bytes each go to the client.',
  source: 'manual, EXPLAIN (SERIALIZE); thresholds of rows and width of pgplan',
  find: (context) => {
    const { serializationMs } = context.model
    return serializationMs === null ? wideRows(context) : serialized(serializationMs, context)
  },
} satisfies Rule

const ADVICE =
  'Select only the columns that are needed, above all no large text, json or bytea; fetch in parts; drivers that take binary results spare the server making text.'

function serialized(ms: number, { model, wholeMs, isWorth }: RuleContext): readonly Found[] {
  if (ms < LEAST_MS || !isWorth(ms) || ms < LEAST_SHARE * wholeMs) return []
  const serialization = groupIn(model.statement.properties, 'Serialization')
  const kilobytes = numberIn(serialization, 'Output Volume')
  const format = textIn(serialization, 'Format')
  return [
    {
      node: null,
      savesMs: ms,
      title: `making the result into ${format ?? 'what is sent'} takes ${percent(ms / wholeMs)} of the execution`,
      advice: ADVICE,
      remedy: null,
      evidence: [
        { label: 'serialization', value: ms, unit: 'ms' },
        ...(kilobytes === null ? [] : [{ label: 'output', value: kilobytes * 1024, unit: 'bytes' as const }]),
      ],
    },
  ]
}

function wideRows({ model: { root, isExecuted } }: RuleContext): readonly Found[] {
  const width = root === null ? null : numberIn(root.raw.properties, 'Plan Width')
  const rows = root?.rowsTotal ?? null
  if (!isExecuted || width === null || rows === null || width < LEAST_WIDTH || rows < LEAST_ROWS) return []
  return [
    {
      node: root,
      savesMs: null,
      title: `${things(rows, 'row')} of about ${bytes(width)} each go to the client`,
      advice: `Sending them is in none of these times. ${ADVICE}`,
      remedy: null,
      evidence: [
        { label: 'rows', value: rows, unit: 'rows' },
        { label: 'expected width', value: width, unit: 'bytes' },
        { label: 'about', value: rows * width, unit: 'bytes' },
      ],
    },
  ]
}
