/** Sends the signals of one action. */
import type { Server } from '#src/server/contract.ts'
import { safe } from '#src/text/safe.ts'
import type { Action } from './action.ts'
import { assess } from './assess.ts'
import type { Clock } from './clock.ts'
import { unlessLeft } from './leaving.ts'
import { type Sent, send } from './send.ts'
import type { Target } from './target.ts'

/** How the targets are signalled. `signal`: aborted when the program is left; nothing is sent from then on. */
export interface Sending {
  readonly server: Server
  readonly action: Action
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
}

/** The answer for a target after the connection was lost. */
export const notTried = {
  kind: 'refused',
  reason: safe`not tried, because the connection was lost before`,
  sqlstate: null,
} as const satisfies Sent

const leftBefore = {
  kind: 'refused',
  reason: safe`not tried, because the program was left before`,
  sqlstate: null,
} as const satisfies Sent

/** Signals one after the other; with the first lost answer it ends, for what comes back may be another server. */
export async function sendAll(
  sending: Sending,
  targets: readonly Target[],
): Promise<ReadonlyMap<Target, Sent>> {
  const answers = new Map<Target, Sent>()
  let lost = false
  for (const target of targets) {
    const spared: Sent | null = sending.signal?.aborted ? leftBefore : lost ? notTried : null
    const sent: Sent = spared ?? (await sendUnlessLeft(sending, target))
    answers.set(target, sent)
    lost ||= sent.kind === 'lost'
  }
  return answers
}

async function sendUnlessLeft(sending: Sending, target: Target): Promise<Sent> {
  const sent = await unlessLeft(() => sendIfAllowed(sending, target), sending.signal)
  return sent.left ? { kind: 'lost', reason: safe`the program was left before the answer` } : sent.value
}

// Judged again here, whatever the dialog said: this is the last place before the server.
async function sendIfAllowed({ server, action, clock }: Sending, target: Target): Promise<Sent> {
  const { facts } = server
  if (facts === null) return { kind: 'refused', reason: safe`there is no connection`, sqlstate: null }
  const assessment = assess(action, target, facts)
  if (assessment.verdict === 'refused') return { kind: 'refused', reason: assessment.reason, sqlstate: null }
  return await send(server, { action, target }, clock)
}
