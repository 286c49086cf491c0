/** PostgreSQL's lock modes and which of them conflict. */

/** The table-level modes, weakest first (manual: Explicit Locking). Every heavyweight lock uses these eight. */
export const MODES = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
] as const

export type Mode = (typeof MODES)[number]

/** A set of modes, one bit each. */
export type ModeSet = number

/** Table 13.2 of the manual, "Conflicting Lock Modes": per mode those that it conflicts with. */
const CONFLICTS: Readonly<Record<Mode, readonly Mode[]>> = {
  AccessShareLock: ['AccessExclusiveLock'],
  RowShareLock: ['ExclusiveLock', 'AccessExclusiveLock'],
  RowExclusiveLock: ['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'],
  ShareUpdateExclusiveLock: [
    'ShareUpdateExclusiveLock',
    'ShareLock',
    'ShareRowExclusiveLock',
    'ExclusiveLock',
    'AccessExclusiveLock',
  ],
  ShareLock: [
    'RowExclusiveLock',
    'ShareUpdateExclusiveLock',
    'ShareRowExclusiveLock',
    'ExclusiveLock',
    'AccessExclusiveLock',
  ],
  ShareRowExclusiveLock: [
    'RowExclusiveLock',
    'ShareUpdateExclusiveLock',
    'ShareLock',
    'ShareRowExclusiveLock',
    'ExclusiveLock',
    'AccessExclusiveLock',
  ],
  ExclusiveLock: [
    'RowShareLock',
    'RowExclusiveLock',
    'ShareUpdateExclusiveLock',
    'ShareLock',
    'ShareRowExclusiveLock',
    'ExclusiveLock',
    'AccessExclusiveLock',
  ],
  AccessExclusiveLock: MODES,
}

const BITS: ReadonlyMap<string, ModeSet> = new Map(MODES.map((mode, index) => [mode, 1 << index]))

const CONFLICTING: ReadonlyMap<string, ModeSet> = new Map(
  MODES.map((mode) => [mode, CONFLICTS[mode].reduce((set, other) => set | bitOf(other), 0)]),
)

/** The set of one mode; empty for what is no mode of this list, which then conflicts with nothing. */
export function bitOf(mode: string): ModeSet {
  return BITS.get(mode) ?? 0
}

/** The modes that conflict with one mode. */
export function conflictsOf(mode: string): ModeSet {
  return CONFLICTING.get(mode) ?? 0
}

/** Whether two transactions cannot hold these modes on one thing at a time. */
export function conflict(one: string, other: string): boolean {
  return (conflictsOf(one) & bitOf(other)) !== 0
}

/** The strongest mode of a set, or null of an empty one. */
export function strongestOf(set: ModeSet): Mode | null {
  return MODES.findLast((mode) => (set & bitOf(mode)) !== 0) ?? null
}

/** The modes of a set, weakest first. */
export function modesOf(set: ModeSet): readonly Mode[] {
  return MODES.filter((mode) => (set & bitOf(mode)) !== 0)
}
