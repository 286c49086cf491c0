/** Long texts in the person's own pager. */
import type { SafeText } from '#src/text/safe.ts'
import { type ArgumentVector, argumentVector, type Env, startChild } from './child.ts'
import type { Loan, Terminal } from './terminal.ts'

/** What came of it; a pager that was quit early or by a signal is a success. */
export type Paged = { readonly ok: true } | { readonly ok: false; readonly reason: string }

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
export function pagerCommands(env: Env): readonly ArgumentVector[] {
  const pager = env.PGTRIAGE_PAGER?.trim() || env.PAGER?.trim()
  return pager ? [argumentVector(pager)] : [['less'], ['more']]
}

async function run(
  command: ArgumentVector,
  { text, env, loan }: { readonly text: string; readonly env: Env; readonly loan: Loan },
): Promise<Paged> {
  const { child, end } = startChild(command, {
    loan,
    env: { ...env, LESSSECURE: '1' },
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  // Quitting before the end of the text closes the pipe; that is no fault.
  child.stdin?.on('error', () => {})
  child.stdin?.end(text)
  const ended = await end
  if (ended.kind === 'failed') return { ok: false, reason: ended.reason }
  return ended.kind === 'exited' && (ended.code === 127 || ended.code === 126)
    ? { ok: false, reason: `${command.at(-1)} cannot be run` }
    : { ok: true }
}
