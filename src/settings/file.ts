/** The settings file: read only when it is ours and sound, written only when it was read. */
import { mkdirSync, type Stats, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { defaultSettings, type Problem, readSettings, type Settings } from './settings.ts'

/** What was found. With a problem that concerns the whole file the settings are the defaults. */
export interface LoadedSettings {
  readonly settings: Settings
  readonly problems: readonly Problem[]
  readonly path: string
}

/** `$XDG_CONFIG_HOME/pgtriage/config.json`, or the same below `~/.config`, on every system. */
export function settingsPath(env: NodeJS.ProcessEnv): string {
  return join(directoryOf(env), 'config.json')
}

/**
 * Reads the settings file, if there is one. A file that is corrupt, belongs to someone else or can be written by
 * others is left untouched and reported, and the defaults hold: it could say where actions are written down.
 */
export async function loadSettings(env: NodeJS.ProcessEnv): Promise<LoadedSettings> {
  const path = settingsPath(env)
  const found = look(path)
  // conf takes 90 ms to load: without a file nobody waits for it.
  if (found === null) return { settings: defaultSettings, problems: [], path }
  const distrust = found === 'unreadable' ? 'cannot be looked at' : distrustOf(found)
  if (distrust !== null)
    return { settings: defaultSettings, problems: [`${path} ${distrust}: it is ignored`], path }
  try {
    const store = await openStore(env)
    const { settings, problems } = readSettings(store.store)
    return { settings, problems: problems.map((problem) => `${path}: ${problem}`), path }
  } catch (error) {
    const reason =
      error instanceof SyntaxError ? 'is not valid JSON' : `cannot be read (${(error as Error).message})`
    return {
      settings: defaultSettings,
      problems: [`${path} ${reason}: it is ignored and left as it is`],
      path,
    }
  }
}

/** Writes single settings into the file, made if need be; the reason when it cannot be, the file then untouched. */
export async function saveSettings(
  env: NodeJS.ProcessEnv,
  changes: Partial<Settings>,
): Promise<Problem | null> {
  const { problems } = readSettings(changes)
  const [problem] = problems
  if (problem !== undefined) return problem
  const path = settingsPath(env)
  const found = look(path)
  const distrust = found === 'unreadable' ? 'cannot be looked at' : found === null ? null : distrustOf(found)
  if (distrust !== null) return `${path} ${distrust}: nothing is saved`
  try {
    mkdirSync(directoryOf(env), { recursive: true, mode: 0o700 })
    const store = await openStore(env)
    store.set(changes)
    return null
  } catch (error) {
    return `${path} cannot be written (${(error as Error).message}): nothing is saved`
  }
}

function directoryOf(env: NodeJS.ProcessEnv): string {
  const home = env.XDG_CONFIG_HOME
  // The XDG Base Directory Specification has relative paths ignored.
  return join(home?.startsWith('/') === true ? home : join(env.HOME ?? homedir(), '.config'), 'pgtriage')
}

// No `defaults`: conf would write them into the file just for reading it. It throws on a file that is no JSON.
async function openStore(env: NodeJS.ProcessEnv) {
  const { default: Conf } = await import('conf')
  return new Conf<Record<string, unknown>>({
    projectName: 'pgtriage',
    projectSuffix: '',
    cwd: directoryOf(env),
    configFileMode: 0o600,
    accessPropertiesByDotNotation: false,
  })
}

function look(path: string): Stats | 'unreadable' | null {
  try {
    return statSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? null : 'unreadable'
  }
}

function distrustOf({ uid, mode }: Stats): string | null {
  const me = process.getuid?.()
  if (me === undefined) return null
  // A file of root's is as good as one's own: who can forge it can do anything.
  if (uid !== me && uid !== 0) return 'belongs to another user'
  return (mode & 0o022) !== 0 ? 'can be written by other users' : null
}
