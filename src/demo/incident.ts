/** What an incident of the demo is. */
import type { Scene } from './scene.ts'

/** A situation that really happens on the demo's server. */
export interface Incident {
  readonly id: string
  readonly title: string
  /** What a person should find, and what cures it; one to three sentences. */
  readonly story: string
  /** Id of the screen on which it is seen best; the first one unless told. */
  readonly screen?: string
  /** Lines for postgresql.conf that it needs. */
  readonly settings?: Readonly<Record<string, string>>
  /** Makes it happen; resolves once it has. What it started goes on until the scene ends. */
  start(scene: Scene): Promise<void>
}
