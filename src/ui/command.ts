/** Commands of the program: bindings whose context is closed over by the model that offers them. */
import type { Binding, Scope } from '#src/keys/binding.ts'

export type Command = Binding<null>

/** A command of one scope, from its keys, what it does, and the rest where there is any. */
export function command(
  scope: Scope,
  keys: readonly string[],
  title: string,
  run: () => void,
  more: Pick<Command, 'label' | 'when' | 'danger' | 'always'> = {},
): Command {
  return {
    id: `${scope}.${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`,
    keys,
    scope,
    title,
    run,
    ...more,
  }
}
