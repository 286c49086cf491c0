/** The stage of an incident: real sessions of pretended applications, all gone when the scene ends. */
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { traffic } from '#queries/demo/shop.ts'
import { demoClient } from './client.ts'
import type { Cluster } from './cluster.ts'

/** The roles of the shop; each can log in with the cluster's password. */
export const ROLES = ['web', 'payments', 'billing', 'reporting', 'deploy'] as const

/** The database all of them work in. */
export const DATABASE = 'shop'

/** Who a session pretends to be. */
export interface Actor {
  readonly role: (typeof ROLES)[number] | 'postgres'
  readonly application: string
}

/** Who keeps working, and how long they pause between two pieces of work. */
export interface Habit extends Actor {
  readonly pauseMs: readonly [shortest: number, longest: number]
  /** A culprit that was cancelled or terminated stays away; a pool's client comes back. */
  readonly once?: true
}

/** What an incident is given to happen on. */
export interface Scene {
  readonly cluster: Cluster
  /** Aborted when the scene ends. */
  readonly signal: AbortSignal
  /** Opens a session. It is not opened again when it is terminated. */
  open(actor: Actor): Promise<pg.Client>
  /** Works again and again in the background, with a session of its own. */
  keepDoing(habit: Habit, work: (client: pg.Client) => Promise<unknown>): void
  /** Runs something in the background once; that a person cancels or terminates it is part of the story. */
  attempt(work: Promise<unknown>): void
  /** Waits until `look` is true; fails after half a minute, since an incident must really happen. */
  until(look: () => Promise<boolean>): Promise<void>
  /** Faults that no cure explains, each once: mistakes in an incident. Empty in a good scene. */
  readonly faults: ReadonlySet<string>
}

/** A scene and its end. */
export interface Stage extends Scene {
  /** Closes every session at once, also one that waits for a lock. */
  end(): Promise<void>
}

/** Sets the stage on a cluster whose shop is built. */
export function openStage(cluster: Cluster): Stage {
  const ending = new AbortController()
  const { signal } = ending
  const clients = new Set<pg.Client>()
  const faults = new Set<string>()
  const note = (error: unknown) => {
    if (!signal.aborted && error instanceof Error && !isPartOfTheStory(error)) faults.add(error.message)
  }

  const open = async (actor: Actor): Promise<pg.Client> => {
    signal.throwIfAborted()
    const client = newClient(cluster, actor)
    clients.add(client)
    client.on('end', () => clients.delete(client))
    client.on('error', note)
    await client.connect()
    signal.throwIfAborted()
    return client
  }

  const work = async (habit: Habit, piece: (client: pg.Client) => Promise<unknown>) => {
    while (!signal.aborted) {
      const outcome = await open(habit)
        .then((client) => repeat(client, habit, piece))
        .catch((error: unknown) => {
          note(error)
          return 'failed' as const
        })
      if (habit.once && outcome === 'failed') return
      await delay(1_000, undefined, { signal }).catch(() => undefined)
    }
  }

  // Works until the session is lost or, for a culprit, until something fails.
  const repeat = async (client: pg.Client, habit: Habit, piece: (client: pg.Client) => Promise<unknown>) => {
    while (!signal.aborted) {
      try {
        await piece(client)
      } catch (error) {
        note(error)
        if (habit.once || !clients.has(client) || isLost(error)) return 'failed'
        await client.query(traffic.rollback).catch(note)
      }
      await delay(between(habit.pauseMs), undefined, { signal }).catch(() => undefined)
    }
    return 'ended'
  }

  return {
    cluster,
    signal,
    faults,
    open,
    keepDoing: (habit, piece) => void work(habit, piece),
    attempt: (running) => void running.catch(note),
    async until(look) {
      const deadline = performance.now() + 30_000
      while (!(await look())) {
        if (performance.now() > deadline) {
          throw new Error(`the incident did not come to pass: ${[...faults][0] ?? look}`)
        }
        await delay(25, undefined, { signal })
      }
    },
    async end() {
      ending.abort()
      const goodbyes = Promise.all([...clients].map((client) => client.end().catch(() => undefined)))
      // A server that does not answer is not waited for: it is ended next, and its sessions with it.
      await Promise.race([goodbyes, delay(1_000, undefined, { ref: false })])
    },
  }
}

/** A client that is not connected yet. By TCP, so that its address shows as an application's does. */
function newClient(cluster: Cluster, actor: Actor): pg.Client {
  const { host, port, password } = cluster
  return demoClient({
    host,
    port,
    password,
    user: actor.role,
    database: DATABASE,
    application: actor.application,
  })
}

// What a person at the demo does to a session, or a crowd of sessions to each other: cancelled, terminated,
// shut down, deadlock, too many connections, waited too long; and the connection errors that follow.
const STORY = new Set(['57014', '57P01', '57P02', '57P03', '40P01', '40001', '53300', '55P03', '25P03'])

function isPartOfTheStory(error: Error): boolean {
  const { code } = error as { code?: string }
  return code === undefined
    ? /connection|terminated|not queryable/i.test(error.message)
    : STORY.has(code) || /^E/.test(code)
}

function isLost(error: unknown): boolean {
  const { code } = error as { code?: string }
  return code === undefined || code.startsWith('57P') || code.startsWith('08') || code.startsWith('E')
}

function between([shortest, longest]: readonly [number, number]): number {
  return shortest + Math.random() * (longest - shortest)
}
