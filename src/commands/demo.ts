/** `pgtriage demo`: a throw-away server on which something has gone wrong, and the TUI on it. */
import { ClusterFault } from '#src/demo/cluster-fault.ts'
import type { Incident } from '#src/demo/incident.ts'
import { INCIDENTS } from '#src/demo/incidents/index.ts'
import { type DemoRun, startDemo } from '#src/demo/run.ts'
import { EXIT, type Io } from './io.ts'

/** What the command line asks for. */
export interface DemoRequest {
  /** An incident's id; null for the first of the list. */
  readonly incident: string | null
  /** Print the connection string and keep the server until interrupted. */
  readonly print: boolean
}

/** What the program gives to the command. */
export interface DemoDeps {
  readonly io: Io
  /** Whether there is a terminal to draw the TUI on. */
  readonly isTerminal: boolean
  /** Runs the TUI on a server until the person leaves it; gives its exit code. `screen`: the one to open. */
  readonly top: (uri: string, screen: string | undefined) => Promise<number>
  /** Prints the one-shot screens of a server; gives an exit code. */
  readonly oneShot: (uri: string) => Promise<number>
}

/**
 * Starts the server and makes the incident happen; then the TUI, with `print` the connection string until SIGINT,
 * SIGTERM or SIGHUP, and without a terminal the one-shot screens once. Whatever ends it, server and directory are
 * gone afterwards. Gives 2 when there can be no such demo, 128 + signal when interrupted before it stood.
 */
export async function demo(request: DemoRequest, deps: DemoDeps): Promise<number> {
  const incident =
    request.incident === null ? INCIDENTS[0] : INCIDENTS.find(({ id }) => id === request.incident)
  if (incident === undefined) {
    deps.io.err(`no incident "${request.incident}"; there are: ${INCIDENTS.map(({ id }) => id).join(', ')}`)
    return EXIT.usage
  }
  const interrupt = listenForInterrupt()
  try {
    const run = await start(incident, deps.io, interrupt.signal)
    try {
      deps.io.err(`${incident.id}: ${incident.story}`)
      return await show(run, request, { deps, interrupt, incident })
    } finally {
      await run.end()
      for (const fault of run.faults) deps.io.err(`a session of the demo failed: ${fault}`)
    }
  } catch (error) {
    if (interrupt.signal.aborted) return 128 + interrupt.number()
    if (!(error instanceof ClusterFault)) throw error
    deps.io.err(`no demo server: ${error.message}`)
    return EXIT.usage
  } finally {
    interrupt.stop()
  }
}

function start(incident: Incident, io: Io, signal: AbortSignal): Promise<DemoRun> {
  const started = performance.now()
  return startDemo(incident, {
    signal,
    onProgress: (step) => io.err(`${((performance.now() - started) / 1000).toFixed(1)} s  ${step}`),
  })
}

interface Showing {
  readonly incident: Incident
  readonly deps: DemoDeps
  readonly interrupt: Interrupt
}

async function show(
  run: DemoRun,
  request: DemoRequest,
  { incident, deps, interrupt }: Showing,
): Promise<number> {
  if (request.print) {
    deps.io.out(`${run.uri}\n`)
    deps.io.err('the server runs until this is interrupted (Ctrl-C)')
    await interrupt.happened
    return EXIT.ok
  }
  if (deps.isTerminal) {
    // The TUI minds the signals itself: it has a terminal to restore first, and returns then.
    interrupt.stop()
    return deps.top(run.uri, incident.screen)
  }
  // The incident is critical by design, so the verdict of the screens is not the demo's.
  await Promise.race([deps.oneShot(run.uri), interrupt.happened])
  return interrupt.signal.aborted ? 128 + interrupt.number() : EXIT.ok
}

/** The signals that end a program, as a promise and an AbortSignal. */
interface Interrupt {
  readonly signal: AbortSignal
  readonly happened: Promise<void>
  /** The number of the signal that came; 0 before. */
  readonly number: () => number
  readonly stop: () => void
}

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const

function listenForInterrupt(): Interrupt {
  const aborting = new AbortController()
  const { promise: happened, resolve } = Promise.withResolvers<void>()
  let came = 0
  const listeners = (Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]).map((name) => {
    const listener = () => {
      came = SIGNALS[name]
      aborting.abort(new Error(`interrupted by ${name}`))
      resolve()
    }
    process.on(name, listener)
    return () => process.off(name, listener)
  })
  return {
    signal: aborting.signal,
    happened,
    number: () => came,
    stop: () => {
      for (const off of listeners) off()
    },
  }
}
