/** `pgtriage show <entry>`: one catalog entry, once or again every few seconds. */
import process from 'node:process'
import { catalog, entryById } from '#queries/catalog.ts'
import type { Entry } from '#queries/define.ts'
import { nearest } from '#src/text/nearest.ts'
import { type Arrangement, arrangeRows } from './arrange-rows.ts'
import { ask } from './ask.ts'
import { type ConnectionRequest, connect } from './connect.ts'
import { EXIT, type Io } from './io.ts'
import { DEFAULT_WIDTH, type Format, formatRows } from './output/rows.ts'

export interface ShowRequest extends ConnectionRequest, Arrangement {
  /** Id of the entry. */
  readonly entry: string
  readonly format: Format
  /** Ask again after so many seconds, until interrupted. */
  readonly watchSeconds?: number
  /** Cells of a line; the terminal's when not told. */
  readonly width?: number
}

/** Prints the rows; gives the exit code. A wish that cannot be met is told before anything is dialled. */
export async function show(request: ShowRequest, io: Io): Promise<number> {
  const entry = entryById(request.entry)
  const refusal = entry === undefined ? unknownEntry(request.entry) : refusalOf(entry)
  if (entry === undefined || refusal !== null) {
    io.err(refusal ?? '')
    return EXIT.usage
  }
  const arranged = arrangeRows(entry, request)
  if (!arranged.ok) {
    io.err(arranged.problem)
    return EXIT.usage
  }
  const server = await connect(request, io, { control: false })
  if (server === null) return EXIT.usage
  const interruption = interrupted(request.watchSeconds)
  try {
    for (let continued = false; ; continued = true) {
      const answered = await ask(server, entry, io)
      if (answered === null) return EXIT.usage
      const head = { ...answered, command: 'show', entry: entry.id }
      const selected = arranged.arrange(answered.rows)
      if (!selected.ok) {
        io.err(selected.problem)
        return EXIT.usage
      }
      const printing = {
        head,
        columns: arranged.columns,
        chosen: request.columns !== undefined,
        width: request.width ?? process.stdout.columns ?? DEFAULT_WIDTH,
        oneRow: entry.identity.length === 0,
        continued,
      }
      if (request.watchSeconds !== undefined && request.format === 'table') {
        io.out(`${answered.takenAt.toISOString()}\n`)
      }
      io.out(formatRows(request.format, selected.rows, printing))
      if (request.watchSeconds === undefined || !(await interruption.wait(request.watchSeconds)))
        return EXIT.ok
    }
  } finally {
    interruption.end()
    await server.close()
  }
}

function unknownEntry(id: string): string {
  const near = nearest(
    id,
    catalog.map((entry) => entry.id),
  ).slice(0, 3)
  const hint = near.length === 0 ? '`pgtriage catalog` lists them' : `did you mean ${near.join(' or ')}?`
  return `no entry is called ${id}; ${hint}`
}

function refusalOf({ id, acts, parameters = [] }: Entry): string | null {
  if (acts !== undefined) return `${id} is not shown, it ${acts}; the screens do that, with a question first`
  if (parameters.length > 0) {
    const names = parameters.map(({ name }) => name).join(', ')
    return `${id} needs ${names}; the screens ask it for the chosen row, and \`pgtriage catalog ${id} --sql\` gives the text`
  }
  return null
}

/** Waits that an interrupt ends: Ctrl-C is how a watch is meant to end, so it is no failure. */
function interrupted(watchSeconds: number | undefined) {
  const controller = new AbortController()
  const abort = () => controller.abort()
  const signals = watchSeconds === undefined ? [] : (['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  for (const signal of signals) process.once(signal, abort)
  return {
    wait: (seconds: number) =>
      new Promise<boolean>((resolve) => {
        if (controller.signal.aborted) return resolve(false)
        const timer = setTimeout(() => resolve(true), seconds * 1000)
        controller.signal.addEventListener('abort', () => {
          clearTimeout(timer)
          resolve(false)
        })
      }),
    end: () => {
      for (const signal of signals) process.off(signal, abort)
    },
  }
}
