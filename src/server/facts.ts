/** What is known of a server, read in one round trip at each connect. */
import type { Entry, EntryRow, ServerFacts } from '#queries/define.ts'
import { databaseNames, extensions, roleNames, serverFacts } from '#queries/server-facts.ts'
import { rowsOf } from './rows.ts'
import type { Answer, Session } from './session.ts'
import { versionNumber } from './version.ts'

/** The facts, and the process that answered: another one than logged us in means a pooler. */
export interface ReadFacts {
  readonly facts: ServerFacts
  readonly backendPid: number
}

/**
 * Reads the facts; unless `alone`, extensions and names come along in the same message. When that fails (a
 * catalog is locked) the facts alone are read: they wait for no lock on a catalog.
 */
export async function readFacts(session: Session, alone: boolean): Promise<ReadFacts> {
  const before = unknownFacts(session)
  if (!alone) {
    try {
      const [facts, found, roles, databases] = await ask(session, [
        textOf(serverFacts, before),
        textOf(extensions, before),
        textOf(roleNames, before),
        textOf(databaseNames, before),
      ])
      return assemble(before, facts, { found, roles, databases })
    } catch (error) {
      if (session.gone) throw error
    }
  }
  const [facts] = await ask(session, [textOf(serverFacts, before)])
  return assemble(before, facts, {})
}

async function ask(session: Session, texts: readonly string[]): Promise<readonly Answer[]> {
  return await session.statements(texts.map((text) => text.trimEnd().replace(/;$/, '')).join('\n;\n'))
}

function textOf(entry: Entry, facts: ServerFacts): string {
  const text = entry.sql(facts)
  if (typeof text !== 'string') throw new Error(`entry ${entry.id} must have a text for every server`)
  return text
}

interface Extras {
  readonly found?: Answer | undefined
  readonly roles?: Answer | undefined
  readonly databases?: Answer | undefined
}

function assemble(
  before: ServerFacts,
  answer: Answer | undefined,
  { found, roles, databases }: Extras,
): ReadFacts {
  const row = rowsOf(serverFacts, answer ?? NOTHING)[0] as EntryRow<typeof serverFacts> | undefined
  if (row === undefined) throw new Error('the server answered no facts')
  const facts: ServerFacts = {
    ...before,
    versionNum: Number(row.version_num ?? before.versionNum),
    version: row.version ?? before.version,
    systemIdentifier: row.system_identifier === null ? null : String(row.system_identifier),
    timeline: row.timeline === null ? null : Number(row.timeline),
    startedAt: row.started_at ?? '',
    inRecovery: row.in_recovery ?? false,
    database: row.database ?? '',
    role: {
      name: row.role ?? '',
      superuser: row.superuser ?? false,
      readsAllStats: row.reads_all_stats ?? false,
      signalsBackends: row.signals_backends ?? false,
      usesReservedConnections: row.uses_reserved_connections ?? false,
    },
    maxConnections: Number(row.max_connections),
    superuserReservedConnections: Number(row.superuser_reserved_connections),
    reservedConnections: Number(row.reserved_connections),
    trackActivityQuerySize: Number(row.track_activity_query_size),
    serverEncoding: row.server_encoding ?? '',
    extensions: Object.fromEntries(
      rowsOf(extensions, found ?? NOTHING).map((extension) => [
        String(extension.name),
        { version: String(extension.version), schema: String(extension.schema) },
      ]),
    ),
    roleNames: names(roleNames, roles),
    databaseNames: names(databaseNames, databases),
  }
  return { facts, backendPid: row.backend_pid ?? 0 }
}

const NOTHING: Answer = { fields: ['oid', 'name', 'version', 'schema'], rows: [] }

function names(
  entry: typeof roleNames | typeof databaseNames,
  answer: Answer | undefined,
): ReadonlyMap<number, string> {
  return new Map(rowsOf(entry, answer ?? NOTHING).map((row) => [Number(row.oid), String(row.name)]))
}

/** What can be known before anything was asked: the version, which decides the texts. */
function unknownFacts(session: Session): ServerFacts {
  const version = session.parameters.get('server_version') ?? ''
  return {
    versionNum: versionNumber(version),
    version,
    systemIdentifier: null,
    timeline: null,
    startedAt: '',
    inRecovery: false,
    database: '',
    role: {
      name: '',
      superuser: false,
      readsAllStats: false,
      signalsBackends: false,
      usesReservedConnections: false,
    },
    maxConnections: 0,
    superuserReservedConnections: 0,
    reservedConnections: 0,
    trackActivityQuerySize: 0,
    serverEncoding: session.parameters.get('server_encoding') ?? '',
    extensions: {},
    pooled: false,
    ownPids: [],
    roleNames: new Map(),
    databaseNames: new Map(),
  }
}
