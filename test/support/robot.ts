/** A person at a terminal: starts the built program in a real pseudo-terminal, presses keys, reads the screen. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type IPty, spawn } from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { onTestFinished } from 'vitest'

/** The program under test: what `npm run build` made, or another build of it (a standalone executable). */
export const PROGRAM: readonly [string, ...string[]] =
  process.env.PGTRIAGE_PROGRAM === undefined
    ? [process.execPath, resolve(import.meta.dirname, '../../dist/pgtriage.js')]
    : process.env.PGTRIAGE_PROGRAM.endsWith('.js')
      ? [process.execPath, process.env.PGTRIAGE_PROGRAM]
      : [process.env.PGTRIAGE_PROGRAM]

/** What the header shows while data comes in; on a busy machine at a longer interval than was asked for. */
export const LIVE = /live \d/

export interface LaunchOptions {
  readonly args?: readonly string[]
  readonly columns?: number
  readonly rows?: number
  /** Over an environment that has PATH, an empty HOME, TERM, and a UTF-8 locale; undefined takes one out. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A terminal with a program on it. */
export interface Robot {
  /** The HOME of the program: empty at the start, removed after the test. */
  readonly home: string
  /** The lines on the screen, without the blanks at their ends. */
  screen(): string[]
  /** The same as one text. */
  text(): string
  /** Everything that was ever written to the terminal. */
  raw(): Buffer
  /** Waits until the screen shows it. */
  see(what: string | RegExp): Promise<void>
  /** Waits until the screen does not show it. */
  unsee(what: string | RegExp): Promise<void>
  /** Waits until header and table both have data. */
  ready(): Promise<void>
  /** Waits for any other condition on the screen. */
  until(what: string, holds: (lines: string[]) => boolean): Promise<void>
  /** Keys by name (`enter`, `escape`, `ctrl-c`), other texts as they are; all of them in one write. */
  press(...keys: string[]): void
  /** Presses a key again and again until the screen shows something: for what is heard only from some moment on. */
  pressUntil(key: string, what: string | RegExp): Promise<void>
  /** As a terminal pastes after the program asked for brackets. */
  paste(text: string): void
  resize(columns: number, rows: number): void
  /** Stops reading, as a terminal whose link hangs, and goes on. */
  freeze(): void
  thaw(): void
  /** The process id of the program itself, not of the shell it runs in. */
  pid(): Promise<number>
  kill(signal: NodeJS.Signals): Promise<void>
  /** The exit code as a shell tells it: 128 + n for a signal. */
  readonly exit: Promise<number>
  /** What the program left changed on the terminal after its end; nothing when it was polite. */
  leftovers(): Promise<string[]>
}

/**
 * Starts the program as a shell does that looks at the terminal's modes before and after. Call it inside a
 * test: program and terminal are gone when that ends.
 */
export function launch(options: LaunchOptions = {}): Robot {
  return launchCommand(['sh', '-c', OUTER, INNER, ...PROGRAM, ...(options.args ?? [])], options)
}

// `$0` is the inner script, which tells its process id before it becomes the program.
const OUTER = 'echo "before $(stty -g)"; sh -c "$0" - "$@"; code=$?; echo "after $(stty -g)"; exit $code'
const INNER = 'echo "pid $$"; exec "$@"'

/** Starts any command in the same kind of terminal. */
export function launchCommand(
  [file, ...args]: readonly [string, ...string[]],
  { columns = 80, rows = 24, env = {} }: LaunchOptions = {},
): Robot {
  const home = mkdtempSync(join(tmpdir(), 'pgtriage-robot-'))
  const pty = spawn(file, args, {
    cols: columns,
    rows,
    encoding: null,
    env: environment(home, env),
  })
  const emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 })
  const written: Buffer[] = []
  const watchers = new Set<() => void>()
  const look = () => {
    for (const watcher of watchers) watcher()
  }
  // With `encoding: null` chunks are bytes, whatever the types say.
  pty.onData((chunk: unknown) => {
    const bytes = chunk as Buffer
    written.push(bytes)
    emulator.write(bytes, look)
  })
  const parsed = () => new Promise<void>((done) => emulator.write('', done))
  const exit = exitOf(pty).then(async (code) => {
    await parsed()
    return code
  })
  void exit.then(look)
  onTestFinished(async () => {
    const pid = /^pid (\d+)\r$/m.exec(raw().toString('latin1'))?.[1]
    end(Number(pid))
    end(pty.pid)
    await exit
    rmSync(home, { recursive: true, force: true })
  })

  const raw = () => Buffer.concat(written)
  const screen = () => linesOf(emulator)
  // A frame that is on the screen in part shows what no person sees.
  const holdsNow = (holds: (lines: string[]) => boolean) =>
    !emulator.modes.synchronizedOutputMode && holds(screen())

  const until: Robot['until'] = (what, holds) =>
    new Promise((fulfil, reject) => {
      const timer = setTimeout(() => {
        watchers.delete(watcher)
        reject(new Error(`${what}: not within ${PATIENCE_MS} ms. The screen:\n${screen().join('\n')}`))
      }, PATIENCE_MS)
      const watcher = () => {
        if (!holdsNow(holds)) return
        clearTimeout(timer)
        watchers.delete(watcher)
        fulfil()
      }
      watchers.add(watcher)
      watcher()
    })
  const press = (...keys: string[]) => pty.write(keys.map((key) => KEYS[key] ?? key).join(''))
  const pid = async () => {
    await until('the process id', () => /^pid \d+\r$/m.test(raw().toString('latin1')))
    return Number(/^pid (\d+)\r$/m.exec(raw().toString('latin1'))?.[1])
  }

  return {
    home,
    screen,
    text: () => screen().join('\n'),
    raw,
    until,
    see: (what) => until(`to see ${what}`, (lines) => shows(lines, what)),
    unsee: (what) => until(`no longer to see ${what}`, (lines) => !shows(lines, what)),
    ready: () => until('live data', (lines) => shows(lines, LIVE) && !shows(lines, 'asking the server')),
    press,
    async pressUntil(key, what) {
      const again = setInterval(() => press(key), AGAIN_MS)
      press(key)
      try {
        await until(`to see ${what} after ${key}`, (lines) => shows(lines, what))
      } finally {
        clearInterval(again)
      }
    },
    paste: (text) => pty.write(`\x1b[200~${text}\x1b[201~`),
    resize(newColumns, newRows) {
      emulator.resize(newColumns, newRows)
      pty.resize(newColumns, newRows)
    },
    freeze: () => pty.pause(),
    thaw: () => pty.resume(),
    pid,
    kill: async (signal) => void process.kill(await pid(), signal),
    exit,
    async leftovers() {
      await exit
      return leftoversIn(raw().toString('latin1'), emulator)
    },
  }
}

/** Longer than anything takes on a busy machine; a failure shows the screen. */
const PATIENCE_MS = 20_000

/** Slower than a refresh of the screen, so that one press too many is rare. */
const AGAIN_MS = 300

const KEYS: Readonly<Record<string, string>> = {
  enter: '\r',
  escape: '\x1b',
  tab: '\t',
  backspace: '\x7f',
  space: ' ',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  'page-down': '\x1b[6~',
  'ctrl-c': '\x03',
  'ctrl-d': '\x04',
  'ctrl-l': '\x0c',
  'ctrl-z': '\x1a',
}

function environment(home: string, changes: LaunchOptions['env'] = {}): Record<string, string> {
  const all = {
    PATH: process.env.PATH,
    HOME: home,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    ...changes,
  }
  return Object.fromEntries(
    Object.entries(all).filter((each): each is [string, string] => each[1] !== undefined),
  )
}

function exitOf(pty: IPty): Promise<number> {
  return new Promise((fulfil) => {
    pty.onExit(({ exitCode, signal = 0 }) => fulfil(signal > 0 ? 128 + signal : exitCode))
  })
}

function linesOf(emulator: InstanceType<typeof xterm.Terminal>): string[] {
  const { active } = emulator.buffer
  return Array.from(
    { length: emulator.rows },
    (_, row) => active.getLine(row)?.translateToString().trimEnd() ?? '',
  )
}

function shows(lines: readonly string[], what: string | RegExp): boolean {
  const text = lines.join('\n')
  return typeof what === 'string' ? text.includes(what) : what.test(text)
}

/** DEC private modes that a program may switch, with what the terminal is in when they were left switched. */
const MODES = [
  ['1049', 'h', 'the alternate screen'],
  ['25', 'l', 'a hidden cursor'],
  ['2004', 'h', 'bracketed pastes'],
  ['2026', 'h', 'a frame without an end'],
] as const

function leftoversIn(raw: string, emulator: InstanceType<typeof xterm.Terminal>): string[] {
  const left: string[] = MODES.filter(
    ([mode, bad]) => [...raw.matchAll(new RegExp(`\\x1b\\[\\?${mode}([hl])`, 'g'))].at(-1)?.[1] === bad,
  ).map(([, , name]) => name)
  const before = /^before (\S+)\r$/m.exec(raw)?.[1]
  const after = /^.*after (\S+)\r$/m.exec(raw)?.[1]
  if (before === undefined || before !== after) left.push(`modes ${after} instead of ${before}`)
  if (emulator.buffer.active.type !== 'normal') left.push('the alternate buffer')
  return left
}

function end(pid: number): void {
  try {
    if (pid > 0 && isAlive(pid)) process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself just now.
  }
}

/** Whether there is such a process that is more than a zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
