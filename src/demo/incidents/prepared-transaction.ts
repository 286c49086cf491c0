/** A two-phase transaction that nobody finished: a culprit without a session. */
import { preparedTransaction } from '#queries/demo/incidents.ts'
import type { Incident } from '../incident.ts'
import { openObserver } from '../observe.ts'
import type { Scene } from '../scene.ts'

// The first two wait for a row of the transaction, the others for its lock on the whole table.
const VICTIMS = [
  [preparedTransaction.balance, 7],
  [preparedTransaction.balance, 77],
  [preparedTransaction.credit, 7],
  [preparedTransaction.credit, 12],
  [preparedTransaction.credit, 31],
  [preparedTransaction.credit, 44],
  [preparedTransaction.credit, 58],
  [preparedTransaction.credit, 77],
] as const

export const preparedTransactionIncident: Incident = {
  id: 'prepared-transaction',
  title: 'a prepared transaction that nobody committed blocks the ledger',
  screen: 'locks',
  story:
    "The settlement service prepared 'settlement-77' and died. No session holds its locks, so there is nothing to " +
    "terminate: ROLLBACK PREPARED 'settlement-77' (as postgres or payments, in the database shop) frees the ledger.",
  settings: { max_prepared_transactions: '10' },
  async start(scene) {
    const observer = await openObserver(scene)
    const before = await observer.waiting()
    await prepareAndLeave(scene)
    for (const [text, account] of VICTIMS) bookOn(scene, text, account)
    await scene.until(async () => (await observer.waiting()) >= before + VICTIMS.length)
    await observer.close()
  },
}

async function prepareAndLeave(scene: Scene): Promise<void> {
  const client = await scene.open({ role: 'payments', application: 'settlement' })
  for (const step of ['begin', 'debit', 'lock', 'prepare'] as const)
    await client.query(preparedTransaction[step])
  await client.end()
}

function bookOn(scene: Scene, text: string, account: number): void {
  scene.keepDoing({ role: 'payments', application: 'merchant-api', pauseMs: [500, 2_000] }, (client) =>
    client.query(text, [account]),
  )
}
