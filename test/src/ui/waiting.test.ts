import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Row } from '#queries/define.ts'
import type { Headcount } from '#src/activity/headcount.ts'
import { Monitor } from '#src/monitor/monitor.ts'
import { LockWatch } from '#src/ui/lock-watch.ts'
import type { ScreenModel } from '#src/ui/screen.ts'
import { Store } from '#src/ui/store.ts'
import { VitalsModel } from '#src/ui/vitals-model.ts'
import { locksRows } from '#test/src/locks/fixtures.ts'
import { ScriptedServer } from '#test/support/app.tsx'

const counts: Headcount = { sessions: 9, active: 1, idleInTransaction: 0, waiting: 7, isAtLeast: false }
const listing = { headcount: () => counts } as unknown as ScreenModel
const other = {} as ScreenModel

const queue = locksRows(
  { pid: 4711, holds: ['RowExclusive orders'] },
  { pid: 4802, wants: 'AccessExclusive orders' },
  { pid: 4915, wants: 'AccessShare orders' },
) as readonly Row[]

/** The header's numbers over a screen, on a server that answers at each `refresh`. */
function vitalsOver(screen: ScreenModel) {
  const server = new ScriptedServer()
  const monitor = new Monitor(server, { intervalMs: 60_000 })
  const locks = new LockWatch(monitor, server)
  const shown = new Store(screen)
  const model = new VitalsModel(monitor, shown, locks)
  onTestFinished(() => {
    model.close()
    locks.close()
    monitor.close()
  })
  const asked = () => server.asked.filter(({ entry }) => entry === 'locks').length
  const refresh = async () => {
    monitor.refresh()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return { server, locks, shown, model, asked, refresh }
}

describe('the number of waiters in the header', () => {
  test('is that of the locks, which are asked once the vitals tell of any', async () => {
    const { server, locks, model, asked, refresh } = vitalsOver(other)
    server.answers.set('vitals', [{ waiting: 0 }])
    await refresh()
    expect([model.vitals.waiting, asked()]).toEqual([0, 0])
    const told: (number | null)[] = []
    model.subscribe(() => told.push(model.vitals.waiting))
    server.answers.set('vitals', [{ waiting: 5 }])
    server.answers.set('locks', queue)
    await refresh()
    await vi.waitFor(() => expect(told).toContain(2))
    server.answers.set('vitals', [{ waiting: 0 }])
    await refresh()
    expect([model.vitals.waiting, locks.isWatched]).toEqual([0, false])
  })

  test('is that of the screen which lists the sessions, and the vitals leave the locks alone', async () => {
    const { server, locks, shown, model, refresh } = vitalsOver(listing)
    server.answers.set('counters', [{ xact_commit: 1 }])
    locks.heed(true)
    await refresh()
    expect([model.vitals.waiting, locks.isWatched]).toEqual([7, true])
    server.answers.set('vitals', [{ waiting: 0 }])
    shown.set(other)
    await refresh()
    expect([model.vitals.waiting, locks.isWatched]).toEqual([0, false])
  })
})

describe('the locks', () => {
  test('are watched for whoever wants them, and no longer', async () => {
    const { locks } = vitalsOver(other)
    const [one, two] = [locks.want(), locks.want()]
    locks.heed(true)
    one()
    one()
    locks.heed(false)
    expect(locks.isWatched).toBe(true)
    two()
    expect(locks.isWatched).toBe(false)
  })

  test('tell nothing of an earlier watching but why there is nothing newer', async () => {
    const { server, locks, refresh } = vitalsOver(other)
    server.answers.set('locks', queue)
    const end = locks.want()
    await refresh()
    expect(locks.analysis?.waiting).toHaveLength(2)
    end()
    locks.want()
    expect([locks.analysis, locks.snapshot.sequence]).toEqual([null, 0])
    server.answers.set('locks', { kind: 'timeout', message: 'it takes too long', sqlstate: '57014' })
    await refresh()
    expect([locks.analysis, locks.snapshot.failure?.message]).toEqual([null, 'it takes too long'])
    server.answers.set('locks', queue)
    await refresh()
    expect(locks.analysis?.waiting).toHaveLength(2)
  })
})
