/** Finds keys that two commands of one scope both claim. */
import type { Binding, KeyName, Scope } from './binding.ts'

/** Two bindings of one scope with the same key: only the first can ever be called by it. */
export interface Conflict {
  readonly key: KeyName
  readonly scope: Scope
  readonly ids: readonly [string, string]
}

/** Every conflict among bindings that can be in force together: the shared ones and those of one screen. */
export function conflicts(bindings: readonly Binding<never>[]): readonly Conflict[] {
  const owners = new Map<string, string>()
  return bindings.flatMap((binding) =>
    binding.keys.flatMap((key) => {
      const place = `${binding.scope} ${key}`
      const owner = owners.get(place)
      if (owner === undefined) owners.set(place, binding.id)
      return owner === undefined ? [] : [{ key, scope: binding.scope, ids: [owner, binding.id] as const }]
    }),
  )
}
