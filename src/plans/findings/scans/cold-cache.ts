import { BLOCK_BYTES, bytes, percent } from '#src/text/units.ts'
import { hitBlocks, readBlocks } from '../../blocks.ts'
import { counterGroupOf } from '../../model/counters.ts'
import type { PlanModel } from '../../model/model.ts'
import type { PlanNode } from '../../model/node.ts'
import { sum } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'

const LEAST_BLOCKS = 1_000
const LEAST_SHARE = 0.1

/**
 * Once for the whole statement, at the node that read most: where it was the first to run after something else, each
 * of its nodes is cold. How much of the time that was is not known without track_io_timing; with it io-bound tells
 * exactly.
 */
export const coldCache = {
  id: 'cold-cache',
  about:
    'At least a tenth of the blocks, 1000 or more, were not in shared buffers, and a node that read them takes time; only without I/O times.',
  source: 'manual 14.1.2 (BUFFERS); pgexplain (cache hits below 90 %), pganalyze (I/O heavy)',
  find: (context) => (context.model.hasBuffers && !hasIoTimes(context.model) ? findIn(context) : []),
} satisfies Rule

function findIn(context: RuleContext): readonly Found[] {
  const cold = context.executed.filter(
    (node) => isCold(node) && context.isHot(node) && !context.isStoppedEarly(node),
  )
  const read = sum(context.executed.map(({ exclBuffers }) => readBlocks(exclBuffers)))
  const hit = sum(context.executed.map(({ exclBuffers }) => hitBlocks(exclBuffers)))
  const share = read / (read + hit)
  const [first] = cold
  if (first === undefined || read < LEAST_BLOCKS || share < LEAST_SHARE) return []
  const most = (a: PlanNode, b: PlanNode) => (readBlocks(b.exclBuffers) > readBlocks(a.exclBuffers) ? b : a)
  return [
    {
      node: cold.reduce(most, first),
      savesMs: null,
      title: `${percent(share)} of ${bytes((read + hit) * BLOCK_BYTES)} were not in shared buffers`,
      advice:
        'Run it once more before judging: what was read is cached now. Where it stays so the data does not fit: read less of it, or give it more shared_buffers; track_io_timing tells what the reading cost.',
      remedy: null,
      evidence: [
        { label: 'blocks read', value: read, unit: 'blocks' },
        { label: 'blocks hit', value: hit, unit: 'blocks' },
        { label: 'read', value: share, unit: 'ratio' },
      ],
    },
  ]
}

function isCold({ exclBuffers }: PlanNode): boolean {
  const read = readBlocks(exclBuffers)
  return read > 0 && read >= (read + hitBlocks(exclBuffers)) * LEAST_SHARE
}

function hasIoTimes({ nodes }: PlanModel): boolean {
  return nodes.some(({ raw }) => Object.keys(raw.properties).some((key) => counterGroupOf(key) === 'io'))
}
