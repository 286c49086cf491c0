/** What the options of `pgtriage explain` ask for. */
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

/** Null where a server would be needed and no statement was given. */
export function explainRequest(own: ExplainOptions, connection: ConnectionRequest): ExplainRequest | null {
  const { file, sql, analyze, yes, set, timeout, diff, format } = own
  const common = { format, ...(diff === undefined ? {} : { diff }) }
  if (sql === undefined) {
    const isPlain = analyze === undefined && yes === undefined && Object.keys(set).length === 0
    return isPlain && connection.positional.length === 0 ? { file, ...common } : null
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
