/** What can be filtered by on the Locks screen: what its columns show, and the entry's own columns. */
import type { ColumnKind, Value } from '#queries/define.ts'
import { locks } from '#queries/locks.ts'
import type { LockAnalysis } from '#src/locks/analysis.ts'
import { subjectOf } from '#src/locks/blockers.ts'
import { isWaiting, type Party } from '#src/locks/party.ts'
import { lockedText } from '#src/locks/words.ts'
import type { Filter } from '#src/ui/live-table.ts'
import { type FilterColumn, parseFilter } from '#src/view/filter.ts'
import { keyOf, type LocksTableRow } from '#src/view/locks/rows.ts'
import { select } from '#src/view/select.ts'

/**
 * The test for a filter as typed, or what is wrong with it. A row stays when it matches or when somebody below it in
 * the tree does, so that nobody hangs in the air.
 */
export function locksFilter(text: string, analysis: LockAnalysis | null): Filter<LocksTableRow> {
  const parsed = parseFilter(text, [
    ...TREE_COLUMNS.map((column) => overParties(column, analysis)),
    ...COLUMNS,
  ])
  if (!parsed.ok || text === '') {
    return parsed.ok ? { ok: true, matches: () => true } : parsed
  }
  const kept = new Set<string>()
  const matching = analysis === null ? [] : select(analysis.parties, parsed.matches)
  if (matching === null) {
    return { ok: true, matches: () => true }
  }
  for (const party of matching) {
    for (
      let at: Party | undefined = party;
      at !== undefined && !kept.has(keyOf(at));
      at = analysis?.nodeOf(at)?.edge?.blocker
    ) {
      kept.add(keyOf(at))
    }
  }
  return { ok: true, matches: (row) => partiesOf(row).some((party) => kept.has(keyOf(party))) }
}

function partiesOf(row: LocksTableRow): readonly Party[] {
  switch (row.kind) {
    case 'party':
    case 'also':
      return [row.party]
    case 'more':
      return row.parties
    case 'thing':
      return [...row.thing.holders.keys(), ...row.thing.queue.map(({ party }) => party)]
  }
}

/** What a column shows that only the tree tells. A plain pid means that session, not all that wait behind it. */
interface TreeColumn {
  readonly id: string
  readonly kind: ColumnKind
  readonly value: (party: Party, analysis: LockAnalysis) => Value
}

const TREE_COLUMNS: readonly TreeColumn[] = [
  {
    id: 'frees',
    kind: 'count',
    value: (party, analysis) =>
      analysis.countBehind(party) === 0 ? null : analysis.release([party]).total.length,
  },
  { id: 'edge', kind: 'text', value: (party, analysis) => analysis.nodeOf(party)?.edge?.kind ?? null },
  {
    id: 'behind',
    kind: 'text',
    value: (party, analysis) => analysis.nodeOf(party)?.edge?.blocker.id ?? null,
  },
]

function overParties({ id, kind, value }: TreeColumn, analysis: LockAnalysis | null): FilterColumn<Party> {
  return {
    id,
    kind,
    value: (party) => (analysis === null ? null : value(party, analysis)),
    isNamedOnly: true,
  }
}

const HEADINGS: readonly FilterColumn<Party>[] = [
  { id: 'waits', kind: 'seconds', value: ({ waits }) => waits[0]?.seconds ?? null },
  { id: 'lock', kind: 'text', value: modesOf },
  { id: 'mode', kind: 'text', value: modesOf },
  {
    id: 'on',
    kind: 'text',
    value: (party) =>
      party.waits.length === 0
        ? party.locks.map(lockedText).join(' ')
        : party.waits.map((wait) => lockedText(subjectOf(party, wait))).join(' '),
  },
  { id: 'kind', kind: 'text', value: ({ kind }) => kind },
  { id: 'waiting', kind: 'bool', value: isWaiting },
  { id: 'user', kind: 'name', value: ({ row }) => row.usename },
  { id: 'db', kind: 'name', value: ({ row }) => row.datname },
  { id: 'app', kind: 'name', value: ({ row }) => row.application_name },
]

function modesOf({ locks: held }: Party): string {
  return held.map(({ mode }) => mode).join(' ')
}

const COLUMNS: readonly FilterColumn<Party>[] = [
  ...HEADINGS,
  ...locks.columns.flatMap(({ id, kind }) =>
    id === 'locks' ? [] : [{ id, kind, value: ({ row }: Party) => row[id] }],
  ),
]
