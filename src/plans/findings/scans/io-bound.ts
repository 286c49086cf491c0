import { BLOCK_BYTES, byteRate, latency } from '#src/text/units.ts'
import { readBlocks } from '../../blocks.ts'
import type { Counters } from '../../model/counters.ts'
import { sum } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { type Scan, scansOf, verb, worthOf } from './scan.ts'

const LEAST_SHARE = 0.5

/**
 * I/O times are those of all processes together, so they are divided by the participants before they are compared with
 * a share of the clock. Temporary files are left out: what spills is told by what spilled it.
 */
export const ioBound = {
  id: 'io-bound',
  about: 'A node waits at least half of its own time for blocks of tables and indexes (track_io_timing).',
  source: 'manual 19.9 (track_io_timing); pev2 (I/O speed)',
  find: (context) => {
    const types = [...new Set(context.executed.map(({ type }) => type))]
    return scansOf(context, types).flatMap((scan) => findFor(scan, context))
  },
} satisfies Rule

function findFor(scan: Scan, context: RuleContext): readonly Found[] {
  const readMs = ioOf(scan, 'Read')
  const writeMs = ioOf(scan, 'Write')
  const ms = Math.min(scan.ownMs, readMs + writeMs)
  const share = scan.ownMs === 0 ? 0 : ms / scan.ownMs
  const worth = worthOf(context, scan, share)
  if (worth === null || share < LEAST_SHARE) return []
  const read = sum(scan.members.map(({ exclBuffers }) => readBlocks(exclBuffers)))
  const speed = byteRate((read * BLOCK_BYTES * 1000) / readMs)
  return [
    {
      node: scan.node,
      ...worth,
      title: `${scan.title} ${verb(scan, 'wait')} ${latency(ms / 1000)} of ${latency(scan.ownMs / 1000)} for I/O`,
      advice:
        writeMs > readMs
          ? 'It had to write changed pages of others out to make room: let the background writer and checkpoints do that (bgwriter_lru_maxpages, bgwriter_delay), or raise shared_buffers.'
          : 'Run it once more: a first run reads what is cached later. Where it stays so, read less (an index, fewer columns out of line), keep more in memory, or find out whether the storage is slow.',
      remedy: null,
      evidence: [
        { label: 'waited for reads', value: readMs, unit: 'ms' },
        { label: 'waited for writes', value: writeMs, unit: 'ms' },
        { label: 'own time', value: scan.ownMs, unit: 'ms' },
        ...(read > 0 && readMs > 0
          ? ([
              { label: 'blocks read', value: read, unit: 'blocks' },
              { label: 'read at', value: speed, unit: 'text' },
            ] as const)
          : []),
      ],
    },
  ]
}

/** Of tables and indexes: one pair of times for shared and local blocks up to PostgreSQL 16, one for each from 17 on. */
function ioOf({ members }: Scan, what: 'Read' | 'Write'): number {
  const keys = ['I/O', 'Shared I/O', 'Local I/O'].map((of) => `${of} ${what} Time`)
  const msOf = (counters: Counters) => sum(keys.map((key) => counters[key] ?? 0))
  return sum(members.map(({ exclBuffers, participants }) => msOf(exclBuffers) / participants))
}
