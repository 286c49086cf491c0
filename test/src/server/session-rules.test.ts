import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Parameter, ServerFacts } from '#queries/define.ts'
import { inTransaction, literal } from '#queries/session.ts'
import { retryDelayMs, spareRetryDelayMs } from '#src/server/backoff.ts'
import type { Failure } from '#src/server/contract.ts'
import { identityChange, isSameServer } from '#src/server/identity.ts'
import { inlineParameters, parameterText } from '#src/server/parameters.ts'
import { versionNumber } from '#src/server/version.ts'

const failure = (given: Partial<Failure>): Failure => ({
  kind: 'network',
  message: '',
  sqlstate: null,
  ...given,
})
const parameter = (name: string, type: Parameter['type']): Parameter => ({ name, type, meaning: '' })

describe('trying again', () => {
  it('waits longer and longer, up to 4 s, spread from nothing to the whole window', () => {
    const delays = [0, 1, 2, 3, 4, 5, 50].map((attempts) => retryDelayMs(failure({}), attempts, () => 1))
    expect(delays).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000])
    expect(retryDelayMs(failure({}), 9, () => 0)).toBe(0)
  })

  it('does not repeat a wrong password, a missing database or a bad connection string', () => {
    for (const final of [{ kind: 'authentication' }, { sqlstate: '3D000' }, { kind: 'conninfo' }] as const)
      expect(retryDelayMs(failure(final), 0, () => 0.5)).toBeNull()
  })

  it('is slow after silence, quick while the server starts, and slow without a free connection', () => {
    expect(retryDelayMs(failure({ kind: 'timeout' }), 0, () => 0.5)).toBe(7500)
    expect(retryDelayMs(failure({ sqlstate: '57P03' }), 9, () => 1)).toBe(1000)
    expect(spareRetryDelayMs(failure({ sqlstate: '53300' }), 0, () => 0)).toBe(20_000)
  })
})

describe('values in texts', () => {
  it('are written with a cast, and not into strings, names or comments', () => {
    const text = `/* $1 */ SELECT '$1', "$1", $1, $2 -- $2\n, '''$1'`
    expect(
      inlineParameters(text, [parameter('a', 'integer'), parameter('b', 'timestamptz')], ['5', null]),
    ).toBe(`/* $1 */ SELECT '$1', "$1", ('5'::integer), (NULL::timestamptz) -- $2\n, '''$1'`)
  })

  it('cannot end their literal, whatever they hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '\\', 'x', '$', ';', '\n') }), (value) => {
        const written = literal(value)
        const inside = /^(?: E)?'(.*)'$/s.exec(written)?.[1] ?? ''
        expect(inside.replaceAll("''", '').replaceAll('\\\\', '')).not.toMatch(/'|\\/)
      }),
    )
  })

  it('are PostgreSQL texts', () => {
    expect(parameterText([1, 2])).toBe('{1,2}')
    expect(parameterText(5n)).toBe('5')
    expect(parameterText(true)).toBe('true')
    expect(parameterText(undefined)).toBeNull()
  })

  it('go behind a pooler in one transaction that ends what it sets', () => {
    expect(inTransaction('SELECT 1 -- end', { search_path: '', statement_timeout: '2000' })).toBe(
      "BEGIN READ ONLY;\nSET LOCAL search_path = '';\nSET LOCAL statement_timeout = '2000';\nSELECT 1 -- end\n;\nCOMMIT",
    )
  })
})

describe('identity', () => {
  const facts = (given: Partial<ServerFacts>): ServerFacts =>
    ({
      versionNum: 170_005,
      version: '17.5',
      systemIdentifier: '1',
      timeline: 1,
      startedAt: 'then',
      inRecovery: false,
      ...given,
    }) as ServerFacts

  it('is told in one sentence when it changed', () => {
    expect(identityChange(facts({}), facts({}))).toBeNull()
    expect(identityChange(facts({}), facts({ systemIdentifier: '2' }))).toMatch(/another server/)
    expect(identityChange(facts({ inRecovery: true }), facts({ timeline: 2 }))).toMatch(
      /promoted.*timeline is 2/,
    )
    expect(identityChange(facts({}), facts({ startedAt: 'now' }))).toMatch(/started again at now/)
  })

  it('is not doubted when this role may not read it', () => {
    expect(identityChange(facts({}), facts({ systemIdentifier: null, timeline: null }))).toBeNull()
    expect(isSameServer(facts({}), facts({ systemIdentifier: null }))).toBe(true)
    expect(isSameServer(facts({}), facts({ startedAt: 'now' }))).toBe(false)
  })
})

describe('versions', () => {
  it.each([
    ['16.4 (Debian 16.4-1.pgdg120+2)', 160_004],
    ['18beta1', 180_000],
    ['13.23', 130_023],
    ['', 0],
  ])('reads %s', (text, number) => expect(versionNumber(text)).toBe(number))
})
