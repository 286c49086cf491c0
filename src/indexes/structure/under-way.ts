/** Whether somebody builds, rebuilds or drops an index right now, so that it is not yet or no longer valid. */
import type { EntryRow } from '#queries/define.ts'
import type { indexBuilds } from '#queries/index-builds.ts'
import type { relationLocks } from '#queries/relation-locks.ts'
import type { IndexFacts } from '../facts.ts'
import type { Confidence } from '../verdict.ts'
import { append } from './kept.ts'

type Build = EntryRow<typeof indexBuilds>
type Lock = EntryRow<typeof relationLocks>

export interface UnderWay {
  /** What is seen of it, as a fragment. */
  readonly seen: string
  readonly confidence: Confidence
}

/** Tells it for any index; null where nobody is at it. */
export function underWayOf(
  builds: readonly Build[] | null,
  locks: readonly Lock[],
): (index: Pick<IndexFacts, 'oid' | 'tableOid'>) => UnderWay | null {
  const byIndex = new Map(builds?.map((build) => [build.index_relid, build]))
  const byTable = new Map(builds?.map((build) => [build.relid, build]))
  const builders = new Set(builds?.map(({ pid }) => pid))
  const locksOf = new Map<number, Lock[]>()
  for (const lock of locks) append(locksOf, lock.relation ?? 0, lock)
  return ({ oid, tableOid }) => {
    const own = byIndex.get(oid)
    if (own !== undefined) return { seen: told(own), confidence: 'high' }
    const near = byTable.get(tableOid)
    if (near !== undefined) return { seen: `${told(near)}, on this table`, confidence: 'medium' }
    // CREATE INDEX CONCURRENTLY holds no lock on the new index while it waits; DROP INDEX CONCURRENTLY does.
    const [onIndex] = locksOf.get(oid) ?? []
    if (onIndex !== undefined) return { seen: `${locked(onIndex)} on the index`, confidence: 'high' }
    // To a role that may not see builds they show their pid only. VACUUM takes the same lock and is none of them.
    const onTable = (locksOf.get(tableOid) ?? [])
      .filter(({ mode }) => mode !== 'AccessExclusiveLock')
      .find(({ pid, granted }) => builds === null || builders.has(pid) || granted === false)
    if (onTable !== undefined) return { seen: `${locked(onTable)} on the table`, confidence: 'medium' }
    return null
  }
}

function told({ pid, command, phase }: Build): string {
  const what = command === null ? 'an index is built' : phase === null ? command : `${command}, ${phase}`
  return `${what} (pid ${pid})`
}

function locked({ pid, mode, granted }: Lock): string {
  const who = pid === null ? 'a prepared transaction' : `pid ${pid}`
  return `${who} ${granted === false ? 'waits for' : 'has'} ${mode}`
}
