/** What the options of `pgtriage explain` ask for. */
import { existsSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import type { ConnectionRequest } from '#src/commands/connect.ts'
import type { ExplainRequest } from '#src/commands/explain.ts'

/** As commander gives them. */
export interface ExplainOptions {
  readonly file: string
  readonly sql?: string
  readonly analyze?: true
  readonly yes?: true
  readonly set: Readonly<Record<string, string>>
  readonly timeout: number
  readonly diff?: string
  readonly format: 'tree' | 'json'
}

/** Or why there is none: a server would be needed, and no statement was given. */
export function explainRequest(own: ExplainOptions, connection: ConnectionRequest): ExplainRequest | string {
  const { file, sql, analyze, yes, set, timeout, diff, format } = own
  const common = { format, ...(diff === undefined ? {} : { diff }) }
  if (sql === undefined) {
    const isPlain = analyze === undefined && yes === undefined && Object.keys(set).length === 0
    return isPlain && connection.positional.length === 0
      ? { file, ...common }
      : withoutStatement(connection.positional)
  }
  return {
    file: sql,
    ...common,
    server: {
      ...connection,
      analyze: analyze === true,
      yes: yes === true,
      settings: set,
      timeoutMs: timeout * 1000,
    },
  }
}

/** A file in place of a connection was meant to be read. */
function withoutStatement([first, ...rest]: readonly string[]): string {
  if (first !== undefined && rest.length === 0 && existsSync(first))
    return `${first} is a file: did you mean ${/\.sql$/i.test(first) ? '--sql' : '--file'} ${first}?`
  return '--analyze, --yes, --set and a connection are for a statement: name it with --sql'
}

/** One more `name=value`. */
export function settings(
  text: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [, name, value] = /^\s*([A-Za-z_][\w.]*)\s*=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('It is name=value, as work_mem=64MB.')
  return { ...before, [name.toLowerCase()]: value.trim() }
}
