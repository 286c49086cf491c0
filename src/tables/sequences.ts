/** How near a sequence is to its end, or to the end of a column that it fills. */
import type { EntryRow } from '#queries/define.ts'
import type { sequences } from '#queries/sequences.ts'
import { qualified, quoteIdentifier } from '#src/text/identifiers.ts'
import type { Remedy, Severity } from './finding.ts'

/** A row of the entry `sequences`. */
export type SequenceRow = EntryRow<typeof sequences>

/** A column that a sequence fills. */
export interface FilledColumn {
  readonly schema: string
  readonly table: string
  readonly column: string
  /** Null for a type that ends no sooner than the sequence. */
  readonly type: 'smallint' | 'integer' | null
  /** False where its default computes with the value: the column may then end sooner or later. */
  readonly direct: boolean
}

/** What ends it first. */
export type SequenceLimit =
  | { readonly kind: 'sequence'; readonly value: bigint }
  | { readonly kind: 'column'; readonly value: bigint; readonly column: FilledColumn }

export interface SequenceState {
  readonly row: SequenceRow
  readonly sqlName: string
  readonly limit: SequenceLimit
  /** Steps taken as a share of all up to the limit, 0 to 1; null where the last value is not known. */
  readonly usedRatio: number | null
  /** Steps that are left; null likewise. */
  readonly left: bigint | null
  /** It begins anew before anything fails. */
  readonly cyclesFirst: boolean
  /** Why there is no last value, in words; null where there is one. */
  readonly unknownBecause: string | null
  /** At 85 % and 95 % (check_postgres); null below, for one that cycles, and where nothing is known. */
  readonly severity: Severity | null
  readonly remedy: Remedy | null
  readonly caveats: readonly string[]
}

const BOUNDS = { smallint: 32_767n, integer: 2_147_483_647n } as const
const WARNING = 0.85
const CRITICAL = 0.95

/** What is known of a sequence. */
export function sequenceState(row: SequenceRow): SequenceState {
  const sqlName = qualified(row.schema ?? '', row.sequence ?? '')
  const columns = Array.isArray(row.columns) ? (row.columns as readonly FilledColumn[]) : []
  const isDescending = BigInt(row.increment ?? 1) < 0n
  const limit = limitOf(row, columns, isDescending)
  const steps = stepsOf(row, limit, isDescending)
  const cyclesFirst = row.cycles === true && limit.kind === 'sequence'
  const severity = steps === null || cyclesFirst ? null : severityOf(steps.usedRatio)
  return {
    row,
    sqlName,
    limit,
    usedRatio: steps?.usedRatio ?? null,
    left: steps?.left ?? null,
    cyclesFirst,
    unknownBecause: reasonOf(row),
    severity,
    remedy: severity === null ? null : remedyOf({ row, sqlName, columns, limit }),
    caveats: columns
      .filter(({ type, direct }) => type !== null && !direct)
      .map(({ schema, table, column }) => `the default of ${schema}.${table}.${column} computes with it`),
  }
}

function limitOf(row: SequenceRow, columns: readonly FilledColumn[], isDescending: boolean): SequenceLimit {
  const own = BigInt((isDescending ? row.minimum : row.maximum) ?? 0)
  const ends = columns.flatMap((column): readonly SequenceLimit[] => {
    if (column.type === null || !column.direct) return []
    const value = isDescending ? -BOUNDS[column.type] - 1n : BOUNDS[column.type]
    return [{ kind: 'column', value, column }]
  })
  const first: SequenceLimit = { kind: 'sequence', value: own }
  return ends.reduce((best, each) => {
    const isSooner = isDescending ? each.value > best.value : each.value < best.value
    return isSooner ? each : best
  }, first)
}

/** Counted from the first value that the sequence and the column could have. */
function stepsOf(
  row: SequenceRow,
  limit: SequenceLimit,
  isDescending: boolean,
): { readonly usedRatio: number; readonly left: bigint } | null {
  if (row.last_value === null) return null
  const sign = isDescending ? -1n : 1n
  const increment = BigInt(row.increment ?? 1) * sign
  const own = BigInt((isDescending ? row.maximum : row.minimum) ?? 0) * sign
  const lowest = limit.kind === 'column' ? lowestOf(limit.column, isDescending) : own
  const first = own > lowest ? own : lowest
  const end = limit.value * sign
  const last = BigInt(row.last_value) * sign
  const available = (end - first) / increment + 1n
  const left = last >= end ? 0n : (end - last) / increment
  if (available <= 0n) return { usedRatio: 1, left }
  const taken = left === 0n ? available : available - left
  return { usedRatio: Math.min(1, Math.max(0, Number(taken) / Number(available))), left }
}

function lowestOf({ type }: FilledColumn, isDescending: boolean): bigint {
  const bound = BOUNDS[type ?? 'integer']
  return isDescending ? -bound : -bound - 1n
}

function severityOf(usedRatio: number): Severity | null {
  if (usedRatio >= CRITICAL) return 'critical'
  return usedRatio >= WARNING ? 'warning' : null
}

function reasonOf({ unknown_because, locked_by }: SequenceRow): string | null {
  switch (unknown_because) {
    case null:
      return null
    case 'unused':
      return 'never used'
    case 'privilege':
      return 'needs SELECT or USAGE on the sequence'
    case 'locked':
      return locked_by === null ? 'locked by a prepared transaction' : `locked by pid ${locked_by}`
    case 'standby':
      return 'unlogged: it cannot be read on a standby'
    case 'many':
      return 'not read: each keeps a lock, so only the first thousand are, those of narrow columns first'
    default:
      return 'temporary, of another session'
  }
}

interface Ending {
  readonly row: SequenceRow
  readonly sqlName: string
  readonly columns: readonly FilledColumn[]
  readonly limit: SequenceLimit
}

/** Every narrow column that it fills, and then the sequence itself. */
function remedyOf({ row, sqlName, columns, limit }: Ending): Remedy {
  const narrow = columns.filter(({ type, direct }) => type !== null && direct)
  const descends = BigInt(row.increment ?? 1) < 0n
  const alterColumns = narrow.map(
    ({ schema, table, column }) =>
      `ALTER TABLE ${qualified(schema, table)} ALTER COLUMN ${quoteIdentifier(column)} TYPE bigint;`,
  )
  const alterSequence =
    limit.kind === 'column'
      ? []
      : row.type === 'bigint'
        ? [`ALTER SEQUENCE ${sqlName} NO ${descends ? 'MINVALUE' : 'MAXVALUE'};`]
        : [`ALTER SEQUENCE ${sqlName} AS bigint;`]
  return {
    sql: [...alterColumns, ...alterSequence],
    notes: [
      ...(narrow.length === 0
        ? []
        : [
            'Changing the type of a column rewrites the table and its indexes under ACCESS EXCLUSIVE; for a large table, fill a new bigint column in batches and swap them.',
            'Columns that refer to it, and programs that read it, need the wider type too.',
          ]),
      ...(alterSequence.length === 0 || row.type === 'bigint'
        ? []
        : ['A limit of its own that is not the one of its type stays as it is.']),
    ],
  }
}
