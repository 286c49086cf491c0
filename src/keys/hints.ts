/** The footer's and the help's content, read from the same bindings that the dispatcher runs. */
import type { Binding, KeyName, Scope } from './binding.ts'
import { reachableBindings, type Situation } from './dispatch.ts'

/** One command that can be reached now, with the keys that reach it. */
export interface Hint {
  readonly id: string
  /** Only the keys that no inner scope takes for itself; never empty. */
  readonly keys: readonly KeyName[]
  /** The word in the footer. */
  readonly label: string
  readonly title: string
  /** Why it cannot be done now; null when it can. */
  readonly disabled: string | null
  readonly danger: boolean
}

/** The commands of one scope, for the help. */
export interface HelpSection {
  readonly scope: Scope
  readonly entries: readonly Hint[]
}

/** What the footer may show, most particular scope first; the caller keeps as many as fit. */
export function footerHints<Context>(situation: Situation<Context>): readonly Hint[] {
  return reachable(situation).flatMap(({ binding, keys }) =>
    binding.label === undefined ? [] : [hintOf(binding, keys, situation.context)],
  )
}

/** What the help shows: every command that a key reaches here, by scope, innermost first. */
export function helpSections<Context>(situation: Situation<Context>): readonly HelpSection[] {
  const sections = new Map<Scope, Hint[]>()
  for (const { binding, keys } of reachable(situation)) {
    const entries = sections.get(binding.scope) ?? []
    entries.push(hintOf(binding, keys, situation.context))
    sections.set(binding.scope, entries)
  }
  return Array.from(sections, ([scope, entries]) => ({ scope, entries }))
}

/** A key as the footer and the help write it: `^d`, `Esc`, `PgUp`, `↑`; in ASCII words where asked. */
export function keyLabel(key: KeyName, ascii = false): string {
  const [, modifiers = '', name = key] = /^((?:ctrl-|alt-|shift-)*)(.+)$/s.exec(key) ?? []
  const label = (ascii ? asciiLabels[name] : undefined) ?? labels[name] ?? name
  if (modifiers === 'ctrl-' && Array.from(name).length === 1) return `^${label}`
  return modifiers.replace('ctrl-', 'Ctrl-').replace('alt-', 'Alt-').replace('shift-', 'Shift-') + label
}

const labels: Readonly<Record<string, string>> = {
  enter: 'Enter',
  escape: 'Esc',
  tab: 'Tab',
  space: 'Space',
  backspace: 'Backspace',
  delete: 'Del',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  'page-up': 'PgUp',
  'page-down': 'PgDn',
  home: 'Home',
  end: 'End',
}

const asciiLabels: Readonly<Record<string, string>> = { up: 'Up', down: 'Down', left: 'Left', right: 'Right' }

function reachable<Context>(
  situation: Situation<Context>,
): readonly { readonly binding: Binding<Context>; readonly keys: readonly KeyName[] }[] {
  const taken = new Set<KeyName>()
  return reachableBindings(situation).flatMap((binding) => {
    const keys = binding.keys.filter((key) => !taken.has(key))
    for (const key of keys) taken.add(key)
    return keys.length > 0 ? [{ binding, keys }] : []
  })
}

function hintOf<Context>(binding: Binding<Context>, keys: readonly KeyName[], context: Context): Hint {
  const allowed = binding.when?.(context) ?? true
  return {
    id: binding.id,
    keys,
    label: binding.label ?? binding.title,
    title: binding.title,
    disabled: allowed === true ? null : allowed,
    danger: binding.danger !== undefined,
  }
}
