/** A forgotten transaction, a migration behind it, and everybody behind the migration. */
import { randomInt } from 'node:crypto'
import { lockStorm } from '#queries/demo/incidents.ts'
import type { Incident } from '../incident.ts'
import { openObserver } from '../observe.ts'
import type { Actor, Scene } from '../scene.ts'
import { anyCustomer } from '../shop.ts'

const VICTIMS = 30
const ROW_WAITERS = 3
const HELD_ORDERS: readonly [number, number] = [4711, 4722]

export const lockStormIncident: Incident = {
  id: 'lock-storm',
  title: 'a forgotten transaction and a migration stop the shop',
  screen: 'locks',
  story:
    'billing-worker updated some orders and sits idle in its transaction; an ALTER TABLE waits for it, and every ' +
    'statement on public.orders waits behind the ALTER. Terminate the idle session at the root and all are free; ' +
    'cancel the ALTER and most are.',
  async start(scene) {
    const observer = await openObserver(scene)
    await holdOrders(scene)
    for (let order = 0; order < ROW_WAITERS; order += 1) waitForRow(scene, HELD_ORDERS[0] + order)
    await scene.until(async () => (await observer.waitingWith(lockStorm.sameRow)) === ROW_WAITERS)
    await migrate(scene)
    await scene.until(async () => (await observer.waitingWith(lockStorm.alter)) === 1)
    for (let victim = 0; victim < VICTIMS; victim += 1) queueUp(scene, victim)
    await scene.until(async () => (await observer.waiting()) >= VICTIMS + ROW_WAITERS + 1)
    await observer.close()
  },
}

// Three statements and then nothing: the job waits for an answer of another service that does not come.
async function holdOrders(scene: Scene): Promise<void> {
  const client = await scene.open({ role: 'billing', application: 'billing-worker' })
  await client.query(lockStorm.begin)
  await client.query(lockStorm.hold)
  await client.query(lockStorm.peek)
}

function waitForRow(scene: Scene, order: number): void {
  scene.keepDoing({ role: 'web', application: 'warehouse', pauseMs: [1_000, 4_000] }, (client) =>
    client.query(lockStorm.sameRow, [order]),
  )
}

async function migrate(scene: Scene): Promise<void> {
  const client = await scene.open({ role: 'deploy', application: 'migrate 2042_delivery_note' })
  scene.attempt(client.query(lockStorm.alter).finally(() => client.end()))
}

function queueUp(scene: Scene, victim: number): void {
  const [actor, text, value] = VICTIM_KINDS[victim % VICTIM_KINDS.length] ?? VICTIM_KINDS[0]
  scene.keepDoing({ ...actor, pauseMs: [500, 3_000] }, (client) => client.query(text, [value()]))
}

const VICTIM_KINDS: readonly [Victim, ...Victim[]] = [
  [{ role: 'web', application: 'storefront' }, lockStorm.history, anyCustomer],
  [{ role: 'web', application: 'customer-api' }, lockStorm.open, anyCustomer],
  [{ role: 'payments', application: 'payment-webhook' }, lockStorm.pay, () => randomInt(10_000, 100_000)],
]

type Victim = readonly [actor: Actor, text: string, value: () => number]
