/** The record of every action: one JSON line before it is sent and one after, on disk before anything goes on. */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** One line of the file; the caller has redacted what it holds. */
export type AuditRecord = Readonly<Record<string, unknown>>

/** Where actions are written down. */
export interface Audit {
  /** The file's path; null when started without an audit. */
  readonly path: string | null
  /** Appends the lines and waits until they are on disk; the reason when they are not. Never throws. */
  append(records: readonly AuditRecord[]): Promise<AuditOutcome>
}

/** What became of lines to be written. `reason` is for the reader and holds the file's path. */
export type AuditOutcome = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/** `$XDG_STATE_HOME/pgtriage/actions.jsonl`, or the same below `~/.local/state` (XDG Base Directory). */
export function auditPath(env: NodeJS.ProcessEnv): string {
  const home = env.XDG_STATE_HOME
  // The specification has relative paths ignored.
  const state = home?.startsWith('/') === true ? home : join(env.HOME ?? homedir(), '.local', 'state')
  return join(state, 'pgtriage', 'actions.jsonl')
}

/** An audit in the file at `path`, opened anew for each action, so that it may be rotated or moved. */
export function openAudit(path: string): Audit {
  return {
    path,
    async append(records) {
      try {
        await appendTo(path, records.map((record) => `${lineOf(record)}\n`).join(''))
        return { ok: true }
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        return {
          ok: false,
          reason: `the audit file ${path} cannot be written: ${reasons[code ?? ''] ?? message}`,
        }
      }
    },
  }
}

/** For `--no-audit`: writes nothing. */
export const noAudit: Audit = { path: null, append: async () => ({ ok: true }) }

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  ELOOP: 'it is a symbolic link',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
  ENXIO: 'it is not a file',
  EISDIR: 'it is a directory',
}

async function appendTo(path: string, lines: string): Promise<void> {
  await makeDirectory(dirname(path))
  // O_NONBLOCK only matters for a FIFO, which it makes fail instead of waiting for a reader for ever.
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants
  const file = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
  try {
    await refuseForeign(file)
    await file.writeFile(lines)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function makeDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const { uid, mode } = await stat(directory)
  if (isForeign(uid)) throw new Error('its directory belongs to another user')
  if ((mode & 0o022) !== 0) throw new Error('its directory can be written by other users')
}

async function refuseForeign(file: FileHandle): Promise<void> {
  const found = await file.stat()
  if (!found.isFile()) throw new Error('it is not a file')
  if (isForeign(found.uid)) throw new Error('it belongs to another user')
  if ((found.mode & 0o077) !== 0) await file.chmod(0o600)
}

function isForeign(uid: number): boolean {
  return process.getuid !== undefined && uid !== process.getuid()
}

// A bigint is a count of the server's; escapes keep a hostile text from acting on a terminal that reads the file.
function lineOf(record: AuditRecord): string {
  const json = JSON.stringify(record, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  return json.replace(/[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, escapeOf)
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
