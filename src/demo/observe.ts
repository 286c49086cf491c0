/** Looks at the server to see that an incident has come to pass. */
import type pg from 'pg'
import { observe } from '#queries/demo/incidents.ts'
import type { Scene } from './scene.ts'

/** Numbers an incident waits for, each asked anew. */
export interface Observer {
  /** Ungranted locks. */
  waiting(): Promise<number>
  /** Sessions that wait for a lock with a statement that starts so. */
  waitingWith(statement: string): Promise<number>
  /** Client sessions, our own among them. */
  sessions(): Promise<number>
  /** CREATE INDEX commands that report progress. */
  builds(): Promise<number>
  /** Connections that ordinary roles can have in all. */
  usableSlots(): Promise<number>
  close(): Promise<void>
}

/** Opens a superuser's session that looks; close it when the incident stands. */
export async function openObserver(scene: Scene): Promise<Observer> {
  const client = await scene.open({ role: 'postgres', application: 'demo setup' })
  return {
    waiting: () => count(client, observe.waiting),
    waitingWith: (statement) => count(client, observe.waitsWith, [statement]),
    sessions: () => count(client, observe.sessions),
    builds: () => count(client, observe.builds),
    usableSlots: () => count(client, observe.usableSlots),
    close: () => client.end(),
  }
}

async function count(client: pg.Client, text: string, values: unknown[] = []): Promise<number> {
  const { rows } = await client.query<{ count: number }>(text, values)
  return rows[0]?.count ?? 0
}
