/** What is wrong with a plan, as a table: what saves most on top. */
import type { Evidence, Finding } from '#src/plans/findings/finding.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { bytes, count, percent } from '#src/text/units.ts'
import type { Glyphs } from '#src/theme/theme.ts'
import type { Cell, TableColumn } from '../table/column.ts'
import { factor, ms } from './amounts.ts'
import { cutMiddle } from './node-cell.ts'
import { SEVERITIES } from './severity.ts'
import { placeOf } from './titles.ts'

/** The same finding keeps its key when the plan is judged again with what a server knows. */
export function findingRowKey({ rule, node, title }: Finding): string {
  return `${rule} ${node?.path ?? 'statement'} ${title}`
}

/** The order of the findings is given: by what could be saved. */
export function findingColumns(glyphs: Glyphs): readonly TableColumn<Finding>[] {
  return [
    {
      id: 'saves',
      label: safe`saves`,
      width: 7 + glyphs.atMost.length,
      align: 'right',
      priority: 0,
      cell: (finding) => savesCell(finding, glyphs),
      sortValue: ({ savesMs }) => savesMs,
      sortsFirst: 'descending',
    },
    {
      id: 'share',
      label: safe`%`,
      width: 5,
      align: 'right',
      priority: 3,
      cell: ({ share }) => ({ text: share === null ? safe`` : percent(share) }),
      sortValue: ({ share }) => share,
      sortsFirst: 'descending',
    },
    {
      id: 'where',
      label: safe`where`,
      width: 22,
      wideWidth: 40,
      priority: 1,
      cell: ({ node }, cells = 40) =>
        node === null
          ? { text: safe`statement`, token: 'dim' }
          : { text: cutMiddle(placeOf(node), cells, glyphs.ellipsis) },
      sortValue: ({ node }) => node?.index ?? -1,
      sortsFirst: 'ascending',
    },
    {
      id: 'mark',
      label: safe``,
      width: 2,
      align: 'right',
      priority: 0,
      cell: ({ severity }) => ({ text: SEVERITIES[severity].mark, token: SEVERITIES[severity].token }),
      sortValue: ({ severity }) => SEVERITIES[severity].rank,
      sortsFirst: 'descending',
    },
    {
      id: 'finding',
      label: safe`finding`,
      width: 42,
      flexible: true,
      priority: 0,
      cell: ({ title }) => ({ text: toSafeText(title) }),
      sortValue: ({ title }) => title,
      sortsFirst: 'ascending',
    },
    {
      id: 'evidence',
      label: safe`evidence`,
      width: 24,
      wideWidth: 48,
      priority: 2,
      cell: ({ evidence }) => ({ text: evidenceText(evidence), token: 'dim' }),
      sortValue: ({ evidence }) => evidence[0]?.label ?? null,
      sortsFirst: 'ascending',
    },
  ]
}

/** What could go at best, so no more than this. */
function savesCell({ savesMs, severity }: Finding, { atMost }: Glyphs): Cell {
  if (savesMs === null) return { text: safe`-`, token: 'dim' }
  return { text: safe`${atMost}${ms(savesMs)}`, token: SEVERITIES[severity].token }
}

/** `heap fetches 40k, rows 40k`: as many as there are; the cell shows the beginning. */
export function evidenceText(evidence: readonly Evidence[]): SafeText {
  return toSafeText(evidence.map((each) => `${toSafeText(each.label)} ${evidenceValue(each)}`).join(', '))
}

/** A number as its unit wants it. */
export function evidenceValue({ value, unit }: Evidence): SafeText {
  if (typeof value === 'string') return toSafeText(value)
  switch (unit) {
    case 'ms':
      return ms(value)
    case 'bytes':
      return bytes(value)
    case 'ratio':
      return percent(value)
    case 'factor':
      return safe`${factor(value)}x`
    default:
      return count(value)
  }
}
