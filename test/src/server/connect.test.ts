import { getEventListeners } from 'node:events'
import { tmpdir } from 'node:os'
import { afterEach, expect, it, vi } from 'vitest'
import { connectSession } from '#src/server/connect.ts'
import { resolveTarget } from '#src/server/conninfo/target.ts'

afterEach(() => void vi.restoreAllMocks())

it('leaves no listener behind when an attempt to connect fails, however often it is tried', async () => {
  const made: AbortSignal[] = []
  const any = AbortSignal.any.bind(AbortSignal)
  vi.spyOn(AbortSignal, 'any').mockImplementation((signals) => {
    const signal = any(signals)
    made.push(signal)
    return signal
  })
  // A directory without a socket: nothing is dialled in vain.
  const resolved = resolveTarget({
    positional: [`host=${tmpdir()}/none user=nobody`],
    env: {},
    home: tmpdir(),
    osUser: 'nobody',
  })
  if (!resolved.ok) throw new Error(resolved.failure.message)
  const options = { plainStart: false, signal: new AbortController().signal }
  await expect(connectSession(resolved.target, options)).rejects.toThrow()
  expect(made.length).toBeGreaterThan(0)
  expect(made.flatMap((signal) => getEventListeners(signal, 'abort'))).toEqual([])
})
