/** Blocks, I/O times and WAL of a node: its own, and with all below it. */
import { readBlocks, touchedBlocks } from '#src/plans/blocks.ts'
import { type CounterGroup, type Counters, counterGroupOf } from '#src/plans/model/counters.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { BLOCK_BYTES, byteRate, bytes } from '#src/text/units.ts'
import { fit } from '#src/text/width.ts'
import type { Drawable } from '#src/theme/theme.ts'
import { run } from '../run.ts'
import { blockSize, exact, ms } from './amounts.ts'
import { fact, factLine, type Sheet } from './sheet.ts'

const COLUMN = 22

/** A line for each counter that is not 0, and what follows from them. */
export function bufferLines(node: PlanNode, sheet: Sheet): readonly Drawable[] {
  const blocks = keysOf(node.buffers, 'blocks')
  const io = keysOf(node.buffers, 'io')
  const wal = keysOf(node.buffers, 'wal')
  if (blocks.length + io.length + wal.length === 0)
    return fact(safe`none`, safe`no block was touched here or below`, sheet)
  const cells = Math.max(1, Math.min(COLUMN, Math.floor((sheet.width - sheet.label - 2) / 2)))
  const head = safe`${fit(safe`own`, cells, 'right')}${fit(safe`with all below`, cells, 'right')}`
  return [
    factLine(safe``, [run(head, 'dim')], sheet),
    ...[...blocks, ...io, ...wal].map((key) => {
      const own = valueText(key, node.exclBuffers[key] ?? 0)
      const all = valueText(key, node.buffers[key] ?? 0)
      return factLine(
        labelOf(key),
        [run(safe`${fit(own, cells, 'right')}${fit(all, cells, 'right')}`)],
        sheet,
      )
    }),
    ...perRowLines(node, sheet),
    ...rateLines(node, sheet),
  ]
}

/** As printed, in the order of PostgreSQL's own list. */
function keysOf(counters: Counters, group: CounterGroup): readonly string[] {
  return Object.keys(counters).filter((key) => counterGroupOf(key) === group)
}

function labelOf(key: string): SafeText {
  return toSafeText(
    key
      .replace(/ (?:Blocks|Time)$/, '')
      .replace('I/O ', 'i/o ')
      .replace(/^(?!WAL)./, (letter) => letter.toLowerCase())
      .replace(/ [HRDW](?=[a-z]+$)/, (letter) => letter.toLowerCase()),
  )
}

function valueText(key: string, value: number): SafeText {
  if (value === 0) return safe`-`
  if (counterGroupOf(key) === 'io') return ms(value)
  if (key === 'WAL Bytes') return bytes(value)
  return counterGroupOf(key) === 'blocks' ? safe`${exact(value)} (${blockSize(value)})` : exact(value)
}

/** What every row that it handed on cost in blocks of its own. */
function perRowLines({ exclBuffers, rowsTotal }: PlanNode, sheet: Sheet): readonly Drawable[] {
  const touched = touchedBlocks(exclBuffers)
  if (touched === 0 || rowsTotal === null || rowsTotal === 0) return []
  return fact(
    safe`a row`,
    safe`${bytes((touched * BLOCK_BYTES) / rowsTotal)} touched for each row it handed on`,
    sheet,
  )
}

/** The I/O times are those of all processes together, so the rate is that of one process while it reads. */
function rateLines({ exclBuffers, participants }: PlanNode, sheet: Sheet): readonly Drawable[] {
  const readMs = READ_TIMES.reduce((sum, key) => sum + (exclBuffers[key] ?? 0), 0)
  const read = readBlocks(exclBuffers) * BLOCK_BYTES
  if (readMs === 0 || read === 0) return []
  const of = participants === 1 ? safe`` : safe` in each process`
  return fact(safe`read rate`, safe`${byteRate(read / (readMs / 1000))}${of} while it read`, sheet)
}

const READ_TIMES = ['I/O Read Time', 'Shared I/O Read Time', 'Local I/O Read Time']
