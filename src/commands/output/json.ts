/** JSON documents: nothing rounded, nothing cut, and harmless on a terminal. */
import type { Column, Row, ServerFacts, Value } from '#queries/define.ts'
import { VERSION } from '#src/commands/version.ts'
import type { Endpoint } from '#src/server/contract.ts'
import { UNSAFE } from '#src/text/unsafe.ts'

/** What a document says about itself, beside its rows. */
export interface DocumentHead {
  readonly command: string
  /** Id of the catalog entry that was asked. */
  readonly entry: string
  readonly endpoint: Endpoint
  readonly facts: ServerFacts
  readonly takenAt: Date
}

/**
 * One document with a row a line. Keys are column ids; whole numbers that do not fit a double are strings; what
 * is invisible or could steer a terminal stands as `\u…`.
 */
export function jsonDocument(head: DocumentHead, columns: readonly Column[], rows: readonly Row[]): string {
  const objects = rows.map((row) => Object.fromEntries(columns.map(({ id }) => [id, row[id] ?? null])))
  return jsonLists(head, { rows: objects })
}

/** The same kind of document with other lists in it than rows, each element a line. */
export function jsonLists(head: DocumentHead, lists: Readonly<Record<string, readonly unknown[]>>): string {
  const { command, entry, endpoint, facts, takenAt } = head
  const fields = {
    pgtriage: VERSION,
    command,
    entry,
    server: {
      host: endpoint.host,
      port: endpoint.port,
      database: facts.database,
      role: facts.role.name,
      version: facts.version,
      version_num: facts.versionNum,
      system_identifier: facts.systemIdentifier,
      in_recovery: facts.inRecovery,
      started_at: facts.startedAt,
    },
    takenAt: takenAt.toISOString(),
  }
  const bodies = Object.entries(lists).map(([name, list]) => {
    const body = list.length === 0 ? '[]' : `[\n${list.map(jsonText).join(',\n')}\n]`
    return `,${jsonText(name)}:${body}`
  })
  return `${jsonText(fields).slice(0, -1)}${bodies.join('')}}\n`
}

/** A document about plans: the plans with a statement a line, and what they are compared with. */
export function jsonPlan(plan: JsonPlans, diff?: { readonly plan: JsonPlans }): string {
  const head = jsonText({ pgtriage: VERSION, command: 'explain', takenAt: new Date().toISOString() })
  return `${head.slice(0, -1)},"plan":${plansText(plan)}${diff === undefined ? '' : `,"diff":${diffText(diff)}`}}\n`
}

interface JsonPlans {
  readonly format: string
  readonly statements: readonly unknown[]
}

function plansText({ format, statements }: JsonPlans): string {
  const body = statements.length === 0 ? '[]' : `[\n${statements.map(jsonText).join(',\n')}\n]`
  return `{"format":${jsonText(format)},"statements":${body}}`
}

function diffText({ plan, ...rest }: { readonly plan: JsonPlans }): string {
  return `${jsonText(rest).slice(0, -1)},"plan":${plansText(plan)}}`
}

const ESCAPED = new RegExp(`[${UNSAFE}]`, 'gu')

/** A value as JSON text, in the words of the documents. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, exact).replace(ESCAPED, (found) =>
    Array.from({ length: found.length }, (_, at) => unicodeEscape(found.charCodeAt(at))).join(''),
  )
}

/** JSON knows no NaN and no infinity; as strings they are at least not taken for null. */
function exact(_key: string, value: Value | undefined): unknown {
  if (typeof value === 'bigint') return String(value)
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

function unicodeEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`
}
