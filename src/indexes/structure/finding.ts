/** What shapes alone say of an index, before it is put into words. */
import type { IndexFacts } from '../facts.ts'
import type { Structure } from '../verdict.ts'
import type { PartsOf } from './guards.ts'
import type { Shape } from './shape.ts'

/** What is known besides the shapes. */
export interface Surroundings {
  readonly parts: PartsOf
  /** Whether it goes with the index of the partitioned table that it is attached to. */
  goes(index: IndexFacts): boolean
  /** The invalid index of a partitioned table that it may be meant for; null for none. */
  meantFor(index: IndexFacts): IndexFacts | null
}

/** What is found of a sound index. */
export interface Finding {
  readonly structure: Exclude<Structure, 'invalid' | 'building'>
  /** The index that does its work or that it is to be compared with; it is kept. */
  readonly by: Shape | null
  /** Why it stays although another does its work, or why a person has to look; null for neither. */
  readonly why: string | null
}

/** It stays, and that is all. */
export const KEPT: Finding = { structure: 'keep', by: null, why: null }
