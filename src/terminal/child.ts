/** Other programs that the terminal is lent to: the person's own pager and editor. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import type { Loan } from './terminal.ts'

/** The environment of a process. */
export type Env = Readonly<Record<string, string | undefined>>

/** A program and its arguments. */
export type ArgumentVector = readonly [program: string, ...args: string[]]

/** How a program ended; `failed` when it could not even be started. */
export type ChildEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly isMissing: boolean }

const SHELL_NEEDED = /["'`$\\|&;<>(){}*?~#]/

/**
 * A command as a person wrote it into a variable, with arguments behind it: split at spaces, and through a shell
 * only where its own syntax asks for one.
 */
export function argumentVector(command: string, ...more: readonly string[]): ArgumentVector {
  if (!SHELL_NEEDED.test(command)) {
    const [program = '', ...args] = command.trim().split(/\s+/)
    return [program, ...args, ...more]
  }
  return more.length === 0
    ? ['/bin/sh', '-c', command]
    : // The shell's `$0` comes before what `"$@"` stands for.
      ['/bin/sh', '-c', `${command} "$@"`, command, ...more]
}

/** Starts a program that has the terminal: it ends with us, and we stop with it. */
export function startChild(
  [program, ...args]: ArgumentVector,
  { loan, env, stdio }: { readonly loan: Loan; readonly env: Env; readonly stdio: SpawnOptions['stdio'] },
): { readonly child: ChildProcess; readonly end: Promise<ChildEnd> } {
  const child = spawn(program, args, { stdio, env: withoutPassword(env), signal: loan.signal })
  if (child.pid !== undefined) loan.usedBy(child.pid)
  const end = new Promise<ChildEnd>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ kind: 'failed', reason: error.message, isMissing: error.code === 'ENOENT' }),
    )
    child.once('close', (code, signal) =>
      resolve(signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'killed', signal }),
    )
  })
  return { child, end }
}

/** No pager and no editor has any business with our password, and by a variable it may be any program. */
function withoutPassword(env: Env): Env {
  const { PGPASSWORD: _password, ...rest } = env
  return rest
}
