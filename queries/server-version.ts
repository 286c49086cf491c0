/** Server versions, and the facts that stand for a server that is not there. */
import type { ServerFacts } from './define.ts'

const OLDEST = 130000

/** The newest version that the catalog knows. */
export const NEWEST = 180000

/** `server_version_num` for a version as a person writes it (16, 16.4, 160004); null when it is none we know. */
export function parseServerVersion(text: string): number | null {
  const [, whole, minor] = /^(\d{2}|\d{6})(?:\.(\d{1,2}))?$/.exec(text.trim()) ?? []
  if (whole === undefined || (whole.length === 6 && minor !== undefined)) return null
  const versionNum = whole.length === 6 ? Number(whole) : Number(whole) * 10_000 + Number(minor ?? 0)
  return versionNum >= OLDEST && versionNum < NEWEST + 10_000 ? versionNum : null
}

/** pg_stat_statements as each major version brings it. */
const STATEMENTS: Readonly<Record<number, string>> = {
  13: '1.8',
  14: '1.9',
  15: '1.10',
  16: '1.10',
  17: '1.11',
}

/** Facts of a fresh primary of that version, seen by a superuser: for showing SQL where there is no server. */
export function factsFor(versionNum: number): ServerFacts {
  const major = Math.floor(versionNum / 10_000)
  return {
    versionNum,
    version: `${major}.${versionNum % 10_000}`,
    systemIdentifier: null,
    timeline: null,
    startedAt: '',
    inRecovery: false,
    database: 'postgres',
    role: {
      name: 'postgres',
      superuser: true,
      readsAllStats: true,
      signalsBackends: true,
      usesReservedConnections: true,
    },
    maxConnections: 100,
    superuserReservedConnections: 3,
    reservedConnections: 0,
    trackActivityQuerySize: 1024,
    serverEncoding: 'UTF8',
    extensions: {
      pg_stat_statements: { version: STATEMENTS[major] ?? '1.12', schema: 'public' },
      pgstattuple: { version: '1.5', schema: 'public' },
    },
    pooled: false,
    ownPids: [],
    roleNames: new Map([[10, 'postgres']]),
    databaseNames: new Map([
      [1, 'template1'],
      [4, 'template0'],
      [5, 'postgres'],
    ]),
  }
}
