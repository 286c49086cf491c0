/** `pgtriage locks`: what the Locks screen would show now. */
import process from 'node:process'
import { locks as entry } from '#queries/locks.ts'
import { adviceFor, mainHold, sentenceOf, subjectOfThing } from '#src/locks/advice.ts'
import { LockAnalysis } from '#src/locks/analysis.ts'
import { allEdges, type Edge, hasHiddenBlockers, subjectOf } from '#src/locks/blockers.ts'
import type { TreeNode } from '#src/locks/forest.ts'
import type { Locked } from '#src/locks/lock.ts'
import { isWaiting, type LocksRow, type Party } from '#src/locks/party.ts'
import { lockedText } from '#src/locks/words.ts'
import { type SafeText, safe } from '#src/text/safe.ts'
import { wrap } from '#src/text/wrap.ts'
import { createTheme, join, type StyledText, type Token } from '#src/theme/theme.ts'
import { locksColumns } from '#src/view/locks/columns.ts'
import { UNFOLDED } from '#src/view/locks/rows.ts'
import { treeRows } from '#src/view/locks/tree-rows.ts'
import { Arrangement } from '#src/view/table/arrange.ts'
import { grow } from '#src/view/table/column.ts'
import { drawTable } from '#src/view/table/draw.ts'
import { openTable } from '#src/view/table/state.ts'
import { ask } from './ask.ts'
import { type ConnectionRequest, connect } from './connect.ts'
import { EXIT, type Io } from './io.ts'
import { type DocumentHead, jsonLists } from './output/json.ts'
import { DEFAULT_WIDTH } from './output/rows.ts'

export interface LocksRequest extends ConnectionRequest {
  readonly format: 'tree' | 'json'
  /** In JSON, every edge besides the reduced ones. */
  readonly allEdges: boolean
  /** Cells of a line; the terminal's when not told. */
  readonly width?: number
}

/** Prints the sentences and the tree, or everything as JSON. Gives the exit code; waiting is no failure. */
export async function locks(request: LocksRequest, io: Io): Promise<number> {
  const server = await connect(request, io, { control: false })
  if (server === null) return EXIT.usage
  try {
    const answered = await ask(server, entry, io)
    if (answered === null) return EXIT.usage
    // The rows are those of the entry that was asked.
    const analysis = new LockAnalysis(
      answered.rows as readonly unknown[] as readonly LocksRow[],
      answered.facts,
    )
    if (request.format === 'json') {
      const head = { ...answered, command: 'locks', entry: entry.id }
      io.out(locksDocument(analysis, { head, withAllEdges: request.allEdges }))
    } else {
      io.out(locksText(analysis, request.width ?? process.stdout.columns ?? DEFAULT_WIDTH))
    }
    if (!analysis.isComplete) io.err('more sessions wait than were read: what is counted is at least so many')
    return EXIT.ok
  } finally {
    await server.close()
  }
}

/** A paragraph for each tree, and all trees as a table. */
export function locksText(analysis: LockAnalysis, width: number): string {
  if (analysis.trees.length === 0) return 'nobody waits for a lock\n'
  const theme = { ...createTheme({ colour: 'none', unicode: true }), paint: plain }
  const paragraphs = analysis.trees.map((tree) =>
    wrap(sentenceOf(adviceFor(tree, analysis)), Math.max(20, width)).join('\n'),
  )
  const look = { view: 'tree', glyphs: theme.glyphs, isWide: width >= WIDE } as const
  const columns = locksColumns(analysis, look)
  const rows = treeRows(analysis, UNFOLDED, theme.glyphs)
  const lines = drawTable({
    columns,
    arrangement: new Arrangement(rows, rows.length, ({ key }) => key),
    state: openTable('', 'ascending'),
    keyOf: ({ key }) => key,
    width,
    height: rows.length,
    needs: grow(new Map(), columns, rows),
    theme,
    empty: safe``,
  })
  const table = lines.map((line) => `${line.replace(/^ {2}/, '').trimEnd()}\n`).join('')
  return `${paragraphs.join('\n')}\n\n${table}`
}

/** From so many cells on, lock modes and relations are shown whole. */
const WIDE = 110

/** Without the underlined headings of a screen: it is read in mails and tickets as well. */
function plain(_token: Token, text: SafeText): StyledText {
  return join(text)
}

/**
 * `nodes`: every party; `edges`: the reduced ones; `trees`: nested ids from the blockers down, each waiter once, so
 * that a root whose waiters all hang under another one stands alone; `sentences`: one for each dispute.
 */
export function locksDocument(
  analysis: LockAnalysis,
  { head, withAllEdges }: { readonly head: DocumentHead; readonly withAllEdges: boolean },
): string {
  const reduced = analysis.parties.flatMap((party) => {
    const node = analysis.nodeOf(party)
    return node === undefined ? [] : [...(node.edge === null ? [] : [node.edge]), ...node.otherBlockers]
  })
  return jsonLists(head, {
    nodes: analysis.parties.map((party) => nodeJson(party, analysis)),
    edges: reduced.map(edgeJson),
    ...(withAllEdges ? { all_edges: allEdges(analysis.dispute).map(edgeJson) } : {}),
    trees: analysis.trees.flatMap(({ roots }) => roots.map(treeJson)),
    sentences: analysis.trees.map((tree) => sentenceOf(adviceFor(tree, analysis))),
  })
}

function nodeJson(party: Party, analysis: LockAnalysis) {
  const { row, kind, id, pids } = party
  const [wait] = party.waits
  const hold = mainHold(party, analysis)
  const about = wait?.lock ?? hold?.thing.locked ?? null
  const subject =
    wait === undefined ? (hold === null ? null : subjectOfThing(hold.thing)) : subjectOf(party, wait)
  const frees = analysis.release([party])
  return {
    id,
    kind,
    pid: row.pid,
    pids,
    backend_start: row.backend_start,
    gid: row.gid,
    wait_seconds: wait?.seconds ?? null,
    wait_exact: wait === undefined ? null : wait.isExact,
    locktype: party.snapshotBlockedBy === null ? (about?.locktype ?? null) : 'safe snapshot',
    relation: subject?.relationName ?? null,
    relation_oid: subject?.relation ?? null,
    database_oid: subject?.database ?? null,
    object: subject === null ? null : objectText(subject, about),
    mode_wanted: wait?.lock.mode ?? null,
    mode_held: hold?.mode ?? null,
    state: row.state,
    query: row.query,
    query_truncated: row.query_truncated,
    frees_direct: frees.direct.length,
    frees_total: frees.total.length,
    frees_at_most: analysis.isAtMost([party]),
    root: !isWaiting(party),
    longest_wait_seconds: longestBehind(party, analysis),
    backend_type: row.backend_type,
    datname: row.datname,
    usename: row.usename,
    application_name: row.application_name,
    client_addr: row.client_addr,
    xact_start: row.xact_start ?? row.prepared,
    xact_seconds: row.xact_seconds ?? row.prepared_seconds,
    state_seconds: row.state_seconds,
  }
}

/** The longest wait of those behind a party; null without any. */
function longestBehind(party: Party, analysis: LockAnalysis): number | null {
  const seconds = [...analysis.behind([party])].flatMap(({ waits }) => waits[0]?.seconds ?? [])
  return seconds.length === 0 ? null : seconds.reduce((most, each) => Math.max(most, each), 0)
}

/** What the lock is on; of a transaction's, the row as well. */
function objectText(subject: Locked, about: Locked | null): SafeText {
  return about === null || subject === about
    ? lockedText(subject)
    : safe`${lockedText(subject)}, ${lockedText(about)}`
}

function edgeJson(edge: Edge) {
  const { waiter, blocker, kind } = edge
  return { waiter: waiter.id, blocker: blocker.id, kind, at_least: hasHiddenBlockers(edge) }
}

interface TreeJson {
  readonly id: string
  readonly children: readonly TreeJson[]
}

function treeJson(root: TreeNode): TreeJson {
  const top: TreeJson[] = []
  const children = new Map([[root, top]])
  const open = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const below = children.get(node) ?? []
    for (const child of node.children) {
      const list: TreeJson[] = []
      below.push({ id: child.party.id, children: list })
      children.set(child, list)
      open.push(child)
    }
  }
  return { id: root.party.id, children: top }
}
