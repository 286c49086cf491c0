import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { indexes } from '#queries/indexes.ts'
import { type IndexFacts, type IndexRow, indexFactsOf } from '#src/indexes/facts.ts'
import { type StructureWorld, structureVerdicts } from '#src/indexes/structure/structure.ts'

const WORLD: StructureWorld = { versionNum: 180_000, locks: [], builds: [], unattached: [] }
const EMPTY = Object.fromEntries(indexes.columns.map(({ id }) => [id, null])) as unknown as IndexRow

function indexOf(row: Partial<IndexRow>): IndexFacts {
  const keys = row.key_count ?? row.attributes?.split(' ').length ?? 1
  const each = (value: string) => Array.from({ length: Number(keys) }, () => value).join(' ')
  return indexFactsOf({
    ...EMPTY,
    schema: 's',
    table: 't',
    index: `i${row.indexrelid}`,
    indrelid: 1,
    table_kind: 'r',
    persistence: 'p',
    method: 'btree',
    is_unique: false,
    nulls_not_distinct: false,
    is_primary: false,
    is_exclusion: false,
    is_immediate: true,
    is_clustered: false,
    is_replica_identity: false,
    is_valid: true,
    is_ready: true,
    is_live: true,
    key_count: keys,
    collations: each('0'),
    options: each('0'),
    opfamilies: each('1976/23'),
    foreign_keys: 0,
    relpages: 10,
    idx_scan: 0,
    ...row,
  })
}

/** Few columns and few properties, so that what covers and what does not are about as frequent. */
const rows = fc
  .array(
    fc.record({
      keys: fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(0, 3)), {
        minLength: 1,
        maxLength: 3,
      }),
      included: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 2 }),
      method: fc.constantFrom('btree', 'btree', 'btree', 'gist', 'bloom'),
      kind: fc.constantFrom('plain', 'plain', 'unique', 'constraint', 'primary'),
      predicate: fc.constantFrom(null, null, '{A}', '{B}'),
      nullsEqual: fc.boolean(),
      isDeferrable: fc.boolean(),
      mark: fc.constantFrom('', '', '', '', 'clustered', 'identity', 'referenced', 'extension', 'broken'),
    }),
    { minLength: 2, maxLength: 9 },
  )
  .map((all) =>
    all.map((each, at) => {
      const isUnique = each.kind !== 'plain' && each.method === 'btree'
      const isConstraint = isUnique && each.kind !== 'unique'
      return indexOf({
        indexrelid: at + 100,
        method: each.method,
        key_count: each.keys.length,
        attributes: [...each.keys.map(([attribute]) => attribute), ...each.included].join(' '),
        options: each.keys.map(([, option]) => (each.method === 'btree' ? option : 0)).join(' '),
        is_unique: isUnique,
        is_primary: isUnique && each.kind === 'primary',
        constraint_name: isConstraint ? `c${at}` : null,
        constraint_type: isConstraint ? (each.kind === 'primary' ? 'p' : 'u') : null,
        predicate: isConstraint ? null : each.predicate,
        nulls_not_distinct: isUnique && each.kind !== 'primary' && each.nullsEqual,
        is_immediate: !(isConstraint && each.isDeferrable),
        is_clustered: each.mark === 'clustered',
        is_replica_identity: isUnique && each.mark === 'identity',
        foreign_keys: isUnique && each.mark === 'referenced' ? 1 : 0,
        extension: each.mark === 'extension' ? 'x' : null,
        is_valid: each.mark !== 'broken',
      })
    }),
  )

const OFFERED = ['duplicate', 'redundant', 'dup_constraint']

/** Whether `by` enforces the rule of `index`: the same columns in any order, the same rows, at least as strictly. */
function enforces(by: IndexFacts, index: IndexFacts): boolean {
  const columns = ({ keys }: IndexFacts) =>
    [...new Set(keys.map(({ attribute }) => attribute))].toSorted().join()
  return (
    by.row.is_unique === true &&
    by.row.is_valid === true &&
    columns(by) === columns(index) &&
    by.predicate === index.predicate &&
    by.row.is_immediate === true &&
    (by.row.nulls_not_distinct === true || index.row.nulls_not_distinct === false)
  )
}

/** Whether `by` finds rows in the order of `index`, forwards or backwards, and returns what it returns. */
function serves(by: IndexFacts, index: IndexFacts): boolean {
  const column = (of: IndexFacts, at: number, flip: number) =>
    `${of.keys[at]?.attribute} ${(of.keys[at]?.option ?? 0) ^ flip}`
  const has = new Set([...by.keys, ...by.included].map(({ attribute }) => attribute))
  return (
    by.row.is_valid === true &&
    by.method === index.method &&
    by.predicate === index.predicate &&
    [0, 3].some((flip) => index.keys.every((_, at) => column(by, at, 0) === column(index, at, flip))) &&
    index.included.every(({ attribute }) => has.has(attribute))
  )
}

describe('whatever indexes a table has', () => {
  test('what is left without those offered does all that they did', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const verdicts = structureVerdicts(all, WORLD)
        const isOffered = ({ oid }: IndexFacts) => {
          const verdict = verdicts.get(oid)
          const drops =
            verdict?.structure === 'invalid' && verdict.remedy?.sql[0]?.startsWith('DROP') === true
          return OFFERED.includes(verdict?.structure ?? '') || drops
        }
        const left = all.filter((index) => !isOffered(index))
        for (const index of all.filter(isOffered)) {
          expect(left.some((by) => serves(by, index))).toBe(true)
          if (index.row.is_unique === true) expect(left.some((by) => enforces(by, index))).toBe(true)
          const { is_primary, is_replica_identity, foreign_keys, extension } = index.row
          expect({ is_primary, is_replica_identity, foreign_keys, extension }).toEqual({
            is_primary: false,
            is_replica_identity: false,
            foreign_keys: 0,
            extension: null,
          })
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('one that covers another, or is to be compared with it, is kept', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const verdicts = structureVerdicts(all, WORLD)
        expect(verdicts.size).toBe(all.length)
        for (const { structure, coveredBy } of verdicts.values()) {
          if (coveredBy !== null) expect(verdicts.get(coveredBy.oid)?.structure).toBe('keep')
          if (OFFERED.includes(structure)) expect(coveredBy).not.toBeNull()
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('the order in which they are read does not matter', () => {
    fc.assert(
      fc.property(
        rows.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray([...all], { minLength: all.length })),
        ),
        ([all, shuffled]) => {
          const words = (list: readonly IndexFacts[]) => {
            const verdicts = structureVerdicts(list, WORLD)
            return all.map(({ oid }) => [verdicts.get(oid)?.structure, verdicts.get(oid)?.coveredBy?.oid])
          }
          expect(words(shuffled)).toEqual(words(all))
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('every twin that nothing holds is offered', () => {
    const all = [1, 2, 3].map((oid) => indexOf({ indexrelid: oid, attributes: '1' }))
    const verdicts = structureVerdicts(all, WORLD)
    expect(all.map(({ oid }) => verdicts.get(oid)?.structure)).toEqual(['keep', 'duplicate', 'duplicate'])
  })
})

describe('40 000 indexes', () => {
  // The time of the process, not of the clock: the machine may have more to do.
  const tookMs = (all: readonly IndexFacts[]) => {
    structureVerdicts(all, WORLD)
    const before = process.cpuUsage()
    structureVerdicts(all, WORLD)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }

  test('of 20 000 tables are judged in a moment', () => {
    const all = Array.from({ length: 40_000 }, (_, at) =>
      indexOf({ indexrelid: at + 1, indrelid: Math.floor(at / 2), attributes: at % 2 === 0 ? '1' : '1 2' }),
    )
    expect(tookMs(all)).toBeLessThan(1000)
  })

  test('of one table are judged in a moment too', () => {
    const all = Array.from({ length: 40_000 }, (_, at) =>
      indexOf({ indexrelid: at + 1, attributes: at % 2 === 0 ? '1' : `1 ${at}` }),
    )
    expect(tookMs(all)).toBeLessThan(1000)
  })
})
