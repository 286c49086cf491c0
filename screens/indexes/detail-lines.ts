/** How the detail of an index reads. */
import type { IndexFacts } from '#src/indexes/facts.ts'
import type { Item } from '#src/indexes/item.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { bytes, count, duration, percent, timestamp } from '#src/text/units.ts'
import { wrap } from '#src/text/wrap.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { countedLines, type Shown } from '#src/ui/catalog-detail.ts'
import { type Fact, fact, factLines } from '#src/view/facts.ts'
import { drawRuns, run } from '#src/view/run.ts'
import { sqlLines, verdictLines } from '#src/view/verdict-lines.ts'
import { type Beside, VERDICT_TOKENS } from './columns.ts'
import type { DefinitionRow, Definitions } from './definitions.ts'

/** All that the detail of an index draws; what belongs to it are the definitions. */
export interface Detail extends Shown<Item, Definitions> {
  readonly beside: Beside
  /** The other indexes of its table. */
  readonly others: readonly Item[]
}

/** All lines, for any width; the pane shows a window of them. */
export function detailLines(detail: Detail, width: number, theme: Theme): readonly Drawable[] {
  const { item, isGone } = detail
  const what = item.index === null ? safe`foreign key` : safe`index`
  const title = safe` ${what} ${toSafeText(item.name)} on ${toSafeText(`${item.schema}.${item.table}`)}`
  const gone = isGone ? run(safe`  gone: this is how it was last read`, 'critical') : run(safe``)
  return [
    drawRuns([run(title, 'strong'), gone], width, theme),
    ...factLines(factsOf(detail), width, theme),
    ...countedLines(detail, width),
    safe``,
    ...verdictLines(
      {
        title: item.why === '' ? item.verdict : `${item.verdict}: ${item.why}`,
        token: VERDICT_TOKENS[item.verdict],
        confidence: item.confidence,
        evidence: evidenceOf(item),
        caveats: item.caveats,
        remedy: item.remedy,
      },
      width,
      theme,
    ),
    ...definitionLines(detail, width, theme),
    ...otherLines(detail, width, theme),
  ]
}

/** Beside the headline, what the statistics say of its use. */
function evidenceOf({ evidence, why, usage }: Item): readonly string[] {
  const reason = usage?.reason ?? null
  const said = evidence.filter((each) => each !== why)
  return reason === null || reason === why || said.includes(reason) ? said : [...said, `use: ${reason}`]
}

function factsOf({ item, beside, belongings: definitions }: Detail): readonly Fact[] {
  const { index, bloat, usage } = item
  if (index === null) return foreignKeyFacts(item)
  const size = beside.sizeOf(item)
  const lockedBy = beside.lockedBy(item)
  const sinceScan = beside.sinceScan(item)
  const known = definitions?.rows.get(index.oid)
  const list: (Fact | null)[] = [
    fact('method', index.method, kindText(index)),
    fact('columns', columnsText(known)),
    size === null || index.isPartitioned
      ? null
      : fact('size', bytes(size.bytes), size.isExact ? '' : ' by the pages last counted'),
    lockedBy === null
      ? null
      : fact('locked by', `pid ${lockedBy}`, ': no exact size until it is gone', 'critical'),
    index.row.reltuples === null ? null : fact('entries', count(index.row.reltuples), ' (estimated)'),
    index.row.idx_scan === null ? null : fact('scans', String(index.row.idx_scan)),
    sinceScan === null
      ? null
      : fact('last scan', timestamp(index.row.last_idx_scan), ` (${duration(sinceScan)} ago)`),
    fact('usage', usage === null ? null : usage.usage),
    fact('constraint', index.row.constraint_name),
    Number(index.row.foreign_keys ?? 0) === 0
      ? null
      : fact('referenced by', `${index.row.foreign_keys} foreign keys`),
    fact('extension', index.row.extension),
    bloat === null
      ? null
      : bloat.isKnown
        ? fact(
            'bloat',
            `${percent(bloat.ratio)}, ${bytes(bloat.bytes)}`,
            ` (estimated, confidence ${bloat.confidence})`,
          )
        : fact('bloat', 'not known', `: ${bloat.reason}`),
    fact('table writes', writesText(index)),
  ]
  return list.filter((each) => each !== null)
}

function foreignKeyFacts({ foreignKey }: Item): readonly Fact[] {
  if (foreignKey === null) return []
  return [
    fact('columns', foreignKey.columns.join(', ')),
    ...foreignKey.keys.map(({ name, referencedSchema, referencedTable }) =>
      fact('references', `${referencedSchema}.${referencedTable}`, ` by ${name}`),
    ),
  ].filter((each) => each !== null)
}

function columnsText(row: DefinitionRow | undefined): string | null {
  return row === undefined || !Array.isArray(row.columns) ? null : row.columns.map(String).join(', ')
}

function kindText({ row, included, predicate, isPartitioned, isAttached }: IndexFacts): string {
  const words = [
    row.is_primary === true ? 'primary key' : row.is_unique === true ? 'unique' : null,
    row.is_exclusion === true ? 'exclusion' : null,
    row.is_immediate === false ? 'deferrable' : null,
    predicate === null ? null : 'partial',
    included.length === 0 ? null : 'with INCLUDE',
    row.is_clustered === true ? 'clustered on' : null,
    row.is_replica_identity === true ? 'replica identity' : null,
    isPartitioned ? 'of a partitioned table' : null,
    isAttached ? 'of a partition' : null,
    row.is_valid === false ? 'INVALID' : null,
  ].filter((word) => word !== null)
  return words.length === 0 ? '' : `, ${words.join(', ')}`
}

/** Of its table: nobody counts what is written to one index. */
function writesText({ row }: IndexFacts): string | null {
  const { table_inserts, table_updates, table_hot_updates, table_deletes } = row
  if (table_inserts === null || row.is_ready === false) return null
  const indexed = Number(table_updates ?? 0) - Number(table_hot_updates ?? 0)
  return `${count(table_inserts)} inserts, ${count(indexed)} updates that were not HOT, ${count(table_deletes)} deletes`
}

function definitionLines(
  { item, belongings: definitions }: Detail,
  width: number,
  theme: Theme,
): readonly Drawable[] {
  const shown = [item.index, item.coveredBy].filter((index) => index !== null)
  if (shown.length === 0) return []
  const title = theme.paint(
    'strong',
    item.coveredBy === null ? safe` definition` : safe` definition, and of the one beside it`,
  )
  if (definitions === null) return [safe``, title, safe`   asking…`]
  if (definitions.failure !== null)
    return [safe``, title, ...wrap(safe`   ${toSafeText(definitions.failure.message)}`, width - 1)]
  return [
    safe``,
    title,
    ...shown.flatMap((index): readonly Drawable[] => {
      const row = definitions.rows.get(index.oid)
      if (row === undefined) return [safe`   ${toSafeText(index.name)} is gone`]
      if (row.definition === null) return [theme.paint('critical', lockedText(index.name, row.locked_by))]
      return sqlLines(
        [row.definition, row.constraint_definition, row.comment].filter((text) => text !== null).join('\n'),
        width,
      )
    }),
  ]
}

function lockedText(name: string, pid: number | null): SafeText {
  return pid === null
    ? safe`   ${toSafeText(name)} is locked by a prepared transaction`
    : safe`   ${toSafeText(name)} is locked by pid ${pid}`
}

function otherLines(
  { item, others, beside, belongings: definitions }: Detail,
  width: number,
  theme: Theme,
): readonly Drawable[] {
  if (others.length === 0) return []
  return [
    safe``,
    theme.paint('strong', safe` other indexes of ${toSafeText(item.table)}`),
    ...others.map((other) =>
      drawRuns(
        [
          run(safe`   ${toSafeText(other.name)}  `),
          run(safe`${toSafeText(other.verdict)}  `, VERDICT_TOKENS[other.verdict]),
          run(
            safe`${bytes(beside.sizeOf(other)?.bytes ?? 0)}  ${count(other.index?.row.idx_scan ?? 0)} scans  `,
            'dim',
          ),
          run(toSafeText(columnsText(definitions?.rows.get(other.index?.oid ?? 0)) ?? '')),
        ],
        width,
        theme,
      ),
    ),
  ]
}
