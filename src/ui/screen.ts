/** What a screen is to the frame. */
import type { Entry } from '#queries/define.ts'
import type { Headcount } from '#src/activity/headcount.ts'
import type { Scope } from '#src/keys/binding.ts'
import type { Drawable } from '#src/theme/theme.ts'
import type { Command } from './command.ts'

/** A screen as data, listed in `screens/index.ts`: its tab, and how its model is made over the app. */
export interface Screen<App> {
  readonly id: string
  /** The digit that opens it. */
  readonly digit: string
  readonly title: string
  create(app: App): ScreenModel
}

/** Somebody's query, to be explained. */
export interface ExplainSubject {
  readonly text: string
  /** Where it runs; null for the database that is connected. */
  readonly database: string | null
  /** Where it comes from, for a person: `pid 4711`. */
  readonly origin: string
  /** Whose session runs it: role and database give it settings that ours may not have. */
  readonly role: string | null
  /** Why it is not the whole text; null where it is. */
  readonly cut: string | null
}

/**
 * A screen at work. It draws its body as lines, watches its entries only between `open` and `close`, and
 * offers its commands; everything around it is the frame's.
 */
export interface ScreenModel {
  /** What is asked of the server for what is on screen now; shown by `@`. */
  entries(): readonly Entry[]
  readonly commands: readonly Command[]
  /** The scopes that hold now, outermost first. */
  scopes(): readonly Scope[]
  /** Tells that `lines` may differ. */
  subscribe(listener: () => void): () => void
  lines(width: number, height: number): readonly Drawable[]
  open(): void
  close(): void
  /**
   * The session counts for the header, by a screen that lists all sessions anyway: the server need not count
   * them once more then. Null before the first rows.
   */
  headcount?(): Headcount | null
  /** Reads again what is not watched; what is watched is asked again in any case. */
  refresh?(): void
  /** Steps back (closes a detail, clears a filter); false when there is nothing to go back from. */
  back(): boolean
  /** Drops cursor, tags and details: they belong to a server that is another one now. */
  forgetChoices(): void
  /** Finds what a person typed after `:` (a pid); false when this screen knows nothing of it. */
  goTo(text: string): boolean
  /** Explains a query that was chosen on another screen, to which going back leads; by the screen that can. */
  explain?(subject: ExplainSubject, from: string): void
}
