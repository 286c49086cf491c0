/** A program in a real pseudo-terminal: what it writes, and what a person would do to it. */
import { type IPty, spawn } from '@lydell/node-pty'

export interface Session {
  readonly pty: IPty
  /** Everything written so far. */
  raw(): string
  /** Forgets what was written so far. */
  clear(): void
  type(keys: string): void
  /** Waits until what was written holds the text. */
  shows(text: string): Promise<void>
  readonly exit: Promise<{ exitCode: number; signal?: number }>
  end(): void
}

/** Starts a program; the environment is that of an xterm with UTF-8. */
export function startSession(
  command: readonly [string, ...string[]],
  options: { readonly columns?: number; readonly rows?: number; readonly env?: Record<string, string> } = {},
): Session {
  const [file, ...args] = command
  const { NO_COLOR: _, PAGER: __, ...inherited } = process.env
  const pty = spawn(file, args, {
    cols: options.columns ?? 60,
    rows: options.rows ?? 10,
    env: { ...inherited, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...options.env },
  })
  let raw = ''
  let listeners: (() => void)[] = []
  const wake = () => {
    for (const listener of listeners) listener()
  }
  pty.onData((data) => {
    raw += data
    wake()
  })
  const exit = new Promise<{ exitCode: number; signal?: number }>((resolve) => {
    pty.onExit((ended) => {
      resolve(ended)
      wake()
    })
  })
  return {
    pty,
    raw: () => raw,
    clear: () => {
      raw = ''
    },
    type: (keys) => pty.write(keys),
    shows: (text) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`${JSON.stringify(text)} not in ${JSON.stringify(raw.slice(-600))}`)),
          15_000,
        )
        const look = () => {
          if (!raw.includes(text)) return
          clearTimeout(timer)
          listeners = listeners.filter((listener) => listener !== look)
          resolve()
        }
        listeners.push(look)
        look()
      }),
    exit,
    end: () => {
      try {
        pty.kill('SIGKILL')
      } catch {
        // It has ended by itself.
      }
    },
  }
}
