import type { Rule } from '../rule.ts'
import { bloatSmell } from './bloat-smell.ts'
import { coldCache } from './cold-cache.ts'
import { couldBeIndexOnly } from './could-be-index-only.ts'
import { countAll } from './count-all.ts'
import { dirtiedBySelect } from './dirtied-by-select.ts'
import { heapFetches } from './heap-fetches.ts'
import { indexScanDiscards } from './index-scan-discards.ts'
import { indexScanScattered } from './index-scan-scattered.ts'
import { ioBound } from './io-bound.ts'
import { largeOffset } from './large-offset.ts'
import { seqScanForLimit, wrongIndexForLimit } from './limit-scan-discards.ts'
import { lossyBitmap } from './lossy-bitmap.ts'
import { multiProbeIndex } from './multi-probe-index.ts'
import { readEfficiency } from './read-efficiency.ts'
import { recheckLoss } from './recheck-loss.ts'
import { seqScanDiscards, seqScanEqualities } from './seq-scan-discards.ts'
import { seqScanForFewRows } from './seq-scan-for-few-rows.ts'

/** Rules on scans, reading and caching. */
export const scanRules: readonly Rule[] = [
  seqScanDiscards,
  seqScanEqualities,
  seqScanForFewRows,
  seqScanForLimit,
  indexScanDiscards,
  indexScanScattered,
  wrongIndexForLimit,
  largeOffset,
  heapFetches,
  couldBeIndexOnly,
  lossyBitmap,
  recheckLoss,
  multiProbeIndex,
  coldCache,
  ioBound,
  bloatSmell,
  readEfficiency,
  dirtiedBySelect,
  countAll,
]
