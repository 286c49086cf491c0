/** The programs that are compared, as data: how each is started, left, and what its keys change on the screen. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Member } from './crowd.ts'
import type { Command, Recorder } from './recorder.ts'

/** Where the server is. */
export interface Door {
  readonly socketDirectory: string
  readonly port: number
  /** A directory for what programs keep of their own; empty at the start. */
  readonly home: string
}

/** One kind of key: pressed in turn, each press timed until `mark` gives something else than before. */
export interface KeyTrial {
  readonly keys: readonly string[]
  /** What the press changes; null while it cannot be told. */
  readonly mark: (recorder: Recorder) => string | null
  /** Keys at these places are pressed and waited for, but not counted: the way back. */
  readonly uncounted?: readonly number[]
}

export type KeyKind = 'cursor' | 'sort' | 'help'

/** How its screen of locks is reached, and how it tells of a storm. */
export interface LocksTrial {
  readonly args: readonly string[]
  /** Whether the first screen stands, so that keys are heard. */
  readonly opened: (lines: readonly string[]) => boolean
  readonly keys: readonly string[]
  readonly stands: (lines: readonly string[]) => boolean
  readonly tells: (
    lines: readonly string[],
    storm: { readonly root: number; readonly waiters: number },
  ) => boolean
  readonly cursor?: KeyTrial
}

export interface Contestant {
  readonly name: string
  /** The role that it connects as. */
  readonly role: string
  readonly quit: string
  readonly keys: Readonly<Partial<Record<KeyKind, KeyTrial>>>
  /** Whether a refresh of it is well below 4 KB. */
  readonly suitsSlowLink: boolean
  /** Absent where it has none, or where none of the waiting sessions would be on it. */
  readonly locks?: LocksTrial
  /** Keys that make it ready for the trial of the keys. */
  readonly prelude: readonly string[]
  /** Null where it is not installed. */
  command(door: Door): Command | null
  /** Whether a line that has the pid of this session tells of the session. */
  tells(line: string, member: Member): boolean
}

/** A build of ours, in a directory as `dist/`. */
export function build(directory: string, name = 'pgtriage'): Contestant {
  return {
    name,
    role: 'bench_pgtriage',
    quit: 'q',
    suitsSlowLink: true,
    prelude: ['j', 'j'],
    keys: {
      cursor: {
        keys: ['j', 'j', 'k', 'j', 'k', 'k'],
        mark: ({ lines }) => lines.find((line) => line.startsWith('▶'))?.match(/\d+/)?.[0] ?? null,
      },
      sort: {
        keys: ['s'],
        mark: ({ lines }) => lines.find(isHeading)?.match(/\S+(?=[▲▼])/)?.[0] ?? null,
      },
      help: {
        keys: ['?', '\x1b'],
        uncounted: [1],
        mark: ({ lines }) => String(lines.some((line) => line.includes('Keys of Activity'))),
      },
    },
    locks: {
      args: ['--screen', 'locks'],
      opened: () => true,
      keys: [],
      stands: (lines) => lines.some((line) => line.includes('waiters first')),
      tells: (lines, { root, waiters }) =>
        lines.some((line) => line.includes(`${waiters} waiting in`)) &&
        lines.some((line) => line.includes(` ${root} `)),
      cursor: {
        keys: ['j', 'j', 'k', 'j', 'k', 'k'],
        mark: ({ lines }) => lines.find((line) => line.startsWith('▶'))?.slice(0, 16) ?? null,
      },
    },
    command: (door) => ({
      file: process.execPath,
      args: [
        join(directory, 'pgtriage.js'),
        ...['-h', door.socketDirectory, '-p', String(door.port), '-U', 'bench_pgtriage', '-d', 'postgres'],
        ...['--interval', '1'],
      ],
      env: environment(door),
    }),
    tells: (line, { tag }) => line.includes(tag),
  }
}

/** The programs that ours is compared with. */
export const OTHERS: readonly Contestant[] = [
  {
    name: 'pg_activity',
    role: 'bench_pg_activity',
    quit: 'q',
    suitsSlowLink: false,
    prelude: ['\x1b[B', '\x1b[B'],
    keys: {
      cursor: {
        keys: ['\x1b[B', '\x1b[B', '\x1b[A', '\x1b[B', '\x1b[A', '\x1b[A'],
        // The row under the cursor is the only one that is black on cyan below the headings.
        mark: (recorder) => {
          const isUnderCursor = (row: number) => /(?:^|;)(?:7;36|46)(?:;|$)/.test(recorder.cell(row, 0).look)
          const row = recorder.lines.findLastIndex((_, index) => isUnderCursor(index))
          return recorder.lines[row]?.match(/^\s*(\d+)\s/)?.[1] ?? null
        },
      },
      sort: {
        keys: ['m', 't'],
        // The heading of the column that it sorts by has another colour than the others.
        mark: (recorder) => {
          const row = recorder.lines.findIndex((line) => line.includes('DATABASE') && line.includes('PID'))
          const heading = recorder.lines[row] ?? ''
          const place = ['MEM%', 'TIME+'].map((title) => heading.indexOf(title))
          return place.includes(-1) ? null : place.map((column) => recorder.cell(row, column).look).join(' ')
        },
      },
      help: {
        keys: ['h', ' '],
        uncounted: [1],
        mark: ({ lines }) => String(lines.some((line) => line.includes('Press any key to exit'))),
      },
    },
    locks: {
      args: [],
      opened: (lines) => lines.some((line) => line.includes('RUNNING QUERIES')),
      keys: ['3'],
      stands: (lines) => lines.some((line) => line.includes('BLOCKING QUERIES')),
      // A list of sessions: it does not say of how many.
      tells: (lines, { root }) => lines.some((line) => new RegExp(`^\\s*${root}\\b`).test(line)),
    },
    command: (door) =>
      installed('pg_activity', door, [
        ...['-h', door.socketDirectory, '-p', String(door.port), '-U', 'bench_pg_activity', '-d', 'postgres'],
        ...['--refresh', '1'],
      ]),
    tells: (line, { tag }) => line.includes(tag),
  },
  {
    name: 'pg_top',
    role: 'bench_pg_top',
    quit: 'q',
    suitsSlowLink: true,
    prelude: [],
    keys: {
      help: {
        keys: ['h', ' '],
        uncounted: [1],
        mark: ({ lines }) => String(lines.some((line) => line.includes('commands are available'))),
      },
    },
    command: (door) =>
      installed('pg_top', door, [
        ...['-h', door.socketDirectory, '-p', String(door.port), '-U', 'bench_pg_top', '-d', 'postgres'],
        ...['-s', '1'],
      ]),
    // It shows no query in the list: the pid and the title of the process are all it tells.
    tells: (line) => line.includes('postgres: '),
  },
]

function isHeading(line: string): boolean {
  return /^\s+pid\b/.test(line) && line.includes('query')
}

function installed(name: string, door: Door, args: readonly string[]): Command | null {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(directory, name)
    try {
      accessSync(file, constants.X_OK)
      return { file, args, env: environment(door) }
    } catch {
      // Not in this directory.
    }
  }
  return null
}

function environment(door: Door): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: door.home,
    XDG_CONFIG_HOME: join(door.home, 'config'),
    XDG_STATE_HOME: join(door.home, 'state'),
    NODE_COMPILE_CACHE: join(door.home, 'compiled'),
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
  }
}
