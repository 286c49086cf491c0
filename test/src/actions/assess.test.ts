import { describe, expect, it } from 'vitest'
import { assess } from '#src/actions/assess.ts'
import { lossesOf } from '#src/actions/losses.ts'
import { planAction } from '#src/actions/plan.ts'
import { presenceOf } from '#src/actions/target.ts'
import { makeFacts, makeTarget } from './make-target.ts'

const facts = makeFacts()

describe('assess', () => {
  it('allows both actions on a client that runs a statement', () => {
    expect(assess('cancel', makeTarget(), facts)).toEqual({ verdict: 'allowed' })
    expect(assess('terminate', makeTarget(), facts)).toEqual({ verdict: 'allowed' })
  })

  it("refuses this program's own sessions", () => {
    expect(assess('terminate', makeTarget({ pid: 101 }), facts)).toMatchObject({ verdict: 'refused' })
  })

  it.each([
    'startup',
    'checkpointer',
    'background writer',
    'walwriter',
    'walsummarizer',
    'walreceiver',
    'archiver',
    'logger',
    'io worker',
    'autovacuum launcher',
    'logical replication launcher',
    'slotsync worker',
    'standalone backend',
  ])('refuses the %s', (backend_type) => {
    const process = makeTarget({ backend_type, state: null, usesysid: null, usename: null })
    expect(assess('cancel', process, facts).verdict).toBe('refused')
    expect(assess('terminate', process, facts).verdict).toBe('refused')
  })

  it.each([
    ['walsender', 'standby'],
    ['logical replication apply worker', 'subscription'],
    ['logical replication worker', 'subscription'],
    ['logical replication tablesync worker', 'copies a table'],
    ['TimescaleDB Background Worker Scheduler', 'background worker'],
    ['evil\x1b[2J', 'evil\\x1b[2J'],
  ])('warns of what ending a %s does', (backend_type, word) => {
    expect(warningsOf('terminate', { backend_type })).toContain(word)
  })

  it('warns of a vacuum against wraparound, and tells it from another', () => {
    const wraparound = {
      backend_type: 'autovacuum worker',
      query: 'autovacuum: VACUUM public.t (to prevent wraparound)',
    }
    expect(warningsOf('cancel', wraparound)).toContain('wraparound')
    expect(
      warningsOf('cancel', { backend_type: 'autovacuum worker', query: 'autovacuum: VACUUM public.t' }),
    ).toContain('skips')
  })

  it('points from a parallel worker to its leader', () => {
    expect(
      assess('cancel', makeTarget({ backend_type: 'parallel worker', leader_pid: 12 }), facts),
    ).toMatchObject({
      verdict: 'refused',
      instead: { action: 'cancel', pid: 12 },
    })
  })

  it.each(['idle in transaction', 'idle in transaction (aborted)'])(
    'offers terminate instead of a cancel of one %s',
    (state) => {
      const assessment = assess('cancel', makeTarget({ state }), facts)
      expect(assessment).toMatchObject({ verdict: 'refused', instead: { action: 'terminate', pid: 4711 } })
      expect(assess('terminate', makeTarget({ state }), facts)).toEqual({ verdict: 'allowed' })
    },
  )

  it.each(['idle', 'disabled', 'fastpath function call', 'starting', null])(
    'refuses to cancel when the state is %s',
    (state) => {
      expect(assess('cancel', makeTarget({ state }), facts).verdict).toBe('refused')
      expect(assess('terminate', makeTarget({ state }), facts).verdict).not.toBe('refused')
    },
  )

  it('asks harder where the columns of a session cannot be seen', () => {
    const unseen = { visible: false, backend_start: null, state: null, query_start: null, xact_start: null }
    expect(warningsOf('cancel', unseen)).toContain('whatever it runs by then')
    expect(lossesOf('terminate', makeTarget(unseen))).toEqual([
      'The session ends; what it was doing, this role cannot see.',
    ])
  })

  it('warns that a commit waiting for a standby is already done', () => {
    expect(warningsOf('cancel', { wait_event: 'SyncRep' })).toContain('already committed')
  })

  it('hints at missing rights without deciding on them', () => {
    const role = { ...facts.role, name: 'plain', superuser: false, signalsBackends: false }
    expect(warningsOf('terminate', {}, makeFacts({ role }))).toContain('pg_signal_backend')
    expect(warningsOf('terminate', { usesysid: 10 }, makeFacts({ role }))).toContain("superuser's session")
    expect(warningsOf('terminate', { usesysid: null }, makeFacts({ role }))).toContain('no role')
    expect(assess('terminate', makeTarget({ usename: 'plain' }), makeFacts({ role }))).toEqual({
      verdict: 'allowed',
    })
    expect(
      assess('terminate', makeTarget(), makeFacts({ role: { ...role, signalsBackends: true } })).verdict,
    ).toBe('allowed')
  })
})

describe('losses', () => {
  it('tell the age of a transaction that wrote, and that one without an id wrote nothing', () => {
    expect(lossesOf('terminate', makeTarget())[0]).toBe(
      'A transaction open for 14m07s, with what it wrote, is rolled back.',
    )
    expect(lossesOf('terminate', makeTarget({ backend_xid: null }))[0]).toContain('wrote nothing')
    expect(lossesOf('cancel', makeTarget()).join()).toContain('savepoint')
  })

  it('leave out the transaction of a session that has none', () => {
    expect(
      lossesOf('terminate', makeTarget({ state: 'idle', xact_start: null, backend_xid: null })),
    ).toHaveLength(1)
  })
})

describe('a plan', () => {
  it('aims only at what is not refused, and keeps the reasons', () => {
    const plan = planAction('cancel', [makeTarget(), makeTarget({ pid: 2, state: 'idle' })], facts)
    expect(plan.aims.map(({ target }) => target.pid)).toEqual([4711])
    expect(plan.spared.map(({ target }) => target.pid)).toEqual([2])
  })
})

describe('presence', () => {
  const target = makeTarget()
  it('tells a pid that another backend took over from the backend itself', () => {
    expect(presenceOf('terminate', target, undefined)).toBe('gone')
    expect(
      presenceOf('terminate', target, makeTarget({ backend_start: '2026-01-01T00:00:00.000002Z' })),
    ).toBe('another backend')
    expect(presenceOf('terminate', target, makeTarget({ query_start: null, state: 'idle' }))).toBe('same')
  })
  it('sees that a query has changed, and that a transaction idle before has', () => {
    expect(presenceOf('cancel', target, makeTarget({ query_start: '2026-01-01T00:02:00.000002Z' }))).toBe(
      'changed',
    )
    expect(presenceOf('cancel', target, target)).toBe('same')
    const idle = makeTarget({ state: 'idle in transaction' })
    expect(presenceOf('terminate', idle, { ...idle, xact_start: null })).toBe('changed')
    expect(presenceOf('terminate', idle, { ...idle, state: 'active' })).toBe('same')
  })
})

function warningsOf(
  action: 'cancel' | 'terminate',
  changes: Parameters<typeof makeTarget>[0],
  on = facts,
): string {
  const assessment = assess(action, makeTarget(changes), on)
  return assessment.verdict === 'warn' ? assessment.warnings.join(' ') : assessment.verdict
}
