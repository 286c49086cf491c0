/** How far a table is from transaction id wraparound (manual: Preventing Transaction ID Wraparound Failures). */

import { integerOption } from '#src/text/storage-options.ts'
import type { TableFacts, VacuumTarget } from './facts.ts'
import type { AutovacuumSettings } from './settings.ts'

/** Ids that can be told apart; the server stops some million earlier. */
const WRAPAROUND = 2 ** 31

/** One of the two kinds of ids. */
export interface FreezeAge {
  /** Ids given out since the oldest in it that may not be frozen: of the table or its TOAST table. */
  readonly age: number
  /** The age at which autovacuum comes to prevent wraparound: a table can only lower it. */
  readonly maxAge: number
  /** `age` as a share of `maxAge`; above 1 it is due. */
  readonly ofMaxAge: number
  /** `age` as a share of the ids that there are; at about 1 the server stops giving out any. */
  readonly ofWraparound: number
  /** Whether the TOAST table is the one. */
  readonly isToast: boolean
}

export interface FreezeState {
  readonly xid: FreezeAge | null
  readonly mxid: FreezeAge | null
}

/** The more urgent of table and TOAST table, for each kind; null for one without ids, as a partitioned table. */
export function freezeState({ target, toast }: TableFacts, settings: AutovacuumSettings): FreezeState {
  const targets = toast === null ? [target] : [target, toast]
  const worst = (ageOf: (each: VacuumTarget) => number | null, maxAgeOf: typeof xidMaxAge) =>
    targets
      .flatMap((each): readonly FreezeAge[] => {
        const age = ageOf(each)
        if (age === null) return []
        const maxAge = maxAgeOf(each, settings)
        const isToast = each === toast
        return [{ age, maxAge, ofMaxAge: age / maxAge, ofWraparound: age / WRAPAROUND, isToast }]
      })
      .toSorted((a, b) => b.ofMaxAge - a.ofMaxAge)[0] ?? null
  return { xid: worst((each) => each.freezeAge, xidMaxAge), mxid: worst((each) => each.mxidAge, mxidMaxAge) }
}

/** Whether autovacuum comes whatever else is set. */
export function isPastMaxAge(target: VacuumTarget, settings: AutovacuumSettings): boolean {
  const { freezeAge, mxidAge } = target
  return (
    (freezeAge !== null && freezeAge > xidMaxAge(target, settings)) ||
    (mxidAge !== null && mxidAge > mxidMaxAge(target, settings))
  )
}

function xidMaxAge({ options }: VacuumTarget, { freezeMaxAge }: AutovacuumSettings): number {
  return lowered(integerOption(options, 'autovacuum_freeze_max_age'), freezeMaxAge)
}

function mxidMaxAge({ options }: VacuumTarget, { multixactFreezeMaxAge }: AutovacuumSettings): number {
  return lowered(integerOption(options, 'autovacuum_multixact_freeze_max_age'), multixactFreezeMaxAge)
}

function lowered(own: number | null, setting: number): number {
  return own === null || own < 0 ? setting : Math.min(own, setting)
}
