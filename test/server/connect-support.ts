/** What the tests of sessions share: targets, servers that are closed again, one-line entries. */
import { tmpdir } from 'node:os'
import { onTestFinished } from 'vitest'
import { defineEntry, type Entry } from '#queries/define.ts'
import { resolveTarget, type Target, type TargetSources } from '#src/server/conninfo/target.ts'
import type { Failure, Server, ServerEvent } from '#src/server/contract.ts'
import { openServer, type ServerOptions, whenConnected } from '#src/server/server.ts'
import { eventually } from '#test/support/cluster.ts'

/** The target of a connection string, without anything of this machine's user. */
export function targetOf(conninfo: string, more: Partial<TargetSources> = {}): Target {
  const resolved = resolveTarget({
    positional: [conninfo],
    env: {},
    home: tmpdir(),
    osUser: 'nobody',
    ...more,
  })
  if (!resolved.ok) throw new Error(resolved.failure.message)
  return resolved.target
}

/** A server that is closed after the test, and every event it told. */
export function open(target: Target, options: ServerOptions = {}): { server: Server; events: ServerEvent[] } {
  const events: ServerEvent[] = []
  const server = openServer(target, { ...options, onEvent: (event) => events.push(event) })
  onTestFinished(() => server.close())
  return { server, events }
}

/** An open server whose first connect went well. */
export async function connected(
  target: Target,
  options: ServerOptions = {},
): Promise<{ server: Server; events: ServerEvent[] }> {
  const opened = open(target, options)
  const failure = await whenConnected(opened.server)
  if (failure !== null) throw new Error(`${failure.kind}: ${failure.message}`)
  return opened
}

/** An open server that has its second connection too. */
export async function withControl(
  target: Target,
  options: ServerOptions = {},
): Promise<{ server: Server; events: ServerEvent[] }> {
  const opened = await connected(target, options)
  await eventually(async () => opened.server.hasControl)
  return opened
}

/** Why a one-connection server cannot be reached; null when it can. */
export async function failureOf(
  conninfo: string,
  more: Partial<TargetSources> = {},
): Promise<Failure | null> {
  return await whenConnected(open(targetOf(conninfo, more), { control: false }).server)
}

/** Waits for an event that is still to come. */
export function nextEvent(server: Server, wanted: (event: ServerEvent) => boolean): Promise<ServerEvent> {
  return new Promise((resolve) => {
    const unsubscribe = server.subscribe((event) => {
      if (!wanted(event)) return
      unsubscribe()
      resolve(event)
    })
  })
}

/** An entry of one text column `v`. */
export function asking(sql: string, more: Partial<Entry> = {}): Entry {
  return defineEntry({
    id: 'test',
    title: 'Test',
    about: 'Asked by a test.',
    reads: [],
    pace: 'onDemand',
    waits: 'nothing',
    identity: [],
    columns: [{ id: 'v', label: 'v', kind: 'text', meaning: 'The value.' }],
    sql: () => sql,
    ...more,
  })
}

/** The first value of an answer; throws for a failure. */
export async function firstValue(
  server: Server,
  sql: string,
  session: 'poll' | 'control' | 'task' = 'poll',
): Promise<unknown> {
  const outcome = await server.run(asking(sql), { session })
  if (!outcome.ok) throw new Error(`${outcome.failure.sqlstate}: ${outcome.failure.message}`)
  return outcome.rows[0]?.v
}
