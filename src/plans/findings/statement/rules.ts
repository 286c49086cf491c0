import type { Rule } from '../rule.ts'
import { disabledNode } from './disabled-node.ts'
import { functionHidesWork } from './function-hides-work.ts'
import { jitTooCostly } from './jit-too-costly.ts'
import { noPartitionPruning } from './no-partition-pruning.ts'
import { parallelDisabledByFunction } from './parallel-disabled-by-function.ts'
import { parallelImbalance } from './parallel-imbalance.ts'
import { parallelOverhead } from './parallel-overhead.ts'
import { plannerSettings } from './planner-settings.ts'
import { planningHeavy } from './planning-heavy.ts'
import { sequentialForeignScans } from './sequential-foreign-scans.ts'
import { slowForeignScan } from './slow-foreign-scan.ts'
import { slowResultDelivery } from './slow-result-delivery.ts'
import { timeOutsideRoot } from './time-outside-root.ts'
import { triggerTime } from './trigger-time.ts'
import { unreliableTimings } from './unreliable-timings.ts'
import { walHeavy } from './wal-heavy.ts'
import { workersNotLaunched } from './workers-not-launched.ts'

export const statementRules: readonly Rule[] = [
  workersNotLaunched,
  parallelImbalance,
  parallelOverhead,
  parallelDisabledByFunction,
  jitTooCostly,
  triggerTime,
  planningHeavy,
  walHeavy,
  noPartitionPruning,
  slowForeignScan,
  sequentialForeignScans,
  slowResultDelivery,
  disabledNode,
  plannerSettings,
  timeOutsideRoot,
  functionHidesWork,
  unreliableTimings,
]
