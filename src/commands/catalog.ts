/** `pgtriage catalog`: what can be asked of a server, and the exact SQL. It needs no server. */
import { catalog as entries, entryById } from '#queries/catalog.ts'
import type { Entry } from '#queries/define.ts'
import { factsFor, NEWEST, parseServerVersion } from '#queries/server-version.ts'
import { nearest } from '#src/text/nearest.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import { EXIT, type Io } from './io.ts'
import { drawTable } from './output/table.ts'

export interface CatalogRequest {
  /** Id of the entry; all are listed without one. */
  readonly entry?: string
  /** Print the SQL instead of the columns. */
  readonly sql?: boolean
  /** As a person writes it: 16, 16.4 or 160004; the newest that is known when not told. */
  readonly serverVersion?: string
}

/** Prints the list, an entry, or its SQL; gives the exit code. */
export async function catalog(request: CatalogRequest, io: Io): Promise<number> {
  if (request.entry === undefined) {
    if (request.sql === true || request.serverVersion !== undefined) {
      io.err('which entry? `pgtriage catalog` lists them')
      return EXIT.usage
    }
    io.out(list())
    return EXIT.ok
  }
  const entry = entryById(request.entry)
  if (entry === undefined) {
    const near = nearest(
      request.entry,
      entries.map(({ id }) => id),
    ).slice(0, 3)
    const hint = near.length === 0 ? '`pgtriage catalog` lists them' : `did you mean ${near.join(' or ')}?`
    io.err(`no entry is called ${request.entry}; ${hint}`)
    return EXIT.usage
  }
  if (request.sql !== true && request.serverVersion === undefined) {
    io.out(description(entry))
    return EXIT.ok
  }
  return printSql(entry, request.serverVersion, io)
}

function printSql(entry: Entry, version: string | undefined, io: Io): number {
  const versionNum = version === undefined ? NEWEST : parseServerVersion(version)
  if (versionNum === null) {
    io.err(
      `${version} is no server version from 13 to ${Math.floor(NEWEST / 10_000)}: write 16, 16.4 or 160004`,
    )
    return EXIT.usage
  }
  const text = entry.sql(factsFor(versionNum))
  if (typeof text !== 'string') {
    io.err(`${entry.id}: ${text.unavailable}; ${text.remedy}`)
    return EXIT.usage
  }
  io.out(`${text}\n;\n`)
  return EXIT.ok
}

/** Cells of a line: what is meant is the point of these pages, a terminal may wrap it. */
const UNCUT = 4000

function list(): string {
  return drawTable(
    [
      { label: safe`entry` },
      { label: safe`pace` },
      { label: safe`waits for` },
      { label: safe`question`, flexible: true },
    ],
    entries.map((entry) => [
      toSafeText(entry.id),
      toSafeText(entry.acts === undefined ? entry.pace : 'acts'),
      toSafeText(waitsOf(entry)),
      toSafeText(entry.about),
    ]),
    UNCUT,
  )
}

function description(entry: Entry): string {
  const { parameters = [] } = entry
  const table = (
    rows: readonly (readonly [string, string, string])[],
    [first, second]: readonly [string, string],
  ) =>
    drawTable(
      [{ label: toSafeText(first) }, { label: toSafeText(second) }, { label: safe`meaning`, flexible: true }],
      rows.map((row) => row.map(toSafeText)),
      UNCUT,
    )
  return [
    `${entry.title}: ${entry.about}\n`,
    ...(entry.acts === undefined ? [] : [`It ${entry.acts}.\n`]),
    `reads ${entry.reads.join(', ')}; can wait for ${waitsOf(entry)}\n\n`,
    ...(parameters.length === 0
      ? []
      : [
          table(
            parameters.map(({ name, type, meaning }) => [name, type, meaning]),
            ['parameter', 'type'],
          ),
          '\n',
        ]),
    table(
      entry.columns.map(({ id, kind, meaning }) => [id, kind, meaning]),
      ['column', 'kind'],
    ),
  ].join('')
}

function waitsOf({ waits, fallback }: Entry): string {
  return fallback === undefined ? waits : `${waits}, then ${fallback.waits}`
}
