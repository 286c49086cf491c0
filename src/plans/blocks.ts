/** Sums over the counters of a node: what people call hit, read and spilled. */
import { type Counters, counterGroupOf } from './model/counters.ts'

/** Blocks of tables and indexes, temporary ones too, that were in shared or local buffers. */
export function hitBlocks(counters: Counters): number {
  return countOf(counters, 'Shared Hit Blocks') + countOf(counters, 'Local Hit Blocks')
}

/** Those that had to be read, from the page cache of the operating system or from disk. */
export function readBlocks(counters: Counters): number {
  return countOf(counters, 'Shared Read Blocks') + countOf(counters, 'Local Read Blocks')
}

/** Blocks of temporary files, written and read again: what did not fit into work_mem. */
export function spilledBlocks(counters: Counters): number {
  return countOf(counters, 'Temp Read Blocks') + countOf(counters, 'Temp Written Blocks')
}

/** Every block that was looked at, as often as it was. */
export function touchedBlocks(counters: Counters): number {
  return hitBlocks(counters) + readBlocks(counters) + spilledBlocks(counters)
}

/** Time of reading and writing blocks, all processes together, ms; 0 without `track_io_timing`. */
export function ioMs(counters: Counters): number {
  let ms = 0
  for (const key in counters) if (counterGroupOf(key) === 'io') ms += countOf(counters, key)
  return ms
}

function countOf(counters: Counters, key: string): number {
  return counters[key] ?? 0
}
