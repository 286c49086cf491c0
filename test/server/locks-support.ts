/** Scenes of real sessions that hold and want locks, and what the program and the server make of them. */
import pg from 'pg'
import { expect, onTestFinished } from 'vitest'
import { blocking } from '#queries/blocking.ts'
import { locks } from '#queries/locks.ts'
import { adviceFor, sentenceOf } from '#src/locks/advice.ts'
import { LockAnalysis } from '#src/locks/analysis.ts'
import type { Edge } from '#src/locks/blockers.ts'
import type { TreeNode } from '#src/locks/forest.ts'
import type { Party } from '#src/locks/party.ts'
import type { Ending } from '#src/locks/release.ts'
import type { Server } from '#src/server/contract.ts'
import { connect, eventually, sharedCluster } from '#test/support/cluster.ts'
import { connected, targetOf } from './connect-support.ts'

/** One session of a scene. */
export interface Actor {
  readonly pid: number
  readonly client: pg.Client
}

/** One that waits; what becomes of its last statement: null when that went well, else the SQLSTATE. */
export interface Waiter extends Actor {
  readonly fate: Promise<string | null>
}

/** A tree as a text to compare with: `{ holder: { writer: {} } }`, everybody by name. */
export interface Shape {
  readonly [name: string]: Shape
}

/** The locks of a scene at one moment, everybody by name. */
export interface Look {
  readonly analysis: LockAnalysis
  /** Whom each waiter waits for: `hard holder`, `soft alter`. */
  readonly edges: Readonly<Record<string, readonly string[]>>
  readonly trees: readonly Shape[]
  /** The advice for each tree, with names for pids and `…s` for times. */
  readonly sentences: readonly string[]
  /** Who is freed when these end: at once, and in all. */
  release(names: readonly string[], ending?: Ending): { direct: readonly string[]; total: readonly string[] }
  party(name: string): Party
}

/** A scene in the schema `shop` with the tables `orders` and `ledger` of three rows each. */
export class Scene {
  readonly admin: pg.Client
  readonly #uri: string
  readonly #servers = new Map<string, Promise<Server>>()
  readonly #names = new Map<number, string>()

  private constructor(admin: pg.Client, uri: string) {
    this.admin = admin
    this.#uri = uri
  }

  /** Sets the scene; it is cleared away after the test. On a standby nothing is set. */
  static async set(uri: string = sharedCluster().uri): Promise<Scene> {
    const admin = await connect(uri, 'admin')
    const scene = new Scene(admin, uri)
    onTestFinished(() => scene.#clear())
    const { rows } = await admin.query('SELECT pg_is_in_recovery() AS is_standby')
    if (rows[0]?.is_standby !== true) await admin.query(SHOP)
    return scene
  }

  /** A session that has run the statements and stays as it is then. */
  async holder(name: string, statements: readonly string[], uri: string = this.#uri): Promise<Actor> {
    const client = await connect(uri, name)
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
    const pid: number = rows[0].pid
    this.#names.set(pid, name)
    for (const statement of statements) await client.query(statement)
    return { pid, client }
  }

  /** A session whose last statement has to wait; it is given once it does. */
  async waiter(name: string, statements: readonly string[], uri: string = this.#uri): Promise<Waiter> {
    const actor = await this.holder(name, statements.slice(0, -1), uri)
    return await this.waits(actor, statements.at(-1) ?? '')
  }

  /**
   * Many sessions that have to wait for the same. One after the other: the server takes down the start of a wait
   * after the place in the queue (ProcSleep), so that of two who come at once the second can have the earlier start.
   */
  async crowd(names: readonly string[], statement: string): Promise<void> {
    const actors = await Promise.all(names.map((name) => this.holder(name, [])))
    for (const actor of actors) await this.waits(actor, statement)
  }

  /** Lets a session run a statement that has to wait. */
  async waits(actor: Actor, statement: string): Promise<Waiter> {
    const fate = start(actor, statement)
    const isWaiting = async () => (await this.#waiting()).includes(actor.pid)
    for (let looks = 0; looks < 10; looks++) {
      if (await isWaiting()) return { ...actor, fate }
    }
    await eventually(isWaiting)
    return { ...actor, fate }
  }

  /** Gives a name to a process that the scene did not start. */
  name(pid: number, name: string): void {
    this.#names.set(pid, name)
  }

  /** What the role of `uri` sees; fails where that is not what the server itself tells. */
  async look(uri: string = this.#uri): Promise<Look> {
    const server = await this.#server(uri)
    const outcome = await server.run(locks)
    if (!outcome.ok) throw new Error(outcome.failure.message)
    if (server.facts === null) throw new Error('the server has not told its facts')
    const analysis = new LockAnalysis(outcome.rows, server.facts)
    await this.#expectAsTheServerTells(server, analysis)
    expectForest(analysis)
    return this.#lookOf(analysis)
  }

  /** Waits until the server says that it waits for one of the others and for nobody else. */
  async untilBehind(waiter: Actor, ...blockers: readonly Actor[]): Promise<void> {
    await eventually(async () => {
      const asked = `SELECT cardinality(behind) = 1 AND behind <@ $2::int[] AS is_behind
        FROM pg_blocking_pids($1) AS behind`
      const { rows } = await this.admin.query(asked, [waiter.pid, blockers.map(({ pid }) => pid)])
      return rows[0]?.is_behind === true && (await this.#waiting()).includes(waiter.pid)
    })
  }

  /** Waits until the waiters are exactly these. */
  async untilWaiting(names: readonly string[]): Promise<void> {
    const wanted = names.toSorted()
    await eventually(async () => {
      const waiting = (await this.#waiting()).map((pid) => this.#nameOfPid(pid)).toSorted()
      return waiting.join() === wanted.join()
    })
  }

  async #server(uri: string): Promise<Server> {
    const known =
      this.#servers.get(uri) ?? connected(targetOf(uri), { control: false }).then((it) => it.server)
    this.#servers.set(uri, known)
    return await known
  }

  /** Pids that wait for a lock or a safe snapshot, by the server's views. */
  async #waiting(): Promise<readonly number[]> {
    // A wait is in place only when its start is told (14+): before that its order in the queue is not known.
    const started = sharedCluster().versionNum >= 140000 ? 'AND waitstart IS NOT NULL' : ''
    const { rows } = await this.admin.query(`
      SELECT pid FROM pg_locks WHERE NOT granted ${started}
      UNION SELECT pid FROM pg_stat_activity WHERE wait_event = 'SafeSnapshot'`)
    return rows.map(({ pid }) => pid)
  }

  async #expectAsTheServerTells(server: Server, analysis: LockAnalysis): Promise<void> {
    const told = analysis.waiting.filter(({ kind }) => kind !== 'startup')
    const outcome = await server.run(blocking, { parameters: [analysis.waiting.flatMap(({ pids }) => pids)] })
    if (!outcome.ok) throw new Error(outcome.failure.message)
    const byServer = told.map((party) => {
      const own = outcome.rows.filter(({ pid }) => pid !== null && party.pids.includes(pid))
      const pids = own.flatMap((row) => [...(row.blocked_by ?? []), ...(row.snapshot_blocked_by ?? [])])
      return [party.id, [...new Set(pids)].toSorted()]
    })
    const byUs = told.map((party) => {
      const pids = analysis.blockersOf(party).map(({ blocker }) => blocker.pids[0] ?? 0)
      return [party.id, [...new Set(pids)].toSorted()]
    })
    expect(byUs).toEqual(byServer)
    const waiting = await this.#waiting()
    expect(
      new Set(analysis.waiting.flatMap(({ pids }) => pids.filter((pid) => waiting.includes(pid)))),
    ).toEqual(new Set(waiting))
  }

  #lookOf(analysis: LockAnalysis): Look {
    const named = new Map(analysis.parties.map((party) => [this.#nameOf(party), party]))
    const party = (name: string): Party => {
      const found = named.get(name)
      if (found === undefined) throw new Error(`no ${name} among ${[...named.keys()].join(', ')}`)
      return found
    }
    const names = (parties: readonly Party[]) => parties.map((each) => this.#nameOf(each)).toSorted()
    return {
      analysis,
      edges: Object.fromEntries(
        analysis.waiting.map((waiter) => [
          this.#nameOf(waiter),
          analysis
            .blockersOf(waiter)
            .map(({ kind, blocker }) => `${kind} ${this.#nameOf(blocker)}`)
            .toSorted(),
        ]),
      ),
      trees: analysis.trees.map(({ roots }) => this.#shapeOf(roots)),
      sentences: analysis.trees.map((tree) => this.#plain(sentenceOf(adviceFor(tree, analysis)))),
      release: (targets, ending) => {
        const { direct, total } = analysis.release(targets.map(party), ending)
        return { direct: names(direct), total: names(total) }
      },
      party,
    }
  }

  #shapeOf(nodes: readonly TreeNode[]): Shape {
    return Object.fromEntries(nodes.map((node) => [this.#nameOf(node.party), this.#shapeOf(node.children)]))
  }

  #nameOf({ kind, row, id }: Party): string {
    if (kind === 'prepared') return row.gid ?? id
    return kind === 'startup' ? 'startup' : this.#nameOfPid(row.pid ?? 0)
  }

  #nameOfPid(pid: number): string {
    return this.#names.get(pid) ?? String(pid)
  }

  #plain(sentence: string): string {
    return sentence
      .replace(/\b(?:\d+m)?\d+(?:\.\d)?s\b/g, '…s')
      .replace(/\btransaction \d+/g, 'transaction N')
      .replace(/\b\d+\b/g, (digits) => this.#names.get(Number(digits)) ?? digits)
  }

  async #clear(): Promise<void> {
    const admin = new pg.Client({ connectionString: this.#uri })
    await admin.connect()
    const pids = [...this.#names.keys()]
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ANY ($1)', [pids])
    await eventually(async () => {
      const { rows } = await admin.query(
        "SELECT FROM pg_stat_activity WHERE pid = ANY ($1) AND backend_type = 'client backend'",
        [pids],
      )
      return rows.length === 0
    })
    const { rows } = await admin.query(
      'SELECT gid FROM pg_prepared_xacts WHERE database = current_database() AND NOT pg_is_in_recovery()',
    )
    for (const { gid } of rows) await admin.query(`ROLLBACK PREPARED ${admin.escapeLiteral(gid)}`)
    const recovery = await admin.query('SELECT pg_is_in_recovery() AS is_standby')
    if (recovery.rows[0]?.is_standby !== true) await admin.query('DROP SCHEMA IF EXISTS shop CASCADE')
    await admin.end()
  }
}

/** Runs a statement that is not waited for: null when it went well, else the SQLSTATE. */
function start({ client }: Actor, statement: string): Promise<string | null> {
  return client.query(statement).then(
    () => null,
    (error: Error) => ('code' in error ? String(error.code) : 'lost'),
  )
}

const SHOP = `
  DROP SCHEMA IF EXISTS shop CASCADE;
  CREATE SCHEMA shop;
  GRANT USAGE ON SCHEMA shop TO PUBLIC;
  CREATE TABLE shop.orders (id int PRIMARY KEY, paid bool) WITH (autovacuum_enabled = false);
  CREATE TABLE shop.ledger (id int PRIMARY KEY, amount int) WITH (autovacuum_enabled = false);
  INSERT INTO shop.orders SELECT id, false FROM generate_series(1, 3) AS id;
  INSERT INTO shop.ledger SELECT id, 0 FROM generate_series(1, 3) AS id;
`

/** What has to be so of any forest: everybody once, only true edges, and nothing told twice. */
function expectForest(analysis: LockAnalysis): void {
  const seen: Party[] = []
  const open = analysis.trees.flatMap(({ roots }) => roots)
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    seen.push(node.party)
    const told = [...(node.edge === null ? [] : [node.edge]), ...node.otherBlockers].map(textOf)
    const all = analysis.blockersOf(node.party).map(textOf)
    expect(all).toEqual(expect.arrayContaining(told))
    expect(new Set(told).size).toBe(told.length)
    expect(new Set(all).size).toBe(all.length)
    open.push(...node.children)
  }
  expect(seen).toHaveLength(new Set(seen).size)
}

function textOf({ kind, blocker, thing }: Edge): string {
  return `${kind} ${blocker.id} ${thing?.tag ?? ''}`
}
