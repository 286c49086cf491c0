/** The settings that two plans were made with (EXPLAIN's SETTINGS, which tells those that are not at their default). */
import { groupIn, isGroup } from '../model/values.ts'
import type { PlanObject, RawStatement } from '../plan.ts'

/** A setting that differs. */
export interface SettingChange {
  readonly name: string
  readonly before: SettingValue
  readonly after: SettingValue
}

/** `default` where others were told and this was not; `not told` by a plan that tells no settings at all. */
export type SettingValue =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'default' }
  | { readonly kind: 'not told' }

/** By name. Of two plans neither of which tells settings nothing is known. */
export function settingChanges(before: RawStatement, after: RawStatement): readonly SettingChange[] {
  const names = [before, after].flatMap(({ properties }) => Object.keys(groupIn(properties, SETTINGS)))
  return [...new Set(names)]
    .sort()
    .map((name) => ({
      name,
      before: valueIn(before.properties, name),
      after: valueIn(after.properties, name),
    }))
    .filter((change) => textOf(change.before) !== textOf(change.after))
}

const SETTINGS = 'Settings'

/** Text prints no line where all are at their default, the other formats an empty group. */
function valueIn(properties: PlanObject, name: string): SettingValue {
  if (!isGroup(properties[SETTINGS])) return { kind: 'not told' }
  const value = properties[SETTINGS][name]
  return value === undefined ? { kind: 'default' } : { kind: 'value', value: String(value) }
}

function textOf(value: SettingValue): string {
  return value.kind === 'value' ? `=${value.value}` : value.kind
}
