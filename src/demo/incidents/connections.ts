/** A pool without an upper bound eats the connections. */
import { setTimeout as delay } from 'node:timers/promises'
import { connections } from '#queries/demo/incidents.ts'
import type { Incident } from '../incident.ts'
import { openObserver } from '../observe.ts'
import type { Scene } from '../scene.ts'
import { anyCustomer } from '../shop.ts'

const FREE_AT_FIRST = 12
const FREE_AT_LAST = 2

export const connectionsIncident: Incident = {
  id: 'connections',
  title: 'connections are running out',
  story:
    'mobile-api opens a session for every request and never closes one; some forgot their transaction as well. Two ' +
    'connections stay free, and the three reserved for superusers let pgtriage in. Terminated sessions do not return.',
  settings: { max_connections: '60' },
  async start(scene) {
    const observer = await openObserver(scene)
    const usable = await observer.usableSlots()
    for (let taken = await observer.sessions(); taken < usable - FREE_AT_FIRST; taken += 1)
      await leak(scene, taken)
    await observer.close()
    scene.attempt(leakOn(scene, FREE_AT_FIRST - FREE_AT_LAST))
  },
}

// Every fifth forgets its transaction too.
async function leak(scene: Scene, number: number): Promise<void> {
  const client = await scene.open({ role: 'web', application: 'mobile-api' })
  if (number % 5 === 0) await client.query(connections.begin)
  await client.query(
    number % 5 === 0 ? connections.read : connections.hello,
    number % 5 === 0 ? [anyCustomer()] : [],
  )
}

async function leakOn(scene: Scene, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    await delay(4_000, undefined, { signal: scene.signal })
    await leak(scene, number)
  }
}
