/** `~/.pgpass` (manual: The Password File). */
import type { Files } from './files.ts'

/** The place a password is looked up for. */
export interface PasswordKey {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
}

/** What the file gave: a password, or null; and why the file was left aside, when it was. */
export interface PasswordFound {
  readonly password: string | null
  readonly warning: string | null
}

/** The password of the first line that matches; a file that others can read is left aside, as libpq does. */
export function findPassword(path: string, key: PasswordKey, files: Files): PasswordFound {
  const facts = files.facts(path)
  if (facts === null) return { password: null, warning: null }
  if (!facts.isFile)
    return { password: null, warning: `the password file "${path}" is not a plain file: not used` }
  if ((facts.mode & 0o077) !== 0)
    return {
      password: null,
      warning: `the password file "${path}" can be read by others: not used (chmod 0600)`,
    }
  const text = files.text(path)
  if (text === null) return { password: null, warning: `the password file "${path}" cannot be read` }
  return { password: searchPassword(text, key), warning: null }
}

/** The password of the first matching line of a password file's text. */
export function searchPassword(text: string, key: PasswordKey): string | null {
  const wanted = [key.host, String(key.port), key.database, key.user]
  for (const line of text.split(/\r?\n/)) {
    if (line === '' || line.startsWith('#')) continue
    const [host, port, database, user, password] = splitFields(line)
    if (password === undefined) continue
    const matches = [host, port, database, user].every(
      (field, index) => field === '*' || unescaped(field ?? '') === wanted[index],
    )
    if (matches) return unescaped(password)
  }
  return null
}

/** Cuts at colons that no backslash escapes: those after an even number of backslashes. */
function splitFields(line: string): readonly string[] {
  return line.split(/(?<=(?<!\\)(?:\\\\)*):/)
}

function unescaped(field: string): string {
  return field.replace(/\\(.)/gs, '$1')
}
