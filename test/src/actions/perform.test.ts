import { describe, expect, it } from 'vitest'
import type { Row } from '#queries/define.ts'
import type { Audit, AuditRecord } from '#src/actions/audit.ts'
import { type Deps, perform } from '#src/actions/perform.ts'
import { describeReport, type Report } from '#src/actions/report.ts'
import type { Target } from '#src/actions/target.ts'
import type { Failure, Outcome, Server } from '#src/server/contract.ts'
import { type Actor, analysisOf, locksRows } from '#test/src/locks/fixtures.ts'
import { makeFacts, makeTarget } from './make-target.ts'

/** What a made-up server answers to an entry: rows, why not, or nothing ever; asked anew each time, with the time in ms. */
type Answers = Readonly<
  Record<string, (nowMs: number, parameters: readonly unknown[]) => readonly Row[] | Failure | 'never'>
>

const lost: Failure = { kind: 'lost', message: 'the server closed the connection', sqlstate: null }
const sent = () => [{ pid: 4711, backend_type: 'client backend', sent: true }]
const nothing = () => []
const here = (changes: Partial<Target> = {}) => [{ ...makeTarget(changes) }]

/** Runs an action against made-up answers, with time passing only in sleep. */
async function run(
  action: 'cancel' | 'terminate',
  answers: Answers,
  { targets = [makeTarget()], audit = [] as AuditRecord[], failing = '', deps = {} as Partial<Deps> } = {},
): Promise<{ readonly report: Report; readonly asked: readonly string[] }> {
  const asked: string[] = []
  let nowMs = 0
  const server = {
    endpoint: { host: 'db1', port: 5432, database: 'orders', user: 'dba', label: '', tls: true },
    facts: makeFacts(),
    run: async (
      entry: { id: string },
      options: { parameters?: readonly unknown[] } = {},
    ): Promise<Outcome<Row>> => {
      asked.push(entry.id)
      const answer = (answers[entry.id] ?? nothing)(nowMs, options.parameters ?? [])
      if (answer === 'never') return await new Promise<never>(() => {})
      return 'kind' in answer
        ? { ok: false, failure: answer, tookMs: 1 }
        : { ok: true, rows: answer as readonly Row[], tookMs: 1 }
    },
  } as unknown as Server
  const file: Audit = {
    path: '/x',
    append: async (records) => {
      if (records.some(({ phase }) => phase === failing)) return { ok: false, reason: 'disk full' }
      audit.push(...records)
      return { ok: true }
    },
  }
  const report = await perform(server, action, targets, {
    audit: file,
    operator: { os_user: 'ann', os_host: 'bastion', ssh_client: null, tty: null },
    clock: {
      nowMs: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms
      },
      timeOfDay: () => '2026-01-01T00:10:00.000Z',
    },
    ...deps,
  })
  return { report, asked }
}

const begun = { backend_start: makeTarget().backend_start }
/** Two wait behind 4711, one behind somebody else. */
const queues: readonly Actor[] = [
  { pid: 4711, holds: ['RowExclusive orders'], row: begun },
  { pid: 1, wants: 'AccessExclusive orders' },
  { pid: 2, wants: 'AccessShare orders' },
  { pid: 99, holds: ['Exclusive advisory 1'] },
  { pid: 3, wants: 'Exclusive advisory 1' },
]
const locks = () => locksRows(...queues) as readonly Row[]
const waiting = (...pids: readonly number[]) => pids.map((pid) => ({ pid }))

describe('an action', () => {
  it('is proved by the backend being gone, and its waiters by not waiting', async () => {
    const { report } = await run('terminate', {
      terminate: sent,
      'backend-state': (nowMs) => (nowMs < 100 ? here() : []),
      locks,
      'lock-waiters': (nowMs) => (nowMs < 200 ? waiting(1, 2, 3) : waiting(3)),
    })
    expect(report).toMatchObject({
      outcomes: [{ outcome: { kind: 'done', afterMs: 100 } }],
      freed: { before: 2, freed: 2, afterMs: 200 },
      next: null,
      auditProblem: null,
    })
    expect(describeReport(report)).toBe('4711 is gone 0.1s after the signal · freed 2 of 2 waiters in 0.2s')
  })

  it('asks only once who blocks whom, and not at all when the dialog has just shown it', async () => {
    const answers: Answers = {
      terminate: sent,
      locks,
      'lock-waiters': (nowMs) => (nowMs < 1000 ? waiting(2, 3, 5) : []),
    }
    const { asked } = await run('terminate', answers)
    expect(asked.filter((id) => id === 'locks')).toHaveLength(1)
    const known = { locks: analysisOf(...queues) }
    const { report, asked: after } = await run('terminate', answers, { deps: known })
    expect(after).not.toContain('locks')
    // Pid 1 has left since the dialog was opened: it is not counted as freed.
    expect(report.freed).toMatchObject({ before: 1, freed: 1 })
  })

  it('sends at once when the dialog has shown that nobody waits, or could not tell', async () => {
    for (const known of [analysisOf(), null]) {
      const { report, asked } = await run('terminate', { terminate: sent }, { deps: { locks: known } })
      expect(asked[0]).toBe('terminate')
      expect(report.freed).toEqual(known === null ? null : { before: 0, freed: 0, afterMs: null })
    }
  })

  it('counts every process that waits behind the target, and none that waits behind an heir of its pid', async () => {
    const parallel: readonly Actor[] = [
      { pid: 4711, holds: ['RowExclusive orders'], row: begun },
      { pid: 1 },
      ...[11, 12].map((pid) => ({
        pid,
        wants: 'Share orders',
        row: { leader_pid: 1, backend_type: 'parallel worker' },
      })),
      { pid: 20, row: { snapshot_blocked_by: [4711] } },
    ]
    const answers: Answers = {
      terminate: sent,
      'lock-waiters': (nowMs) => (nowMs < 100 ? waiting(11, 12) : []),
    }
    const { report } = await run('terminate', answers, { deps: { locks: analysisOf(...parallel) } })
    expect(report.freed).toMatchObject({ before: 2, freed: 2 })
    const heir = parallel.map((actor) => ({ ...actor, row: { ...actor.row, backend_start: null } }))
    const missed = await run('terminate', answers, { deps: { locks: analysisOf(...heir) } })
    expect(missed.report.freed).toMatchObject({ before: 0 })
  })

  it('measures each effect from its own signal, and the waiters from the first', async () => {
    let nowMs = 0
    const clock: Deps['clock'] = {
      nowMs: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms
      },
      timeOfDay: () => '',
    }
    const { report } = await run(
      'terminate',
      {
        // Reading the waiters takes 0.4 s, each signal 0.1 s.
        locks: () => {
          nowMs += 400
          return locks()
        },
        terminate: () => {
          nowMs += 100
          return sent()
        },
      },
      { targets: [makeTarget(), makeTarget({ pid: 4712 })], deps: { clock } },
    )
    expect(report.outcomes.map(({ outcome }) => outcome)).toMatchObject([{ afterMs: 100 }, { afterMs: 0 }])
    expect(report.freed).toMatchObject({ freed: 2, afterMs: 100 })
  })

  it('is aimed with the identity and the statement that were shown', async () => {
    const seen: (readonly unknown[])[] = []
    const keep = (_: number, parameters: readonly unknown[]) => {
      seen.push(parameters)
      return sent()
    }
    await run('cancel', { cancel: keep })
    await run('terminate', { terminate: keep })
    await run('terminate', { terminate: keep }, { targets: [makeTarget({ state: 'idle in transaction' })] })
    const { backend_start, query_start, xact_start } = makeTarget()
    expect(seen).toEqual([
      [4711, backend_start, [100, 101], query_start],
      [4711, backend_start, [100, 101], null],
      [4711, backend_start, [100, 101], xact_start],
    ])
  })

  it('says that a backend is still there after 5 s, and offers to terminate what a cancel did not move', async () => {
    const { report } = await run('cancel', {
      cancel: sent,
      'backend-state': () => here({ wait_event_type: 'IO', wait_event: 'DataFileRead' }),
    })
    expect(describeReport(report)).toBe(
      '4711: signal sent, still there after 5.0s (active, waits for IO DataFileRead)',
    )
    expect(report.next).toMatchObject({
      action: 'terminate',
      targets: [{ pid: 4711, wait_event: 'DataFileRead' }],
    })
  })

  it('tells a transaction that is over already from one that is not', async () => {
    const { report } = await run('terminate', {
      terminate: sent,
      'backend-state': () => here({ backend_xid: null }),
    })
    expect(report).toMatchObject({
      outcomes: [{ outcome: { kind: 'still there', undone: true } }],
      next: null,
    })
    expect(describeReport(report)).toContain('cleaning up')
  })

  it('sees a cancelled statement by its state, and tells it', async () => {
    const { report } = await run('cancel', {
      cancel: sent,
      'backend-state': () => here({ state: 'idle in transaction (aborted)' }),
    })
    expect(describeReport(report)).toBe(
      'the statement of 4711 ended 0ms after the signal; it is idle in transaction (aborted) now',
    )
  })

  it('says who has the pid when nobody was hit', async () => {
    const stateNow = (changes: Partial<Target> | null) => ({
      cancel: nothing,
      'backend-state': () => (changes === null ? [] : here(changes)),
    })
    const told = async (changes: Partial<Target> | null) =>
      describeReport((await run('cancel', stateNow(changes))).report)
    expect(await told(null)).toBe('4711: not signalled, it was gone already')
    expect(await told({ backend_start: '2026-01-01T09:00:00.000000Z' })).toBe(
      '4711: not signalled, the pid belongs to another backend by now',
    )
    expect(await told({ query_start: '2026-01-01T09:00:00.000000Z', query: 'SELECT\x1b[2J 2' })).toBe(
      '4711: not signalled, that statement is over already; now it runs: SELECT\\x1b[2J 2',
    )
    expect(await told({})).toBe('4711: not signalled, it was not what was shown any more')
  })

  it("gives the server's own words when it does not permit it", async () => {
    const { report, asked } = await run('terminate', {
      terminate: () => ({
        kind: 'statement',
        message: 'permission denied to terminate process',
        detail: 'Only roles with the SUPERUSER attribute may terminate such.',
        sqlstate: '42501',
      }),
    })
    expect(report.outcomes[0]?.outcome).toEqual({
      kind: 'refused',
      reason:
        'permission denied to terminate process · Only roles with the SUPERUSER attribute may terminate such.',
      sqlstate: '42501',
    })
    expect(asked).toEqual(['locks', 'terminate'])
    expect(report.freed).toBeNull()
  })

  it('never sends again what lost its answer, and looks when the connection is back', async () => {
    const { report, asked } = await run('terminate', {
      terminate: () => lost,
      'backend-state': (nowMs) => (nowMs < 1000 ? lost : []),
    })
    expect(asked.filter((id) => id === 'terminate')).toHaveLength(1)
    expect(describeReport(report)).toBe(
      '4711: not known whether it was signalled (the server closed the connection); it is gone now',
    )
    const silent = await run('terminate', { terminate: () => lost, 'backend-state': () => lost })
    expect(silent.report.outcomes[0]?.outcome).toMatchObject({ kind: 'unknown', presence: null })
  })

  it('takes a timeout of the signalling statement for an unknown outcome', async () => {
    const { report } = await run('terminate', {
      terminate: () => ({ kind: 'timeout', message: 'canceling statement', sqlstate: '57014' }),
    })
    expect(report.outcomes[0]?.outcome).toMatchObject({ kind: 'unknown', presence: 'gone' })
  })

  it('does not claim an effect that it could not see', async () => {
    const { report } = await run('terminate', { terminate: sent, 'backend-state': () => lost })
    expect(report.outcomes[0]?.outcome.kind).toBe('unproven')
  })

  it('is tried on each of many, and partial results are told', async () => {
    const targets = [makeTarget(), makeTarget({ pid: 2 }), makeTarget({ pid: 100 })]
    const { report, asked } = await run(
      'terminate',
      { terminate: (_, [pid]) => (pid === 2 ? [] : sent()), 'backend-state': nothing },
      { targets },
    )
    expect(report.outcomes.map(({ outcome }) => outcome.kind)).toEqual(['done', 'missed', 'refused'])
    expect(asked.filter((id) => id === 'terminate')).toHaveLength(2)
    expect(describeReport(report)).toBe('1 gone, 1 not signalled: changed or gone before, 1 refused')
  })

  it('stops at the first lost answer of many, and says so of the others', async () => {
    const targets = [makeTarget(), makeTarget({ pid: 2 }), makeTarget({ pid: 3 })]
    const { report, asked } = await run(
      'terminate',
      { terminate: (_, [pid]) => (pid === 2 ? lost : sent()), 'backend-state': nothing },
      { targets },
    )
    expect(report.outcomes.map(({ outcome }) => outcome.kind)).toEqual(['done', 'unknown', 'refused'])
    expect(asked.filter((id) => id === 'terminate')).toHaveLength(2)
  })

  it('is not tried when it cannot be written down first', async () => {
    const { report, asked } = await run('terminate', { terminate: sent }, { failing: 'before' })
    expect(asked).toEqual([])
    expect(report.outcomes).toEqual([])
    expect(describeReport(report)).toBe('Nothing was done: disk full')
  })

  it('tells when only its result could not be written down', async () => {
    const { report } = await run('terminate', { terminate: sent }, { failing: 'after' })
    expect(describeReport(report)).toBe(
      '4711 is gone 0ms after the signal · Done, but its result is not written down: disk full',
    )
  })

  it('is written down before and after, without secrets', async () => {
    const audit: AuditRecord[] = []
    await run(
      'cancel',
      { cancel: sent },
      { audit, targets: [makeTarget({ query: "ALTER ROLE bob PASSWORD 'hunter2'" })] },
    )
    expect(audit).toMatchObject([
      {
        phase: 'before',
        action: 'cancel',
        os_user: 'ann',
        role: 'dba',
        server: { system_identifier: '7500000000000000001', host: 'db1', port: 5432, database: 'orders' },
        target: {
          pid: 4711,
          backend_start: '2026-01-01T00:00:00.000001Z',
          query: "ALTER ROLE bob PASSWORD '***'",
        },
      },
      { phase: 'after', outcome: 'done', result: expect.stringContaining('ended') },
    ])
    expect(audit[0]?.action_id).toBe(audit[1]?.action_id)
    expect(JSON.stringify(audit)).not.toContain('hunter2')
  })

  it('writes no secret of the statement that runs instead of the one shown', async () => {
    const audit: AuditRecord[] = []
    const padding = ' '.repeat(180 - 'ALTER ROLE app PASSWORD '.length)
    const query = `ALTER ROLE app${padding} PASSWORD 'hunter2-and-a-secret-that-is-cut-off'`
    const { report } = await run(
      'cancel',
      {
        cancel: nothing,
        'backend-state': () => here({ query_start: '2026-01-01T09:00:00.000000Z', query }),
      },
      { audit },
    )
    expect(JSON.stringify(audit)).toContain('now it runs: ALTER ROLE app')
    expect(JSON.stringify(audit)).not.toContain('hunter2')
    expect(describeReport(report)).not.toContain('hunter2')
  })

  describe('when the program is left', () => {
    /** Runs an action that is left as soon as `id` is asked, which never gets an answer. */
    async function leftAt(id: string, answers: Answers, targets = [makeTarget()]) {
      const audit: AuditRecord[] = []
      const leaving = new AbortController()
      const stuck = {
        [id]: () => {
          leaving.abort()
          return 'never' as const
        },
      }
      const { asked } = await run(
        'terminate',
        { ...answers, ...stuck },
        { audit, targets, deps: { signal: leaving.signal } },
      )
      return { asked, results: audit.filter(({ phase }) => phase === 'after').map(({ result }) => result) }
    }

    it('in the proof, is written down at once as not proven', async () => {
      expect(await leftAt('backend-state', { terminate: sent })).toMatchObject({
        results: ['4711: signal sent; the program was left before its effect was seen'],
      })
    })

    it('in the sending, is written down as not known, and signals nobody more', async () => {
      const targets = [makeTarget(), makeTarget({ pid: 2 })]
      expect(await leftAt('terminate', {}, targets)).toEqual({
        asked: ['locks', 'terminate'],
        results: [
          '4711: not known whether it was signalled (the program was left before the answer)',
          '2: not signalled: not tried, because the program was left before',
        ],
      })
    })

    it('before the sending, signals nobody', async () => {
      expect(await leftAt('locks', { terminate: sent })).toEqual({
        asked: ['locks'],
        results: ['4711: not signalled: not tried, because the program was left before'],
      })
    })
  })
})
