import { describe, expect, test } from 'vitest'
import { secondsBetween } from '#src/monitor/baseline.ts'

const at = (monotonicMs: number, server_time: string | null = null, wallMs = monotonicMs) => ({
  rows: [{ server_time }],
  monotonicMs,
  wallMs,
})

describe('the time between two snapshots', () => {
  test("is the server's where the rows tell it", () => {
    const before = at(0, '2026-01-31T10:00:00.100000Z')
    expect(secondsBetween(before, at(100, '2026-01-31T10:00:01.100000Z'))).toBe(1)
  })

  test('is ours otherwise', () => {
    expect(secondsBetween(at(0), at(2000))).toBe(2)
  })

  test('is not told when it is too short for a rate', () => {
    expect(secondsBetween(at(0), at(8))).toBe(null)
    expect(secondsBetween(at(0, '2026-01-31T10:00:00.100000Z'), at(900, '2026-01-31T10:00:00.108000Z'))).toBe(
      null,
    )
  })

  test('is not told after the machine was asleep', () => {
    expect(secondsBetween(at(0), at(1000, null, 3_600_000))).toBe(null)
  })
})
