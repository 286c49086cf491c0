/** Five hundred sessions that wait for one row behind one idle transaction: how long until the screen has counted them. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Contestant } from './contestants.ts'
import { type Crowd, gatherCrowd } from './crowd.ts'
import { type Bench, launched, type Turn, tryKeys, watch } from './measure.ts'
import { type Command, Recorder } from './recorder.ts'

export interface StormTurn extends Pick<Turn, 'intervalMs' | 'cpuMs' | 'output' | 'usage' | 'keys'> {
  /** From exec, with the storm raging, until the screen shows that all wait. */
  readonly countedAfterLaunchMs: number
  /** With the screen open, from the last session's statement until the screen shows that all wait. */
  readonly countedAfterOutbreakMs: number
  /** What stands in the row of the one in front. */
  readonly rootRow: string
}

const LIMIT_MS = 30_000

/** Lets it break out under the open screen, looks on, and opens the screen once more in the midst of it. */
export async function measureStorm(
  contestant: Contestant,
  command: Command,
  {
    bench,
    waiters,
    socketPath,
  }: { readonly bench: Bench; readonly waiters: number; readonly socketPath: string },
): Promise<StormTurn> {
  const seesAll = (recorder: Recorder) => () =>
    recorder.lines.some((line) => new RegExp(`waiting ${waiters}\\b`).test(line))
  const { recorder } = await launched(contestant, command, bench.members)
  let storm: Crowd | null = null
  try {
    await delay(2500)
    storm = await gatherCrowd({ kind: 'waiters', count: waiters, socketPath })
    const outbreakMs = performance.now()
    const countedMs = await recorder.when(seesAll(recorder), LIMIT_MS, `count of ${waiters} waiters`)
    await delay(2000)
    const steady = await watch(contestant, recorder, bench)
    const root = storm.members.find(({ tag }) => tag === 'root')
    const rootRow = recorder.lines.find((line) => line.includes(` ${root?.pid} `)) ?? 'not on the screen'
    const keys = await tryKeys(contestant, recorder, bench.presses)
    const second = new Recorder(command)
    try {
      const seenMs = await second.when(seesAll(second), LIMIT_MS, `count of ${waiters} waiters`)
      const countedAfterLaunchMs = seenMs - second.startedMs
      const countedAfterOutbreakMs = Math.max(0, countedMs - outbreakMs)
      return { ...steady, keys, countedAfterLaunchMs, countedAfterOutbreakMs, rootRow }
    } finally {
      await second.quit(contestant.quit)
    }
  } finally {
    await recorder.quit(contestant.quit)
    await storm?.disperse()
  }
}
