/** The shop that the incidents happen to: its database, and the traffic of an ordinary day. */
import { randomInt } from 'node:crypto'
import type pg from 'pg'
import { contents, server, traffic } from '#queries/demo/shop.ts'
import { demoClient } from './client.ts'
import type { Cluster } from './cluster.ts'
import { DATABASE, ROLES, type Scene } from './scene.ts'

const CUSTOMERS = 20_000

/** Creates roles, database and rows; under two seconds. Gives the superuser's URI of the shop's database. */
export async function buildShop(cluster: Cluster): Promise<string> {
  const hasStatements = await asSuperuser(cluster, cluster.database, async (client) => {
    const { rows } = await client.query<{ has_statements: boolean }>(server.hasStatements)
    if (rows[0]?.has_statements) await client.query(server.untracked)
    await client.query(server.group)
    for (const role of ROLES) {
      const made = await client.query<{ statement: string }>(server.role, [role, cluster.password])
      await client.query(made.rows[0]?.statement ?? '')
    }
    await client.query(server.database)
    return rows[0]?.has_statements ?? false
  })
  await asSuperuser(cluster, DATABASE, async (client) => {
    if (hasStatements) await client.query(contents.statements)
    await client.query(contents.rights)
    await client.query(contents.asDeploy)
    for (const step of [contents.tables, contents.rows, contents.indexes]) await client.query(step)
    await client.query(contents.vacuum)
  })
  const uri = new URL(cluster.uri)
  uri.pathname = `/${DATABASE}`
  return uri.href
}

/** Runs the day's traffic until the scene ends: about a hundred transactions a second by four applications. */
export function openForBusiness(scene: Scene): void {
  for (let count = 0; count < 3; count += 1) {
    scene.keepDoing({ role: 'web', application: 'storefront', pauseMs: [10, 70] }, async (client) => {
      const customer = anyCustomer()
      await client.query(traffic.findCustomer, [customer])
      await client.query(traffic.view, [customer])
    })
  }
  scene.keepDoing({ role: 'web', application: 'storefront', pauseMs: [50, 300] }, (client) =>
    client.query(traffic.recentOrders, [anyCustomer()]),
  )
  scene.keepDoing({ role: 'web', application: 'checkout', pauseMs: [100, 500] }, async (client) => {
    await client.query(traffic.begin)
    const placed = await client.query<{ id: string }>(traffic.placeOrder, [anyCustomer()])
    await client.query(traffic.addItem, [placed.rows[0]?.id])
    await client.query(traffic.commit)
  })
  scene.keepDoing({ role: 'payments', application: 'payout', pauseMs: [200, 800] }, (client) =>
    client.query(traffic.transfer, [randomInt(100, 201)]),
  )
  scene.keepDoing({ role: 'web', application: 'session-tracker', pauseMs: [30, 120] }, (client) =>
    client.query(traffic.seen, [anyCustomer()]),
  )
  scene.keepDoing({ role: 'reporting', application: 'grafana', pauseMs: [4_000, 6_000] }, (client) =>
    client.query(traffic.viewsToday),
  )
}

/** An id of a customer of the shop. */
export function anyCustomer(): number {
  return randomInt(1, CUSTOMERS + 1)
}

async function asSuperuser<T>(
  cluster: Cluster,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const { host, port, user, password } = cluster
  const client = demoClient({ host, port, user, password, database, application: 'demo setup' })
  // Interrupted in the middle: the statement fails then, and that is told once.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
