/** One turn of one program: launched, watched over some refreshes, its keys tried, left. */
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Contestant, Door, KeyKind, KeyTrial } from './contestants.ts'
import type { Member } from './crowd.ts'
import { cpuMs, residentMib, treeOf } from './process-usage.ts'
import { type Command, type Output, Recorder } from './recorder.ts'
import { readUsage, type Usage, usageBetween } from './server-usage.ts'

/** Nothing takes longer than this, or the program has failed. */
const LIMIT_MS = 20_000

/** Where and how to measure. */
export interface Bench {
  readonly door: Door
  /** A superuser's session; the only one beside the crowd and the program. */
  readonly client: pg.Client
  readonly postmaster: number
  readonly members: readonly Member[]
  readonly refreshes: number
  /** Presses of each kind of key that are counted. */
  readonly presses: number
  readonly launches: number
}

export interface Launch {
  readonly firstDataMs: number
  /** Of the program's processes until then. */
  readonly cpuMs: number
}

export interface Turn {
  readonly launches: readonly Launch[]
  readonly intervalMs: number
  /** Of the program's processes, for each refresh. */
  readonly cpuMs: number
  readonly output: Output
  readonly usage: Usage
  readonly residentMib: { readonly afterLaunch: number; readonly atEnd: number }
  /** Ms from press to effect. */
  readonly keys: Readonly<Partial<Record<KeyKind, readonly number[]>>>
  /** The same of the cursor, as seen at the far end of a link of 4 KB/s. */
  readonly slowLink: readonly number[]
}

const SLOW_LINK_BYTES = 4096

/** Everything about one program. */
export async function measureTurn(contestant: Contestant, command: Command, bench: Bench): Promise<Turn> {
  const launches: Launch[] = []
  for (let index = 1; index < bench.launches; index += 1) {
    const { recorder, launch } = await launched(contestant, command, bench.members)
    launches.push(launch)
    await recorder.quit(contestant.quit)
  }
  const { recorder, launch } = await launched(contestant, command, bench.members)
  launches.push(launch)
  try {
    const afterLaunch = residentMib(treeOf(recorder.pid))
    // The first refreshes compile code and fill caches.
    await delay(2500)
    const steady = await watch(contestant, recorder, bench)
    const keys = await tryKeys(contestant, recorder, bench.presses)
    const atEnd = residentMib(treeOf(recorder.pid))
    const slowLink = await trySlowLink(contestant, command, bench)
    return { launches, ...steady, residentMib: { afterLaunch, atEnd }, keys, slowLink }
  } finally {
    await recorder.quit(contestant.quit)
  }
}

/** Only where a refresh gets through such a link before the next: elsewhere the delay just grows. */
async function trySlowLink(
  contestant: Contestant,
  command: Command,
  { members, presses }: Bench,
): Promise<readonly number[]> {
  const { cursor } = contestant.keys
  if (!contestant.suitsSlowLink || cursor === undefined) return []
  const { recorder } = await launched(contestant, command, members, SLOW_LINK_BYTES)
  try {
    await delay(2500)
    return (await tryKeys({ ...contestant, keys: { cursor } }, recorder, presses)).cursor ?? []
  } finally {
    await recorder.quit(contestant.quit)
  }
}

/** Starts a program and waits until it shows a session that we know. */
export async function launched(
  contestant: Contestant,
  command: Command,
  members: readonly Member[],
  bytesPerSecond?: number,
): Promise<{ readonly recorder: Recorder; readonly launch: Launch }> {
  const recorder = new Recorder(command, bytesPerSecond)
  try {
    const byPid = new Map(members.map((member) => [String(member.pid), member]))
    const hasData = () =>
      recorder.lines.some((line) =>
        (line.match(/(?<![\w.])\d+(?![\w.])/g) ?? []).some((number) => {
          const member = byPid.get(number)
          return member !== undefined && contestant.tells(line, member)
        }),
      )
    const seenMs = await recorder.when(hasData, LIMIT_MS, `live data of ${contestant.name}`)
    const used = cpuMs(treeOf(recorder.pid))
    return { recorder, launch: { firstDataMs: seenMs - recorder.startedMs, cpuMs: used } }
  } catch (error) {
    await recorder.quit(contestant.quit)
    throw error
  }
}

/** A program that refreshes less often than it was told to is watched longer, for so many refreshes. */
const FEWEST = 3
const LONGEST_MS = 40_000

/** Looks on for some refreshes, touching nothing. */
export async function watch(
  { role }: Contestant,
  recorder: Recorder,
  { client, postmaster, refreshes }: Bench,
): Promise<Pick<Turn, 'intervalMs' | 'cpuMs' | 'output' | 'usage'>> {
  const finish = await recorder.measure()
  const before = await readUsage(client, role, postmaster)
  const cpuBefore = cpuMs(treeOf(recorder.pid))
  const startedMs = performance.now()
  let usage: Usage
  do {
    await delay(refreshes * 1000)
    usage = usageBetween(before, await readUsage(client, role, postmaster))
  } while (usage.refreshes < FEWEST && performance.now() - startedMs < LONGEST_MS)
  const used = cpuMs(treeOf(recorder.pid)) - cpuBefore
  const tookMs = performance.now() - startedMs
  const output = await finish()
  return { intervalMs: tookMs / usage.refreshes, cpuMs: used / usage.refreshes, output, usage }
}

/** Presses each kind of key at random moments of the refresh. */
export async function tryKeys(
  contestant: Contestant,
  recorder: Recorder,
  presses: number,
): Promise<Turn['keys']> {
  for (const key of contestant.prelude) {
    recorder.type(key)
    await delay(300)
  }
  const found: Partial<Record<KeyKind, readonly number[]>> = {}
  for (const [kind, trial] of Object.entries(contestant.keys)) {
    found[kind as KeyKind] = await tryKey(trial, recorder, presses)
  }
  return found
}

/** Presses the keys of one trial, and gives the ms from press to effect. */
export async function tryKey(trial: KeyTrial, recorder: Recorder, presses: number): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; times.length < presses; index += 1) {
    const at = index % trial.keys.length
    await delay(200 + Math.random() * 1000)
    const before = trial.mark(recorder)
    const pressedMs = performance.now()
    recorder.type(trial.keys[at] ?? '')
    const isPainted = () => {
      const mark = trial.mark(recorder)
      return mark !== null && mark !== before
    }
    const what = `effect of the key ${JSON.stringify(trial.keys[at])}`
    const paintedMs = await recorder.when(isPainted, LIMIT_MS, what)
    if (trial.uncounted?.includes(at) !== true) times.push(paintedMs - pressedMs)
  }
  return times
}
