import { describe, expect, it } from 'vitest'
import { partiesOf } from '#src/locks/party.ts'
import {
  commandText,
  doingOf,
  lockedText,
  nameOf,
  originOf,
  relationText,
  rollbackPrepared,
  shortName,
  waitText,
} from '#src/locks/words.ts'
import { hasEscapes, safe } from '#src/text/safe.ts'
import { autovacuum, idle, locked, prepared, relation, session, startup, wants } from './make-locks.ts'

const partyOf = (row: ReturnType<typeof session>) => {
  const [party] = partiesOf([row], false)
  if (party === undefined) throw new Error('no party')
  return party
}

describe('what is locked', () => {
  const table = { database: 5, relation: 16400, relationName: 'shop."Orders"' }

  it.each([
    [{ locktype: 'relation', ...table }, 'shop."Orders"'],
    [{ locktype: 'relation', ...table, relationName: null }, 'relation 16400 of database 5'],
    [{ locktype: 'tuple', ...table, page: 0, tuple: 7 }, 'row (0,7) of shop."Orders"'],
    [{ locktype: 'page', ...table, page: 3 }, 'page 3 of shop."Orders"'],
    [{ locktype: 'extend', ...table }, 'extension of shop."Orders"'],
    [{ locktype: 'transactionid', transactionid: '753' }, 'transaction 753'],
    [{ locktype: 'virtualxid', virtualxid: '4/21' }, 'virtual transaction 4/21'],
    [{ locktype: 'spectoken', transactionid: '753', objid: 1 }, 'speculative insertion of transaction 753'],
    [
      { locktype: 'object', database: 5, classid: 2615, objid: 9, className: 'pg_namespace' },
      'object 9 of pg_namespace',
    ],
    [{ locktype: 'object', database: 6, classid: 2615, objid: 9 }, 'object 9 of catalog 2615'],
    [{ locktype: 'frozenid', database: 5 }, 'frozenid'],
    [{ locktype: 'userlock', ...table }, 'userlock shop."Orders"'],
    [{ locktype: 'applytransaction', database: 5, transactionid: '753' }, 'applytransaction'],
  ])('%j is %s', (known, text) => {
    expect(lockedText(locked(known))).toBe(text)
  })

  it.each([
    [{ classid: 0, objid: 42, objsubid: 1 }, 'advisory 42'],
    [{ classid: 1, objid: 2, objsubid: 1 }, 'advisory 4294967298'],
    [{ classid: 4294967295, objid: 4294967295, objsubid: 1 }, 'advisory -1'],
    [{ classid: 2147483648, objid: 0, objsubid: 1 }, 'advisory -9223372036854775808'],
    [{ classid: 1, objid: 2, objsubid: 2 }, 'advisory (1, 2)'],
    [{ classid: 4294967295, objid: 2147483648, objsubid: 2 }, 'advisory (-1, -2147483648)'],
  ])('the advisory lock %j is %s, the key that was asked for', (key, text) => {
    expect(lockedText(locked({ locktype: 'advisory', database: 5, ...key }))).toBe(text)
  })

  it('never carries what a name could do to a terminal', () => {
    const hostile = locked({ locktype: 'relation', relationName: '"\x1b[2J\u202e"' })
    expect(lockedText(hostile)).toBe('"\\x1b[2J\\u{202e}"')
    expect(relationText(hostile)).toBe('"\\x1b[2J\\u{202e}"')
  })
})

describe('who it is', () => {
  it.each([
    [session(7, []), 'pid 7', '7', 'app7, shop@10.0.0.1'],
    [startup(8, []), 'the replay of the WAL (pid 8)', '8', ''],
    [autovacuum(9, 'autovacuum: VACUUM t', []), 'autovacuum (pid 9)', '9', ''],
    [
      prepared('order-77', []),
      "the prepared transaction 'order-77'",
      "'order-77'",
      'owner shop, database orders',
    ],
    [{ ...prepared('x', []), gid: null }, 'a prepared transaction', "'?'", 'owner shop, database orders'],
    [session(7, [], { client_addr: null, client_port: -1 }), 'pid 7', '7', 'app7, shop@local'],
    [session(7, [], { client_addr: null, client_port: null, application_name: '' }), 'pid 7', '7', 'shop'],
    [session(7, [], { usename: null, application_name: 'a\x07' }), 'pid 7', '7', 'a\\x07'],
  ])('%#: has a name, a short one and an origin', (row, name, short, origin) => {
    const party = partyOf(row)
    expect([nameOf(party), shortName(party), originOf(party)]).toEqual([name, short, origin])
  })

  it.each([
    [session(7, []), 'running UPDATE for 2.0s'],
    [idle(7, []), 'idle in transaction for 14m07s'],
    [session(7, [], { state: null }), 'in a state that is not known for 1.0s'],
    [session(7, [], { visible: false, state: null }), 'whose state this role may not see'],
    [prepared('x', []), 'prepared 2h03m ago'],
    [startup(7, []), 'holding the locks of a transaction of the primary'],
    [autovacuum(7, 'autovacuum: VACUUM t', []), 'at work for 1m01s'],
    [
      autovacuum(7, 'autovacuum: VACUUM t (to prevent wraparound)', []),
      'at work for 1m01s to prevent wraparound',
    ],
  ])('%#: does something', (row, doing) => {
    expect(doingOf(partyOf(row))).toBe(doing)
  })

  it('waits for so long, or for about so long where the start is not told', () => {
    const [exact] = partyOf(session(1, [wants(relation(1))])).waits
    const [about] = partyOf(session(1, [wants(relation(1))], { wait_start: null })).waits
    expect(exact && waitText(exact, safe`~`)).toBe('1.0s')
    expect(about && waitText(about, safe`~`)).toBe('~1.0s')
  })
})

describe('the end of a prepared transaction', () => {
  it.each([
    ['order-77', "ROLLBACK PREPARED 'order-77';"],
    ["o'brien", "ROLLBACK PREPARED 'o''brien';"],
    ["'; DROP TABLE t; --", "ROLLBACK PREPARED '''; DROP TABLE t; --';"],
    ['a\\', "ROLLBACK PREPARED E'a\\\\';"],
    ["\\'", "ROLLBACK PREPARED E'\\\\''';"],
  ])('%s is named so that SQL means just that', (gid, text) => {
    expect(rollbackPrepared(partyOf(prepared(gid, [])))).toBe(text)
  })

  it('is nothing where its name is not known', () => {
    expect(rollbackPrepared(partyOf({ ...prepared('x', []), gid: null }))).toBe('')
  })

  it('is shown without any control of the terminal', () => {
    const party = partyOf(prepared('\x1b]0;x\x07\n\u202e', []))
    for (const text of [nameOf(party), shortName(party)]) {
      expect(hasEscapes(text)).toBe(false)
      expect(text).toContain('\\x1b]0;x\\x07')
    }
  })
})

describe('the kind of a command', () => {
  it.each([
    ['select 1', 'SELECT'],
    ['  UPDATE orders SET v = 1', 'UPDATE'],
    ['/* app:billing */ -- why\n\t/* two */ ALTER TABLE t ADD c int', 'ALTER TABLE'],
    ['--only a comment', 'a statement'],
    ['/* not closed ALTER TABLE t', 'a statement'],
    ['alter\n  table t add c int', 'ALTER TABLE'],
    ['CREATE UNIQUE INDEX CONCURRENTLY i ON t (c)', 'CREATE UNIQUE INDEX CONCURRENTLY'],
    ['CREATE INDEX IF NOT EXISTS i ON t (c)', 'CREATE INDEX'],
    ['CREATE INDEX concurrently_not ON t (c)', 'CREATE INDEX'],
    ['CREATE OR REPLACE FUNCTION f() RETURNS int', 'CREATE OR REPLACE FUNCTION'],
    ['CREATE MATERIALIZED VIEW v AS SELECT 1', 'CREATE MATERIALIZED VIEW'],
    ['DROP INDEX CONCURRENTLY i', 'DROP INDEX CONCURRENTLY'],
    ['REINDEX (VERBOSE) TABLE CONCURRENTLY t', 'REINDEX VERBOSE TABLE CONCURRENTLY'],
    ['REINDEX INDEX i', 'REINDEX INDEX'],
    ['REFRESH MATERIALIZED VIEW CONCURRENTLY v', 'REFRESH MATERIALIZED VIEW CONCURRENTLY'],
    ['VACUUM (FULL) t', 'VACUUM FULL'],
    ['VACUUM(FULL, ANALYZE) t', 'VACUUM FULL'],
    ['VACUUM (VERBOSE, FULL) t', 'VACUUM VERBOSE FULL'],
    ['VACUUM FULL t', 'VACUUM FULL'],
    ['VACUUM (ANALYZE) t', 'VACUUM'],
    ['VACUUM fuller', 'VACUUM'],
    ['LOCK TABLE t', 'LOCK TABLE'],
    ['LOCK tables', 'LOCK'],
    ['lock table_of_locks', 'LOCK'],
    ['WITH x AS (SELECT 1) UPDATE t SET v = 1', 'WITH'],
    ['(SELECT 1)', 'a statement'],
    ['<insufficient privilege>', 'a statement'],
    ['', 'a statement'],
    [null, 'a statement'],
  ])('of %j is %s', (query, text) => {
    expect(commandText(query)).toBe(text)
  })

  it('never carries what a text could do to a terminal, nor more of it than the command', () => {
    for (const query of [
      '\x1b[2JSELECT 1',
      'SELECT\x1b[2J 1',
      'ALTER \x1b[2J TABLE',
      'CREATE\u202e TABLE t',
      'REINDEX (\x1b[2J) TABLE t',
      `REINDEX (${'x '.repeat(900)}`,
    ]) {
      expect(hasEscapes(commandText(query))).toBe(false)
      expect(commandText(query)).toMatch(/^(?:a statement|SELECT|ALTER|CREATE|REINDEX)$/)
    }
  })

  it('is found in a text that is made to be slow to read', () => {
    expect(commandText(`${'/**/'.repeat(500)}SELECT`)).toBe('a statement')
    expect(commandText(`CREATE ${'UNIQUE '.repeat(280)}1`)).toMatch(/^CREATE/)
    expect(commandText(`VACUUM (${'FUL '.repeat(490)}`)).toBe('VACUUM')
  })
})
