/** What belongs to a table: indexes, foreign keys both ways, triggers, settings, publications. */
import { safe, toSafeText } from '#src/text/safe.ts'
import { BLOCK_BYTES, bytes, count } from '#src/text/units.ts'
import { wrap } from '#src/text/wrap.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { drawRuns, run } from '#src/view/run.ts'
import { listed } from '#src/view/verdict-lines.ts'
import type { Detail } from './known.ts'

interface IndexJson {
  readonly name: string
  readonly columns: readonly (string | null)[] | null
  readonly pages: number
  readonly scans: number
  readonly isPrimary: boolean
  readonly isUnique: boolean
  readonly isValid: boolean
}

interface TriggerJson {
  readonly name: string
  readonly enabled: string
  readonly schema: string
  readonly function: string
}

interface ForeignKeyJson {
  readonly name: string
  readonly schema: string
  readonly table: string
  readonly definition: string
  readonly isValid: boolean
}

/** Sections, those without anything left out. */
export function belongingLines(
  { belongings, item }: Detail,
  width: number,
  theme: Theme,
): readonly Drawable[] {
  const heading = (text: string) => [safe``, theme.paint('strong', toSafeText(` ${text}`))]
  if (belongings === null) return [...heading('indexes'), safe`   asking…`]
  if (belongings.failure !== null)
    return [...heading('indexes'), ...wrap(safe`   ${toSafeText(belongings.failure.message)}`, width - 1)]
  const { row } = belongings
  if (row === null) return [...heading('indexes'), safe`   the table is gone`]
  // The lists are built by the entry's own SQL.
  const indexes = (row.indexes ?? []) as readonly IndexJson[]
  const triggers = (row.triggers ?? []) as readonly TriggerJson[]
  const foreignKeys = (row.foreign_keys ?? []) as readonly ForeignKeyJson[]
  const referencedBy = (row.referenced_by ?? []) as readonly ForeignKeyJson[]
  const settings = [row.reloptions, row.toast_reloptions].flatMap((list, at) =>
    ((list ?? []) as readonly string[]).map((option) => (at === 0 ? option : `toast.${option}`)),
  )
  const publications = (row.publications ?? []) as readonly string[]
  const section = (title: string, fragments: readonly string[]) =>
    fragments.length === 0 ? [] : [...heading(title), ...listed(fragments, width)]
  return [
    ...(indexes.length === 0
      ? section('indexes', [item.facts.isPartitioned ? 'none of the whole table' : 'none'])
      : [
          ...heading('indexes (5 Indexes has their verdicts)'),
          ...indexes.map((index) => indexLine(index, width, theme)),
        ]),
    ...section(
      'refers to',
      foreignKeys.map(
        ({ definition, name, isValid }) => `${name}: ${definition}${isValid ? '' : ' (NOT VALID)'}`,
      ),
    ),
    ...section(
      'referred to by',
      referencedBy.map(({ schema, table, name, definition }) => `${schema}.${table}: ${name}: ${definition}`),
    ),
    ...section(
      'triggers',
      triggers.map(
        ({ name, enabled, schema, function: called }) =>
          `${name} calls ${schema}.${called}()${ENABLED[enabled] ?? ''}`,
      ),
    ),
    ...section('settings of its own', settings),
    ...section('published by', publications),
    ...section('comment', row.comment === null ? [] : [row.comment]),
  ]
}

const ENABLED: Readonly<Record<string, string>> = {
  D: ', disabled',
  R: ', on replicas only',
  A: ', on replicas too',
}

function indexLine(index: IndexJson, width: number, theme: Theme): Drawable {
  const { name, columns, pages, scans, isPrimary, isUnique, isValid } = index
  const kind = isPrimary ? 'primary key' : isUnique ? 'unique' : ''
  const list = (columns ?? []).map((column) => column ?? '(expression)').join(', ')
  return drawRuns(
    [
      run(safe`   ${toSafeText(name)} `),
      run(safe`(${toSafeText(list)}) `),
      run(toSafeText(kind === '' ? '' : `${kind} `), 'accent'),
      run(isValid ? safe`` : safe`INVALID `, 'critical'),
      run(safe`${bytes(pages * BLOCK_BYTES)}, ${count(scans)} scans`, 'dim'),
    ],
    width,
    theme,
  )
}
