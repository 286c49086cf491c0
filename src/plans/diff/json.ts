/** A diff as data for other programs: nothing rounded, nodes by their paths. */
import { findingJson } from '../findings/json.ts'
import type { Json } from '../model/json.ts'
import type { PlanModel } from '../model/model.ts'
import type { Measure } from './deltas.ts'
import type { PlanDiff } from './diff.ts'
import type { DiffRow } from './rows.ts'
import type { SettingChange, SettingValue } from './settings.ts'

/**
 * `compared_by` says what the deltas are of: `time` in ms, `cost`, or null where neither is told of both. `run_findings`
 * are those that only a run tells, of the one plan that was run.
 */
export function diffJson(diff: PlanDiff): { readonly [key: string]: Json } {
  return {
    compared_by: diff.measure,
    nothing_matches: diff.nothingMatches,
    before: totalsJson(diff.before),
    after: totalsJson(diff.after),
    rows: diff.rows.map((row) => rowJson(row, diff.measure)),
    settings: diff.settings.map(settingJson),
    new_findings: diff.newFindings.map(findingJson),
    resolved_findings: diff.resolvedFindings.map(findingJson),
    run_findings: diff.runFindings.map(findingJson),
  }
}

function totalsJson({ executionMs, planningMs, rootMs, root }: PlanModel): Json {
  const cost = root?.raw.properties['Total Cost']
  return {
    execution_ms: executionMs,
    planning_ms: planningMs,
    root_incl_ms: rootMs,
    total_cost: typeof cost === 'number' ? cost : null,
  }
}

function rowJson({ change, isMoved, before, after, delta, isNoise }: DiffRow, measure: Measure): Json {
  return {
    change,
    moved: isMoved,
    before: before?.path ?? null,
    after: after?.path ?? null,
    ...(measure === 'time' && { delta_ms: delta }),
    ...(measure === 'cost' && { delta_cost: delta }),
    is_noise: isNoise,
  }
}

/** Null is the default, or where `…_told` is false not known. */
function settingJson({ name, before, after }: SettingChange): Json {
  return {
    name,
    before: settingText(before),
    after: settingText(after),
    before_told: before.kind !== 'not told',
    after_told: after.kind !== 'not told',
  }
}

function settingText(setting: SettingValue): string | null {
  return setting.kind === 'value' ? setting.value : null
}
