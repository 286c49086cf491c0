import { describe, expect, it } from 'vitest'
import { safe } from '#src/text/safe.ts'
import { cellWidth } from '#src/text/width.ts'
import { detectTheme } from '#src/theme/theme.ts'
import { drawIdentity, type Freshness } from '#src/view/header.ts'

const theme = detectTheme({}, { colour: 'none', unicode: true })
const plain = (text: string) => text.replaceAll(/\x1b\[[\d;]*m/g, '')
const line = (label: string, freshness: Freshness, width: number) =>
  plain(
    drawIdentity(
      { label, facts: null, uptimeSeconds: 60, readOnly: true, production: true },
      freshness,
      safe`14:03:22`,
      width,
      theme,
    ),
  )

const live = { kind: 'live', intervalMs: 1000, askedMs: null, ownCost: 0.002 } as const
const CLOUD = 'orders@orders-prod.cluster-c9akciq32.eu-central-1.rds.amazonaws.com:5432'

describe('the first line', () => {
  it('shows a short name whole', () => {
    expect(line('orders@db1:5432', live, 100)).toMatch(
      /^ pgtriage {2}orders@db1:5432 {2}PRODUCTION .*live 1s/,
    )
  })

  it.each([
    [live, 'live 1s'],
    [{ kind: 'paused', forSeconds: 12 }, 'PAUSED 12.0s'],
    [{ kind: 'stale', ageSeconds: 12, retryInSeconds: 3 }, 'data 12.0s old'],
  ] as const)('cuts a long name before it loses how fresh the data is (%#)', (freshness, words) => {
    for (const width of [60, 80, 100, 120]) {
      const text = line(CLOUD, freshness, width)
      expect(text).toContain(words)
      expect(text).toContain('PRODUCTION')
      expect(text).toMatch(/orders@.*…|amazonaws/)
      expect(cellWidth(text)).toBeLessThanOrEqual(width)
    }
  })
})
