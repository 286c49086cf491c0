import { describe, expect, test } from 'vitest'
import type { Finding } from '#src/plans/findings/finding.ts'
import { findingLines, placedFindingLines } from '#src/view/plan/findings.ts'
import { at, modelFrom, ran } from '../../plans/model-plans.ts'
import { ascii, mono, plain } from './draw.ts'

const plan = modelFrom(ran('Seq Scan', { ms: 100 }, { 'Relation Name': 'orders', Alias: 'o' }))

const finding: Finding = {
  rule: 'seq-scan-discards',
  node: at(plan, '0'),
  severity: 'critical',
  share: 0.77,
  savesMs: 414,
  title: 'seq scan reads 300k rows to keep 19k',
  advice: 'An index on the filtered columns finds the rows that are kept.',
  remedy: 'CREATE INDEX CONCURRENTLY\n  ON orders (customer);',
  evidence: [
    { label: 'rows removed by filter', value: 281_000, unit: 'rows' },
    { label: 'kept', value: 0.06, unit: 'ratio' },
  ],
}

describe('a finding', () => {
  test('tells what is wrong, what that rests on, what to do, and the statement for it', () => {
    expect(plain(findingLines(finding, 80, mono))).toBe(
      [
        ' !! seq scan reads 300k rows to keep 19k',
        '    saves ≤ 414ms (77.0%); rows removed by filter 281k, kept 6.0%',
        '    An index on the filtered columns finds the rows that are kept.',
        '    CREATE INDEX CONCURRENTLY',
        '      ON orders (customer);',
      ].join('\n'),
    )
  })

  test('tells its node where nothing stands around it, and wraps to the width', () => {
    expect(plain(placedFindingLines(finding, 40, ascii))).toBe(
      [
        ' !! seq scan reads 300k rows to keep 19k',
        '    Seq Scan on orders o; saves <= 414ms',
        '    (77.0%); rows removed by filter',
        '    281k, kept 6.0%',
        '    An index on the filtered columns',
        '    finds the rows that are kept.',
        '    CREATE INDEX CONCURRENTLY',
        '      ON orders (customer);',
      ].join('\n'),
    )
    expect(plain(placedFindingLines({ ...finding, node: null }, 80, mono))).toContain(
      'the whole statement; saves',
    )
  })

  test('says nothing of what is not known', () => {
    const bare = { ...finding, savesMs: null, share: null, remedy: null, evidence: [] }
    expect(plain(findingLines(bare, 80, mono))).toBe(` !! ${finding.title}\n    ${finding.advice}`)
  })
})
