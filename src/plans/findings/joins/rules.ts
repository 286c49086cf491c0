import type { Rule } from '../rule.ts'
import { cartesianProduct } from './cartesian-product.ts'
import { correlatedColumns } from './correlated-columns.ts'
import { cteFiltered } from './cte-filtered.ts'
import { hashAggregateSpill } from './hash-aggregate-spill.ts'
import { hashJoinBatches } from './hash-join-batches.ts'
import { hotSubplan } from './hot-subplan.ts'
import { joinFilterBurn } from './join-filter-burn.ts'
import { materializeRescans } from './materialize-rescans.ts'
import { memoizeThrash } from './memoize-thrash.ts'
import { misestimate } from './misestimate.ts'
import { nestedLoopExplosion } from './nested-loop-explosion.ts'
import { notInUnhashed } from './not-in-unhashed.ts'
import { sortAvoidable } from './sort-avoidable.ts'
import { sortOnDisk } from './sort-on-disk.ts'
import { staleStatistics } from './stale-statistics.ts'
import { tempFiles } from './temp-files.ts'

/** Rules on sorts, memory, joins, estimates and sub-plans. */
export const joinRules: readonly Rule[] = [
  sortOnDisk,
  sortAvoidable,
  hashJoinBatches,
  hashAggregateSpill,
  tempFiles,
  misestimate,
  staleStatistics,
  correlatedColumns,
  nestedLoopExplosion,
  joinFilterBurn,
  cartesianProduct,
  materializeRescans,
  memoizeThrash,
  hotSubplan,
  notInUnhashed,
  cteFiltered,
]
