/** Hundreds of sessions that wait for one, all at once or each for the one before it: the screen of locks under it. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Contestant, KeyTrial, LocksTrial } from './contestants.ts'
import { type Crowd, type CrowdOrder, gatherCrowd } from './crowd.ts'
import { type Bench, type Turn, tryKey, watch } from './measure.ts'
import { cpuMs, treeOf } from './process-usage.ts'
import { type Command, Recorder } from './recorder.ts'

/** How the sessions wait: all for the same row, or in a chain. */
export type StormShape = Extract<CrowdOrder['kind'], 'waiters' | 'chain'>

export interface StormTurn extends Pick<Turn, 'intervalMs' | 'cpuMs' | 'output' | 'usage'> {
  /** With the screen open, from the last session's statement until the screen tells of it. */
  readonly seenAfterOutbreakMs: number
  /** From exec, with the storm raging, until the screen tells of it. */
  readonly seenAfterLaunchMs: number
  /** Of the program's processes until then. */
  readonly launchCpuMs: number
  /** Ms from press to effect; empty where it has no cursor there. */
  readonly cursor: readonly number[]
  /** What stands in the row of the one in front. */
  readonly rootRow: string
}

export interface Storm {
  readonly bench: Bench
  readonly shape: StormShape
  readonly waiters: number
  readonly socketPath: string
}

const LIMIT_MS = 30_000

/** Lets it break out under the open screen, looks on, and opens the screen once more in the midst of it. */
export async function measureStorm(
  contestant: Contestant,
  command: Command,
  { bench, shape, waiters, socketPath }: Storm,
): Promise<StormTurn> {
  const { locks } = contestant
  if (locks === undefined) throw new Error(`${contestant.name} has no screen of locks`)
  const open = () => new Recorder({ ...command, args: [...command.args, ...locks.args] })
  const recorder = open()
  let storm: Crowd | null = null
  try {
    await reach(recorder, locks)
    await delay(2500)
    storm = await gatherCrowd({ kind: shape, count: waiters, socketPath })
    const root = storm.members.find(({ tag }) => tag === 'root')?.pid ?? 0
    const tells = (at: Recorder) => () => locks.tells(at.lines, { root, waiters })
    const outbreakMs = performance.now()
    const seenMs = await recorder.when(tells(recorder), LIMIT_MS, `the storm of ${waiters}`)
    await delay(3000)
    const steady = await watch(contestant, recorder, bench)
    const rootRow =
      recorder.lines.find((line) => new RegExp(`^\\D*${root} `).test(line)) ?? 'not on the screen'
    const cursor = locks.cursor === undefined ? [] : await tryCursor(locks.cursor, recorder, bench.presses)
    const second = open()
    try {
      await reach(second, locks)
      const secondMs = await second.when(tells(second), LIMIT_MS, `the storm of ${waiters}`)
      return {
        ...steady,
        cursor,
        rootRow,
        seenAfterOutbreakMs: Math.max(0, seenMs - outbreakMs),
        seenAfterLaunchMs: secondMs - second.startedMs,
        launchCpuMs: cpuMs(treeOf(second.pid)),
      }
    } finally {
      await second.quit(contestant.quit)
    }
  } finally {
    await recorder.quit(contestant.quit)
    await storm?.disperse()
  }
}

/** From the second row on, so that each of the keys moves. */
async function tryCursor(trial: KeyTrial, recorder: Recorder, presses: number): Promise<readonly number[]> {
  for (const key of trial.keys.slice(0, 2)) {
    recorder.type(key)
    await delay(300)
  }
  return await tryKey(trial, recorder, presses)
}

/** Goes to the screen of locks, by the program's own keys. */
async function reach(recorder: Recorder, { opened, keys, stands }: LocksTrial): Promise<void> {
  await recorder.when(() => opened(recorder.lines), LIMIT_MS, 'the first screen')
  for (const key of keys) recorder.type(key)
  await recorder.when(() => stands(recorder.lines), LIMIT_MS, 'the screen of locks')
}
