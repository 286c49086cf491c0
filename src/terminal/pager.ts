/** Long texts in the person's own pager. */
import { spawn } from 'node:child_process'
import type { SafeText } from '#src/text/safe.ts'
import type { Loan, Terminal } from './terminal.ts'

type Env = Readonly<Record<string, string | undefined>>

/** What came of it; a pager that was quit early or by a signal is a success. */
export type Paged = { readonly ok: true } | { readonly ok: false; readonly reason: string }

const SHELL_NEEDED = /["'`$\\|&;<>(){}*?~#]/

/**
 * Shows lines in `$PAGER`, else in `less`. The pager gets the text on its standard input, without our own
 * colours, and may not start other programs from it (`LESSSECURE`: a query on screen is no place for a shell
 * that runs with the rights of the on-call account; LESSOPEN would even run one by itself).
 */
export async function page(
  terminal: Pick<Terminal, 'suspend'>,
  lines: readonly SafeText[],
  env: Env = process.env,
): Promise<Paged> {
  const text = `${lines.join('\n')}\n`
  return terminal.suspend(async (loan) => {
    let paged: Paged = { ok: false, reason: 'no pager' }
    for (const command of pagerCommands(env)) {
      paged = await run(command, { text, env, loan })
      if (paged.ok) break
    }
    return paged
  })
}

/**
 * The pager as an argument vector, through a shell only where its own syntax asks for one; without `$PAGER`
 * the ones to try.
 */
export function pagerCommands(env: Env): readonly (readonly string[])[] {
  const pager = env.PGTRIAGE_PAGER?.trim() || env.PAGER?.trim()
  if (!pager) return [['less'], ['more']]
  return [SHELL_NEEDED.test(pager) ? ['/bin/sh', '-c', pager] : pager.split(/\s+/)]
}

function run(
  [command = 'less', ...args]: readonly string[],
  given: { readonly text: string; readonly env: Env; readonly loan: Loan },
): Promise<Paged> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: environment(given.env),
      signal: given.loan.signal,
    })
    if (child.pid !== undefined) given.loan.usedBy(child.pid)
    child.once('error', (error) => resolve({ ok: false, reason: error.message }))
    child.once('close', (code) => {
      resolve(
        code === 127 || code === 126 ? { ok: false, reason: `${args.at(-1)} cannot be run` } : { ok: true },
      )
    })
    // Quitting before the end of the text closes the pipe; that is no fault.
    child.stdin.on('error', () => {})
    child.stdin.end(given.text)
  })
}

/** No pager has any business with our password, and with `$PAGER` it may be any program. */
function environment(env: Env): Env {
  const { PGPASSWORD: _password, ...rest } = env
  return { ...rest, LESSSECURE: '1' }
}
