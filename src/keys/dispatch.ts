/** Finds the command for a key and runs it. */
import type { Binding, KeyName, Scope } from './binding.ts'
import { textOfKey } from './split.ts'

/** What holds at the moment a key is handled. */
export interface Situation<Context> {
  /** Outermost first: `['global', 'screen', 'table']`, with `'dialog'` last while one is open. */
  readonly scopes: readonly Scope[]
  readonly bindings: readonly Binding<Context>[]
  readonly context: Context
  readonly readOnly?: boolean
  /** Takes characters that no binding claims, while a prompt or dialog is innermost. */
  readonly type?: (text: string) => void
}

/** What became of one key. */
export type Happening =
  | { readonly key: KeyName; readonly kind: 'ran'; readonly id: string }
  | { readonly key: KeyName; readonly kind: 'disabled'; readonly id: string; readonly reason: string }
  | { readonly key: KeyName; readonly kind: 'typed' }
  | { readonly key: KeyName; readonly kind: 'unknown' }
  | { readonly key: KeyName; readonly kind: 'dropped' }

const modalScopes: ReadonlySet<Scope> = new Set(['overlay', 'dialog', 'prompt'])

/**
 * Handles keys one after the other. `situation` is asked anew for each, because a key can open a prompt that
 * the next one is typed into. What was typed ahead of a dangerous command's dialog is dropped.
 */
export function dispatch<Context>(
  keys: readonly KeyName[],
  situation: () => Situation<Context>,
): readonly Happening[] {
  const happenings: Happening[] = []
  let dropping = false
  for (const key of keys) {
    if (dropping) {
      happenings.push({ key, kind: 'dropped' })
      continue
    }
    const now = situation()
    const binding = bindingFor(key, now)
    happenings.push(handle(key, binding, now))
    dropping = binding?.danger !== undefined
  }
  return happenings
}

/** The binding that `key` calls here: the innermost one, with modal scopes hiding those below them. */
export function bindingFor<Context>(
  key: KeyName,
  situation: Situation<Context>,
): Binding<Context> | undefined {
  const bindings = reachableBindings(situation)
  return bindings.find((binding) => binding.keys.includes(key))
}

/** Every binding that some key can reach here, innermost scope first, in the order they were declared. */
export function reachableBindings<Context>(
  situation: Omit<Situation<Context>, 'context'>,
): readonly Binding<Context>[] {
  const bindings = situation.readOnly === true ? withoutDanger(situation.bindings) : situation.bindings
  const innermostFirst = situation.scopes.toReversed()
  const modalAt = innermostFirst.findIndex((scope) => modalScopes.has(scope))
  return innermostFirst.flatMap((scope, depth) => {
    const hidden = modalAt !== -1 && depth > modalAt
    return bindings.filter((binding) => binding.scope === scope && (!hidden || binding.always === true))
  })
}

/** The bindings of `--read-only`: without those that change something on the server. */
export function withoutDanger<Context>(bindings: readonly Binding<Context>[]): readonly Binding<Context>[] {
  return bindings.filter((binding) => binding.danger === undefined)
}

function handle<Context>(
  key: KeyName,
  binding: Binding<Context> | undefined,
  situation: Situation<Context>,
): Happening {
  if (binding === undefined) return typed(key, situation)
  const allowed = binding.when?.(situation.context) ?? true
  if (allowed !== true) return { key, kind: 'disabled', id: binding.id, reason: allowed }
  binding.run(situation.context)
  return { key, kind: 'ran', id: binding.id }
}

function typed<Context>(key: KeyName, situation: Situation<Context>): Happening {
  const innermost = situation.scopes.at(-1)
  const text = innermost === 'prompt' || innermost === 'dialog' ? textOfKey(key) : null
  if (text === null || situation.type === undefined) return { key, kind: 'unknown' }
  situation.type(text)
  return { key, kind: 'typed' }
}
