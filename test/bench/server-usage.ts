/** What one role costs the server: statements and rows from pg_stat_statements, processor time from /proc. */
import type pg from 'pg'
import { cpuMs, endedChildrenMs } from './process-usage.ts'

/** A reading of the counters of one role, to be compared with a later one. */
export interface Reading {
  readonly statements: ReadonlyMap<
    string,
    { readonly calls: number; readonly rows: number; readonly ms: number }
  >
  readonly backends: ReadonlyMap<number, number>
  readonly postmasterMs: number
}

/** What happened between two readings. */
export interface Usage {
  /** Runs of the statement that ran most often: one for each refresh. */
  readonly refreshes: number
  readonly statements: number
  readonly rows: number
  /** Planning and execution as pg_stat_statements has it. */
  readonly statementMs: number
  /** Processor time of the role's backends, those that came and went meanwhile included. */
  readonly cpuMs: number
  /** At the second reading. */
  readonly connections: number
  /** Texts and runs, the most frequent first. */
  readonly texts: readonly { readonly text: string; readonly calls: number; readonly ms: number }[]
}

const STATEMENTS = `
SELECT
  s.query AS text,
  sum(s.calls)::float8 AS calls,
  sum(s.rows)::float8 AS rows,
  sum(s.total_plan_time + s.total_exec_time)::float8 AS ms
FROM pg_stat_statements AS s
JOIN pg_catalog.pg_roles AS r ON r.oid = s.userid
WHERE r.rolname = $1 AND s.toplevel
GROUP BY s.query`

/** Reads the counters. `postmaster` is its process id; nothing else may connect to the server meanwhile. */
export async function readUsage(client: pg.Client, role: string, postmaster: number): Promise<Reading> {
  const backends = await client.query<{ pid: number }>(
    'SELECT pid FROM pg_catalog.pg_stat_activity WHERE usename = $1',
    [role],
  )
  const cpu = new Map(backends.rows.map(({ pid }) => [pid, cpuMs([pid])]))
  const postmasterMs = cpuMs([postmaster]) + endedChildrenMs(postmaster)
  const { rows } = await client.query<{ text: string; calls: number; rows: number; ms: number }>(STATEMENTS, [
    role,
  ])
  return { statements: new Map(rows.map((row) => [row.text, row])), backends: cpu, postmasterMs }
}

/** The difference of two readings. */
export function usageBetween(before: Reading, after: Reading): Usage {
  const texts = [...after.statements].map(([text, now]) => {
    const then = before.statements.get(text)
    return {
      text: text.replace(/\s+/g, ' ').slice(0, 80),
      calls: now.calls - (then?.calls ?? 0),
      rows: now.rows - (then?.rows ?? 0),
      ms: now.ms - (then?.ms ?? 0),
    }
  })
  const ran = texts.filter(({ calls }) => calls > 0).toSorted((a, b) => b.calls - a.calls)
  const sum = (value: (text: (typeof ran)[number]) => number) =>
    ran.reduce((all, each) => all + value(each), 0)
  const alive = [...after.backends].reduce((all, [pid, ms]) => all + ms - (before.backends.get(pid) ?? 0), 0)
  // What an ended backend used is in the postmaster's account with all that it used before the first reading.
  const ended = [...before.backends].reduce((all, [pid, ms]) => all + (after.backends.has(pid) ? 0 : ms), 0)
  return {
    refreshes: ran[0]?.calls ?? 0,
    statements: sum(({ calls }) => calls),
    rows: sum(({ rows }) => rows),
    statementMs: sum(({ ms }) => ms),
    cpuMs: Math.max(0, alive + after.postmasterMs - before.postmasterMs - ended),
    connections: after.backends.size,
    texts: ran.map(({ text, calls, ms }) => ({ text, calls, ms })),
  }
}
