/** What is set for a table, or missing, that hurts it later. */
import { bytes, count } from '#src/text/units.ts'
import { LARGE_PAGES, type TableRule } from '../case.ts'

/** Autovacuum is off for it, or for its TOAST table: it only comes against wraparound. */
export const autovacuumDisabled: TableRule = ({ facts, need, toastNeed }, { settings }) => {
  if (need === null) return null
  const ofTable = !need.isEnabled
  const ofToast = toastNeed !== null && !toastNeed.isEnabled && facts.row.toast_reloptions !== null
  if (!ofTable && !ofToast) return null
  const names = [...(ofTable ? ['autovacuum_enabled'] : []), ...(ofToast ? ['toast.autovacuum_enabled'] : [])]
  return {
    id: 'autovacuum-disabled',
    severity: facts.pages >= LARGE_PAGES ? 'warning' : 'info',
    sentence: `autovacuum is switched off for ${ofTable ? 'it' : 'its TOAST table'}`,
    evidence: [
      `${names.join(' and ')} is off`,
      `${bytes(facts.pages * settings.blockSize)}, ${count(facts.target.dead)} dead rows`,
    ],
    confidence: 'high',
    remedy: {
      sql: [`ALTER TABLE ${facts.sqlName} RESET (${names.join(', ')});`],
      notes: ['Somebody may have meant it, for a load or a job that vacuums: ask first.'],
    },
    caveats: [],
  }
}

/** It is emptied at a crash, and not there on standbys. */
export const unlogged: TableRule = ({ facts }) =>
  facts.row.persistence !== 'u'
    ? null
    : {
        id: 'unlogged',
        severity: 'info',
        sentence: 'unlogged: emptied after a crash, and not readable on a standby',
        evidence: ['relpersistence is u'],
        confidence: 'high',
        remedy: facts.isPartitioned
          ? null
          : {
              sql: [`ALTER TABLE ${facts.sqlName} SET LOGGED;`],
              notes: ['It rewrites the table under ACCESS EXCLUSIVE, and into the WAL.'],
            },
        caveats: ['right for what can be made anew'],
      }

/** Its UPDATEs and DELETEs are published, and fail: no subscriber could tell which row is meant. */
export const noReplicaIdentity: TableRule = ({ facts, isPublished }) => {
  const { row, sqlName } = facts
  // Of a partitioned table only the partitions are written.
  if (!isPublished || facts.isPartitioned || row.has_replica_identity !== false || row.kind !== 'r')
    return null
  if (row.persistence !== 'p') return null
  return {
    id: 'no-replica-identity',
    severity: 'critical',
    sentence: 'published, but UPDATE and DELETE fail: it has no replica identity',
    evidence: [
      `replica identity is ${IDENTITIES[row.replica_identity ?? ''] ?? 'not known'}`,
      row.has_primary_key === true
        ? 'its primary key cannot serve (deferrable or invalid)'
        : 'it has no primary key',
    ],
    confidence: 'high',
    remedy: {
      sql: [`ALTER TABLE ${sqlName} REPLICA IDENTITY FULL;`],
      notes: [
        'A primary key is better: with FULL the subscriber may have to search the whole table for each row.',
        'It takes ACCESS EXCLUSIVE for a moment.',
      ],
    },
    caveats: ['a publication of INSERT alone would not need it'],
  }
}

const IDENTITIES: Readonly<Record<string, string>> = {
  d: 'the primary key',
  n: 'NOTHING',
  i: 'an index that is gone or invalid',
}
