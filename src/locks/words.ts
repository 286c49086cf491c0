/** How parties and locked things are called. */
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { duration } from '#src/text/units.ts'
import type { Locked } from './lock.ts'
import { hasVanished, type Party, preventsWraparound, type Wait } from './party.ts'

/** What is locked, in the words of the manual's pg_locks. */
export function lockedText(locked: Locked): SafeText {
  const { locktype, page, tuple, transactionid, virtualxid, objid } = locked
  switch (locktype) {
    case 'relation':
      return relationText(locked)
    case 'tuple':
      return toSafeText(`row (${page},${tuple}) of ${relationText(locked)}`)
    case 'page':
      return toSafeText(`page ${page} of ${relationText(locked)}`)
    case 'extend':
      return toSafeText(`extension of ${relationText(locked)}`)
    case 'transactionid':
      return toSafeText(`transaction ${transactionid}`)
    case 'virtualxid':
      return toSafeText(`virtual transaction ${virtualxid}`)
    case 'spectoken':
      return toSafeText(`speculative insertion of transaction ${transactionid}`)
    case 'advisory':
      return toSafeText(`advisory ${advisoryKey(locked)}`)
    case 'object':
      return toSafeText(`object ${objid} of ${locked.className ?? `catalog ${locked.classid}`}`)
    default:
      return toSafeText(
        [locktype, locked.relation === null ? '' : relationText(locked)]
          .filter((text) => text !== '')
          .join(' '),
      )
  }
}

/** The name of a relation, or what there is to tell of one in another database. */
export function relationText({ relationName, relation, database, databaseName }: Locked): SafeText {
  return toSafeText(relationName ?? `relation ${relation} of database ${databaseName ?? database}`)
}

/** One key of 64 bits, or two of 32 (manual: pg_locks, `objsubid`). */
function advisoryKey({ classid, objid, objsubid }: Locked): string {
  return objsubid === 1
    ? String(BigInt.asIntN(64, (BigInt(classid ?? 0) << 32n) | BigInt(objid ?? 0)))
    : `(${BigInt.asIntN(32, BigInt(classid ?? 0))}, ${BigInt.asIntN(32, BigInt(objid ?? 0))})`
}

/** A party in a sentence: `pid 4711`, `the prepared transaction 'order-77'`. */
export function nameOf({ kind, row }: Party): SafeText {
  if (kind === 'prepared') {
    return row.gid === null
      ? safe`a prepared transaction`
      : safe`the prepared transaction ${quotedGid(row.gid)}`
  }
  if (kind === 'startup') return safe`the replay of the WAL (pid ${row.pid ?? 0})`
  if (kind === 'autovacuum') return safe`autovacuum (pid ${row.pid ?? 0})`
  return safe`pid ${row.pid ?? 0}`
}

/** A party in a list of several: the pid, or the gid. */
export function shortName({ kind, row }: Party): SafeText {
  return kind === 'prepared' ? quotedGid(row.gid ?? '?') : safe`${row.pid ?? 0}`
}

/** What a party does, with the time that tells most: `idle in transaction for 14m07s`. */
export function doingOf(party: Party): SafeText {
  const { kind, row } = party
  if (kind === 'prepared') return safe`prepared ${duration(row.prepared_seconds)} ago`
  if (kind === 'startup') return safe`holding the locks of a transaction of the primary`
  if (kind === 'autovacuum') {
    const since = safe`at work for ${duration(row.xact_seconds)}`
    return preventsWraparound(party) ? safe`${since} to prevent wraparound` : since
  }
  if (hasVanished(party)) return safe`which has just ended`
  if (row.visible === false) return safe`whose state this role may not see`
  if (row.state === 'active')
    return safe`running ${commandText(row.query)} for ${duration(row.query_seconds)}`
  return safe`${toSafeText(row.state ?? 'in a state that is not known')} for ${duration(row.state_seconds)}`
}

/** Where it comes from: `billing-worker · billing@10.1.4.7`; empty parts are left out. */
export function originOf({ row, kind }: Party): SafeText {
  const { application_name, usename, client_addr, client_port, datname } = row
  const host = client_addr ?? (Number(client_port) === -1 ? 'local' : null)
  const parts =
    kind === 'prepared'
      ? [usename === null ? null : `owner ${usename}`, datname === null ? null : `database ${datname}`]
      : [application_name, usename === null ? null : `${usename}${host === null ? '' : `@${host}`}`]
  return toSafeText(parts.filter((part) => part !== null && part !== '').join(', '))
}

/** How long a wait lasts; `≈` where the server does not tell when it began. */
export function waitText({ seconds, isExact }: Wait, approximately: SafeText): SafeText {
  if (seconds === null) return safe`?`
  return isExact ? duration(seconds) : safe`${approximately}${duration(seconds)}`
}

/** What would end a prepared transaction, to be run by its owner or a superuser in its own database; '' without a gid. */
export function rollbackPrepared({ row: { gid } }: Party): string {
  return gid === null ? '' : `ROLLBACK PREPARED ${quoted(gid)};`
}

const COMMAND =
  /^(?:(?:ALTER|CREATE|DROP)\s+(?:OR\s+REPLACE\s+|UNIQUE\s+|UNLOGGED\s+|TEMP(?:ORARY)?\s+|FOREIGN\s+|MATERIALIZED\s+|EVENT\s+)*[A-Z]+(?:\s+CONCURRENTLY\b)?|REINDEX\s*(?:\([\w\s,]*\)\s*)?[A-Z]+(?:\s+CONCURRENTLY\b)?|REFRESH\s+MATERIALIZED\s+VIEW(?:\s+CONCURRENTLY\b)?|VACUUM(?:\s+FULL\b|\s*\([\w\s,]*?\bFULL\b)?|LOCK(?:\s+TABLE\b)?|[A-Z]+)/i

/** The kind of command: `ALTER TABLE`, `UPDATE`, `CREATE INDEX CONCURRENTLY`; `a statement` where it is not known. */
export function commandText(query: string | null): SafeText {
  const found = COMMAND.exec(withoutComments(query ?? ''))?.[0]
  return found === undefined
    ? safe`a statement`
    : toSafeText(
        found
          .replace(/[\s(),]+/g, ' ')
          .trim()
          .toUpperCase(),
      )
}

/** Comments in front of a statement, as frameworks put them there. */
function withoutComments(query: string): string {
  return query.slice(0, 2000).replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '')
}

function quotedGid(gid: string): SafeText {
  return toSafeText(quoted(gid))
}

/** A string literal that means the same under any setting of standard_conforming_strings. */
function quoted(text: string): string {
  const doubled = text.replaceAll("'", "''")
  return text.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`
}
