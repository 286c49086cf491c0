/** Key bindings as records: the dispatcher, the footer, the help and docs/keys.md all read the same ones. */

/**
 * One key as a person would call it: a printable character (`j`, `K`, `/`), or `enter`, `escape`, `tab`,
 * `space`, `backspace`, `delete`, `up`, `down`, `left`, `right`, `page-up`, `page-down`, `home`, `end`.
 * Modified keys are `ctrl-d`, `shift-tab`, `alt-up`; a capital is its own character, never `shift-k`.
 */
export type KeyName = string

/** Where a binding holds. The innermost scope that knows the key gets it; a modal scope hides those below. */
export type Scope = 'global' | 'table' | 'screen' | 'detail' | 'overlay' | 'dialog' | 'prompt'

/** A command and the keys that call it. `Context` is what the command works on. */
export interface Binding<Context> {
  readonly id: string
  readonly keys: readonly KeyName[]
  readonly scope: Scope
  /** What it does, for the help: starts with a verb. */
  readonly title: string
  /** The word in the footer; without one it is only in the help. */
  readonly label?: string
  /** Holds under a modal scope too, unless that scope has the key itself: redraw, suspend, leave. */
  readonly always?: true
  /** Why it cannot be done now, or true. A command that cannot run says why instead of hiding. */
  readonly when?: (context: Context) => true | string
  /** Changes something on the server: gone from the key map in read-only mode. */
  readonly danger?: 'cancel' | 'terminate'
  readonly run: (context: Context) => void
}
