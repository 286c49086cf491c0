/** What a person may set once and for all; command line flags win over it. */

/** The settings in force. No password is among them, by design. */
export interface Settings {
  /** Seconds between two polls of a live screen, 0.5 to 60. */
  readonly interval: number
  /** `auto` follows the terminal; `mono` has attributes only. */
  readonly theme: 'auto' | 'mono'
  /** Takes cancel and terminate out of the key map. */
  readonly readOnly: boolean
  /** Where actions are written down; null for the usual place. */
  readonly auditPath: string | null
  /** Allows actions without a record of them. */
  readonly noAudit: boolean
  /** Draws with ASCII characters only. */
  readonly ascii: boolean
  /** Servers whose dialogs ask for the database's name: `host` or `host/database`. */
  readonly production: readonly string[]
  /** Days that scans have to be counted for before an index is called unused, 0 to 3650. */
  readonly statisticsDays: number
}

/** What holds without a settings file. */
export const defaultSettings: Settings = {
  interval: 1,
  theme: 'auto',
  readOnly: false,
  auditPath: null,
  noAudit: false,
  ascii: false,
  production: [],
  statisticsDays: 30,
}

/** Why something in the settings file is not in force; one sentence for the reader, with raw text of the file. */
export type Problem = string

/** Takes over what is right in `stored`, value by value, and says what is not. */
export function readSettings(stored: Readonly<Record<string, unknown>>): {
  readonly settings: Settings
  readonly problems: readonly Problem[]
} {
  const problems: Problem[] = []
  const right: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(stored)) {
    const problem = problemOf(name, value)
    if (problem === null) right[name] = value
    else problems.push(problem)
  }
  return { settings: { ...defaultSettings, ...right }, problems }
}

/** Whether a server is listed as production. */
export function isProduction(
  { production }: Pick<Settings, 'production'>,
  endpoint: { readonly host: string; readonly database: string },
): boolean {
  const { host, database } = endpoint
  return production.some((name) => name === host || name === `${host}/${database}`)
}

interface Rule {
  readonly expects: string
  readonly accepts: (value: unknown) => boolean
}

const yesOrNo: Rule = { expects: 'true or false', accepts: (value) => typeof value === 'boolean' }
const themes: ReadonlySet<unknown> = new Set(['auto', 'mono'])

const rules = {
  interval: {
    expects: 'a number of seconds from 0.5 to 60',
    accepts: (value) => typeof value === 'number' && value >= 0.5 && value <= 60,
  },
  theme: { expects: '"auto" or "mono"', accepts: (value) => themes.has(value) },
  readOnly: yesOrNo,
  auditPath: {
    expects: 'an absolute path or null',
    accepts: (value) => value === null || (typeof value === 'string' && value.startsWith('/')),
  },
  noAudit: yesOrNo,
  ascii: yesOrNo,
  production: {
    expects: 'a list of "host" or "host/database"',
    accepts: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
  },
  statisticsDays: {
    expects: 'a number of days from 0 to 3650',
    accepts: (value) => typeof value === 'number' && value >= 0 && value <= 3650,
  },
} as const satisfies Readonly<Record<keyof Settings, Rule>>

function problemOf(name: string, value: unknown): Problem | null {
  // The value is never told: it may be the secret.
  if (/pass|secret|token/i.test(name))
    return `"${name}" is ignored: passwords belong in ~/.pgpass, never here`
  if (!Object.hasOwn(rules, name)) return `"${name}" is not a setting`
  const { expects, accepts } = rules[name as keyof Settings]
  return accepts(value) ? null : `"${name}" must be ${expects}`
}
