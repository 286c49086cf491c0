import { describe, expect, it } from 'vitest'
import { bitOf, conflict, conflictsOf, MODES, modesOf, strongestOf } from '#src/locks/modes.ts'
import { clash, MODES as MANUAL } from './lock-server.ts'

describe('the conflict table', () => {
  it('is that of the manual', () => {
    expect(MODES).toEqual(MANUAL)
    for (const one of MANUAL) {
      expect([one, MANUAL.filter((other) => conflict(one, other))]).toEqual([
        one,
        MANUAL.filter((other) => clash(one, other)),
      ])
    }
  })

  it('is the same from both sides', () => {
    for (const one of MODES)
      for (const other of MODES) expect(conflict(one, other)).toBe(conflict(other, one))
  })

  it('lets a mode that it does not know conflict with nothing', () => {
    expect(bitOf('SIReadLock')).toBe(0)
    expect(conflictsOf('SIReadLock')).toBe(0)
    for (const mode of MODES) expect(conflict('SIReadLock', mode)).toBe(false)
  })
})

describe('a set of modes', () => {
  it('has a bit for each', () => {
    expect(new Set(MODES.map(bitOf)).size).toBe(8)
    expect(MODES.map(bitOf).reduce((set, bit) => set | bit)).toBe(0b1111_1111)
  })

  it('is told weakest first, and by its strongest', () => {
    const set = bitOf('ShareLock') | bitOf('AccessShareLock') | bitOf('RowExclusiveLock')
    expect(modesOf(set)).toEqual(['AccessShareLock', 'RowExclusiveLock', 'ShareLock'])
    expect(strongestOf(set)).toBe('ShareLock')
    expect(modesOf(0)).toEqual([])
    expect(strongestOf(0)).toBeNull()
  })
})
