/** What becomes of each kind of backend when it is signalled (manual: Glossary, backend processes). */
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'

/** `refused`: a signal does nothing, or only harm. `warned`: it has an effect that is not the usual one. */
export interface BackendKind {
  readonly fate: 'ordinary' | 'warned' | 'refused'
  /** One sentence for the person about to press the key; empty for an ordinary session. */
  readonly says: SafeText
}

/** The kind of a backend, by `pg_stat_activity.backend_type`. An unknown type is an extension's worker. */
export function backendKindOf(backendType: string | null): BackendKind {
  if (backendType === null || backendType === 'client backend') return ordinary
  return (
    kinds.get(backendType) ?? {
      fate: 'warned',
      says: safe`It is a background worker (${toSafeText(backendType)}), not a session: its extension may start it again at once, or miss it until the next restart.`,
    }
  )
}

const ordinary: BackendKind = { fate: 'ordinary', says: safe`` }

const warned = (says: SafeText): BackendKind => ({ fate: 'warned', says })
const refused = (says: SafeText): BackendKind => ({ fate: 'refused', says })

// The server itself refuses to signal processes without a place in the list of transactions, with "PID … is not
// a PostgreSQL backend process"; launchers it would signal, and start again.
const auxiliary = (task: SafeText) =>
  refused(safe`It is a process of the server itself (${task}): it takes no such signal.`)

const applyWorker = warned(
  safe`It applies changes of a subscription: the transaction at hand is undone and applied again by a new worker in about 5 s; with disable_on_error the subscription may stop.`,
)

const kinds: ReadonlyMap<string, BackendKind> = new Map([
  ['startup', auxiliary(safe`startup, it replays the WAL`)],
  ['checkpointer', auxiliary(safe`checkpointer`)],
  ['background writer', auxiliary(safe`background writer`)],
  ['walwriter', auxiliary(safe`WAL writer`)],
  ['walsummarizer', auxiliary(safe`WAL summarizer`)],
  ['walreceiver', auxiliary(safe`WAL receiver`)],
  ['archiver', auxiliary(safe`archiver`)],
  ['logger', auxiliary(safe`logger`)],
  ['io worker', auxiliary(safe`I/O worker`)],
  ['autovacuum launcher', refused(safe`It starts the autovacuum workers; the server would start it again.`)],
  [
    'logical replication launcher',
    refused(safe`It starts the workers of subscriptions; the server would start it again.`),
  ],
  ['slotsync worker', refused(safe`It keeps replication slots in step; the server would start it again.`)],
  ['standalone backend', refused(safe`It is the only process of a server in single-user mode.`)],
  [
    'walsender',
    warned(
      safe`It feeds a standby, a subscriber or a backup: the stream breaks, a backup fails, and commits that wait for a synchronous standby wait on until it is back.`,
    ),
  ],
  // One name for all until 16, a name for each since 17.
  ['logical replication worker', applyWorker],
  ['logical replication apply worker', applyWorker],
  ['logical replication parallel worker', applyWorker],
  [
    'logical replication tablesync worker',
    warned(safe`It copies a table for a subscription: the copy starts again from its beginning.`),
  ],
])
