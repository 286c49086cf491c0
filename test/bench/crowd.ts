/** Many sessions on a server at little cost: one process holds them all. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * What sessions to open: a usual mix, `count` that wait behind one more for the same row, or as many of which each
 * waits for the one before it.
 */
export interface CrowdOrder {
  readonly kind: 'mixed' | 'waiters' | 'chain'
  readonly count: number
  /** The server's Unix socket, which must let `bench_crowd` in without a password. */
  readonly socketPath: string
}

/** One session: `tag` is its application_name and stands in the text of its query. */
export interface Member {
  readonly pid: number
  readonly tag: string
}

/** What the process says back. */
export type CrowdReport =
  | { readonly kind: 'ready'; readonly members: readonly Member[] }
  | { readonly kind: 'failed'; readonly reason: string }

export interface Crowd {
  readonly members: readonly Member[]
  /** Closes all sessions; the server may need a moment more to notice. */
  disperse(): Promise<void>
}

const GATHER_LIMIT_MS = 120_000

/** Opens the sessions; resolves when all have settled. */
export async function gatherCrowd(order: CrowdOrder): Promise<Crowd> {
  const child = fork(fileURLToPath(new URL('./crowd-process.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const disperse = async () => {
    child.kill('SIGKILL')
    await gone
  }
  try {
    child.send(order)
    const report = await reportOf(child)
    if (report.kind === 'failed') throw new Error(`the sessions could not be opened: ${report.reason}`)
    return { members: report.members, disperse }
  } catch (error) {
    await disperse()
    throw error
  }
}

function reportOf(child: ChildProcess): Promise<CrowdReport> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the sessions were not open after ${GATHER_LIMIT_MS / 1000} s`)),
      GATHER_LIMIT_MS,
    )
    child.once('message', (report) => {
      clearTimeout(timer)
      resolve(report as CrowdReport)
    })
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`the process of the sessions ended with ${code}`))
    })
  })
}
