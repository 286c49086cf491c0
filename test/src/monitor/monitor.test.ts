import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { defineEntry, type Entry, type Pace } from '#queries/define.ts'
import { Monitor, type MonitoredServer } from '#src/monitor/monitor.ts'
import type { Failure, Link, ServerEvent } from '#src/server/contract.ts'

const entry = (id: string, pace: Pace = 'live') =>
  defineEntry({
    id,
    title: id,
    about: '',
    reads: [],
    pace,
    waits: 'nothing',
    columns: [{ id: 'commits', label: '', kind: 'count', meaning: '', counter: true }],
    identity: [],
    sql: () => '',
  })

const broken: Failure = { kind: 'statement', message: 'permission denied', sqlstate: '42501' }

/** A server on a fake clock: what is tested is when the monitor asks, not what PostgreSQL answers. */
class ClockworkServer implements MonitoredServer {
  link: Link = { status: 'up' }
  roundTripMs = 0
  takesMs = 5
  fails = false
  commits = 0
  inFlight = 0
  mostInFlight = 0
  readonly asked: string[] = []
  readonly askedAt: number[] = []
  readonly #listeners = new Set<(event: ServerEvent) => void>()

  run: MonitoredServer['run'] = async (asked: Entry) => {
    this.asked.push(asked.id)
    this.askedAt.push(performance.now())
    this.inFlight += 1
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight)
    await new Promise((resolve) => setTimeout(resolve, this.takesMs))
    this.inFlight -= 1
    this.commits += 10
    return (
      this.fails
        ? { ok: false, failure: broken, tookMs: this.takesMs }
        : { ok: true, rows: [{ commits: this.commits }], tookMs: this.takesMs }
    ) as never
  }

  subscribe = (listener: (event: ServerEvent) => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  become(link: Link): void {
    this.link = link
    for (const listener of this.#listeners) {
      listener({ kind: 'link', link })
    }
  }
}

describe('the monitor', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const start = (server = new ClockworkServer()) => ({
    server,
    monitor: new Monitor(server, { intervalMs: 1000, budget: 1 }),
  })

  test.each([80, 300, 700])('brings entries together that were watched %i ms apart', async (apartMs) => {
    const { server, monitor } = start()
    monitor.watch(entry('activity'))
    await vi.advanceTimersByTimeAsync(apartMs)
    monitor.watch(entry('vitals'))
    await vi.advanceTimersByTimeAsync(3050)
    const [one = 0, other = 0] = server.askedAt.slice(-2)
    expect(other - one).toBe(server.takesMs)
  })

  test('asks a watched entry at once and then each interval', async () => {
    const { server, monitor } = start()
    const watch = monitor.watch(entry('activity'))
    await vi.advanceTimersByTimeAsync(3500)
    expect(server.asked.length).toBe(4)
    expect(watch.snapshot().sequence).toBe(4)
    monitor.close()
  })

  test('asks nothing that nobody watches', async () => {
    const { server, monitor } = start()
    const watch = monitor.watch(entry('activity'))
    await vi.advanceTimersByTimeAsync(10)
    watch.stop()
    await vi.advanceTimersByTimeAsync(5000)
    expect(server.asked.length).toBe(1)
    monitor.close()
  })

  test('asks once for an entry that two screens watch, until both have left', async () => {
    const { server, monitor } = start()
    const first = monitor.watch(entry('vitals'))
    const second = monitor.watch(entry('vitals'))
    await vi.advanceTimersByTimeAsync(1500)
    first.stop()
    first.stop()
    await vi.advanceTimersByTimeAsync(1000)
    expect(server.asked.length).toBe(3)
    second.stop()
    await vi.advanceTimersByTimeAsync(3000)
    expect(server.asked.length).toBe(3)
    monitor.close()
  })

  test('never has two statements under way', async () => {
    const server = new ClockworkServer()
    server.takesMs = 1700
    const { monitor } = start(server)
    monitor.watch(entry('activity'))
    monitor.watch(entry('vitals'))
    await vi.advanceTimersByTimeAsync(30_000)
    expect(server.mostInFlight).toBe(1)
    monitor.close()
  })

  test('asks a steady entry each 10 s at most', async () => {
    const { server, monitor } = start()
    monitor.watch(entry('sizes', 'steady'))
    await vi.advanceTimersByTimeAsync(29_000)
    expect(server.asked.length).toBe(3)
    monitor.close()
  })

  test('stretches the interval when its statements cost more than the budget', async () => {
    const server = new ClockworkServer()
    server.takesMs = 40
    const monitor = new Monitor(server, { intervalMs: 1000, budget: 0.01 })
    monitor.watch(entry('activity'))
    await vi.advanceTimersByTimeAsync(19_000)
    expect(monitor.effectiveIntervalMs).toBe(4000)
    expect(server.asked.length).toBe(6)
    expect(monitor.ownCost).toBeCloseTo(0.01, 2)
    monitor.close()
  })

  test('asks again after the plain interval, however long the first run took', async () => {
    const server = new ClockworkServer()
    server.takesMs = 200
    const monitor = new Monitor(server, { intervalMs: 1000, budget: 0.01 })
    monitor.watch(entry('activity'))
    await vi.advanceTimersByTimeAsync(500)
    server.takesMs = 5
    await vi.advanceTimersByTimeAsync(2000)
    expect(server.asked.length).toBe(3)
    monitor.close()
  })

  test('does not count the way to the server as its cost', async () => {
    const server = new ClockworkServer()
    server.takesMs = 300
    server.roundTripMs = 300
    const monitor = new Monitor(server, { intervalMs: 1000, budget: 0.01 })
    monitor.watch(entry('activity'))
    await vi.advanceTimersByTimeAsync(5000)
    expect(monitor.effectiveIntervalMs).toBe(1000)
    expect(monitor.ownCost).toBe(0)
    monitor.close()
  })

  test('keeps the last rows and the reason when a statement fails', async () => {
    const { server, monitor } = start()
    const watch = monitor.watch(entry('activity'))
    await vi.advanceTimersByTimeAsync(100)
    server.fails = true
    await vi.advanceTimersByTimeAsync(1000)
    expect(watch.snapshot()).toMatchObject({ rows: [{ commits: 10 }], sequence: 1, failure: broken })
    monitor.close()
  })

  test('asks a section that failed three times only each 30 s', async () => {
    const { server, monitor } = start()
    server.fails = true
    monitor.watch(entry('activity'))
    await vi.advanceTimersByTimeAsync(25_000)
    expect(server.asked.length).toBe(3)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(server.asked.length).toBe(4)
    monitor.close()
  })

  test('asks nothing while the link is down, tells why, and asks at once when it is back', async () => {
    const { server, monitor } = start()
    const watch = monitor.watch(entry('activity'))
    await vi.advanceTimersByTimeAsync(100)
    server.become({ status: 'down', failure: broken, attempts: 1, retryAtMs: null })
    await vi.advanceTimersByTimeAsync(5000)
    expect(server.asked.length).toBe(1)
    expect(watch.snapshot().failure).toBe(broken)
    server.become({ status: 'up' })
    await vi.advanceTimersByTimeAsync(10)
    expect(server.asked.length).toBe(2)
    expect(watch.snapshot().failure).toBe(null)
    monitor.close()
  })

  test('asks nothing while paused and at once when it goes on', async () => {
    const { server, monitor } = start()
    monitor.watch(entry('activity'))
    await vi.advanceTimersByTimeAsync(100)
    monitor.paused = true
    await vi.advanceTimersByTimeAsync(5000)
    expect(server.asked.length).toBe(1)
    monitor.paused = false
    await vi.advanceTimersByTimeAsync(10)
    expect(server.asked.length).toBe(2)
    monitor.close()
  })

  test('tells its listeners once for a whole refresh', async () => {
    const { monitor } = start()
    const told: string[] = []
    monitor.watch(entry('activity')).subscribe(() => told.push('activity'))
    monitor.watch(entry('vitals')).subscribe(() => told.push('vitals'))
    await vi.advanceTimersByTimeAsync(7)
    expect(told).toEqual([])
    await vi.advanceTimersByTimeAsync(10)
    expect(told).toEqual(['activity', 'vitals'])
    monitor.close()
  })

  test('derives rates between two refreshes', async () => {
    const { monitor } = start()
    const watch = monitor.watch(entry('vitals'))
    await vi.advanceTimersByTimeAsync(1500)
    expect(watch.snapshot().rates.get('')?.commits).toBeCloseTo(10, 5)
    monitor.close()
  })

  test('counts what is asked once as its cost too', async () => {
    const { monitor } = start()
    const asking = monitor.ask(entry('locks'))
    await vi.advanceTimersByTimeAsync(500)
    expect((await asking).ok).toBe(true)
    expect(monitor.ownCost).toBeCloseTo(0.005, 3)
    monitor.close()
  })

  test('tells when a statement begins to fail and when it works again', async () => {
    const { server, monitor } = start()
    const told: boolean[] = []
    monitor.subscribe(() => told.push(monitor.isFailing))
    monitor.watch(entry('activity'))
    await vi.advanceTimersByTimeAsync(100)
    server.fails = true
    await vi.advanceTimersByTimeAsync(1000)
    server.fails = false
    await vi.advanceTimersByTimeAsync(1000)
    expect(told).toEqual([true, false])
    monitor.close()
  })

  test('knows how old the oldest rows on screen are', async () => {
    const { server, monitor } = start()
    monitor.watch(entry('activity'))
    await vi.advanceTimersByTimeAsync(100)
    server.fails = true
    await vi.advanceTimersByTimeAsync(5000)
    expect(performance.now() - (monitor.oldestMs ?? 0)).toBeGreaterThan(5000)
    monitor.close()
  })
})
