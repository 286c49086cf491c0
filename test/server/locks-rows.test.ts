/** Waits for rows, and for the transactions that changed or locked them. */
import { describe, expect, test } from 'vitest'
import { mayShareRow } from '#src/locks/blockers.ts'
import { rollbackPrepared } from '#src/locks/words.ts'
import { withRoles } from '#test/support/cluster.ts'
import { type Look, Scene } from './locks-support.ts'

const UPDATE = 'UPDATE shop.orders SET paid = true WHERE id = 1'

describe('a row that somebody has changed', () => {
  test('holds up the first in line for it, and he the next one', async () => {
    const scene = await Scene.set()
    const holder = await scene.holder('holder', ['BEGIN', UPDATE])
    const first = await scene.waiter('first', [UPDATE])
    const second = await scene.waiter('second', [UPDATE])
    const look = await scene.look()
    expect(look.edges).toEqual({ first: ['hard holder'], second: ['hard first'] })
    expect(look.trees).toEqual([{ holder: { first: { second: {} } } }])
    expect(look.release(['holder'])).toEqual({ direct: ['first'], total: ['first', 'second'] })
    expect(look.sentences).toEqual([
      '2 sessions wait behind pid holder, idle in transaction for …s. holder, postgres@127.0.0.1, has changed or locked row (0,1) of shop.orders. terminate holder frees 1 at once, 2 in all.',
    ])
    await holder.client.query('ROLLBACK')
    expect(await Promise.all([first.fate, second.fate])).toEqual([null, null])
  })

  test('is not free when the first in line gives up', async () => {
    const scene = await Scene.set()
    const holder = await scene.holder('holder', ['BEGIN', UPDATE])
    const first = await scene.waiter('first', [UPDATE])
    const second = await scene.waiter('second', [UPDATE])
    await scene.waiter('third', [UPDATE])
    const look = await scene.look()
    expect(look.release(['first'])).toEqual({ direct: [], total: [] })
    expect(look.analysis.release([look.party('first')]).remainingBlockers).toEqual([look.party('holder')])
    await scene.admin.query('SELECT pg_cancel_backend($1)', [first.pid])
    expect(await first.fate).toBe('57014')
    await scene.untilBehind(second, holder)
    expect((await scene.look()).edges).toEqual({ second: ['hard holder'], third: ['hard second'] })
  })

  test('looks the same to a role without rights', async () => {
    const { plain } = await withRoles()
    const scene = await Scene.set()
    await scene.holder('holder', ['BEGIN', UPDATE])
    await scene.waiter('first', [UPDATE])
    await scene.waiter('second', [UPDATE])
    const look = await scene.look(plain)
    expect(look.edges).toEqual({ first: ['hard holder'], second: ['hard first'] })
    expect(look.trees).toEqual([{ holder: { first: { second: {} } } }])
    expect(look.sentences).toEqual([
      '2 sessions wait behind pid holder, whose state this role may not see. holder, postgres, has changed or locked row (0,1) of shop.orders. terminate holder frees 1 at once, 2 in all.',
    ])
  })

  test('and was locked for update has no other locker that could hide', async () => {
    const scene = await Scene.set()
    await scene.holder('holder', ['BEGIN', 'SELECT FROM shop.orders WHERE id = 1 FOR UPDATE'])
    await scene.waiter('first', ['SELECT FROM shop.orders WHERE id = 1 FOR UPDATE'])
    await scene.waiter('second', ['SELECT FROM shop.orders WHERE id = 1 FOR UPDATE'])
    const look = await scene.look()
    expect(look.edges).toEqual({ first: ['hard holder'], second: ['hard first'] })
    expect(hidden(look, 'first')).toBe(false)
    expect(look.sentences).toEqual([
      '2 sessions wait behind pid holder, idle in transaction for …s. holder, postgres@127.0.0.1, has changed or locked row (0,1) of shop.orders. terminate holder frees 1 at once, 2 in all.',
    ])
  })
})

test('a row that one has locked for its key and another has changed shows the two one after the other', async () => {
  const scene = await Scene.set()
  const child = await scene.holder('child', ['BEGIN', 'SELECT FROM shop.orders WHERE id = 1 FOR KEY SHARE'])
  const updater = await scene.holder('updater', ['BEGIN', UPDATE])
  const deleter = await scene.waiter('deleter', ['DELETE FROM shop.orders WHERE id = 1'])
  const look = await scene.look()
  expect(hidden(look, 'deleter')).toBe(true)
  expect(look.sentences[0]).toContain('frees up to 1 at once')
  const isChild = look.edges.deleter?.includes('hard child')
  const [first, second] = isChild ? [child, updater] : [updater, child]
  await first.client.query('ROLLBACK')
  await scene.untilBehind(deleter, second)
  await second.client.query('ROLLBACK')
  expect(await deleter.fate).toBe(null)
})

describe('a row that two have locked for share', () => {
  test('shows one of them, and says that there may be more', async () => {
    const scene = await Scene.set()
    const one = await scene.holder('one', ['BEGIN', 'SELECT FROM shop.orders WHERE id = 1 FOR SHARE'])
    const two = await scene.holder('two', ['BEGIN', 'SELECT FROM shop.orders WHERE id = 1 FOR SHARE'])
    const writer = await scene.waiter('writer', [UPDATE])
    const look = await scene.look()
    expect(look.edges).toEqual({ writer: ['hard one'] })
    expect(hidden(look, 'writer')).toBe(true)
    expect(look.sentences).toEqual([
      '1 session waits behind pid one, idle in transaction for …s. one, postgres@127.0.0.1, has changed or locked row (0,1) of shop.orders. Others may share the lock on the row: only one of them shows at a time. terminate one frees up to 1 at once.',
    ])
    await one.client.query('ROLLBACK')
    await scene.untilBehind(writer, two)
    const after = await scene.look()
    expect(after.edges).toEqual({ writer: ['hard two'] })
    expect(hidden(after, 'writer')).toBe(false)
    expect(after.sentences).toEqual([
      '1 session waits behind pid two, idle in transaction for …s. two, postgres@127.0.0.1, has changed or locked row (0,1) of shop.orders. terminate two frees 1 at once.',
    ])
  })

  test('looks the same to a role without rights', async () => {
    const { plain } = await withRoles()
    const scene = await Scene.set()
    await scene.holder('one', ['BEGIN', 'SELECT FROM shop.orders WHERE id = 1 FOR SHARE'])
    await scene.holder('two', ['BEGIN', 'SELECT FROM shop.orders WHERE id = 1 FOR SHARE'])
    await scene.waiter('writer', [UPDATE])
    const look = await scene.look(plain)
    expect(look.edges).toEqual({ writer: ['hard one'] })
    expect(hidden(look, 'writer')).toBe(true)
  })
})

describe('a prepared transaction', () => {
  const GID = `order-77 of o'brien`

  test('is named with its owner and database, and with the command that ends it', async () => {
    const scene = await Scene.set()
    await scene.holder('gone', ['BEGIN', UPDATE, `PREPARE TRANSACTION '${GID.replace("'", "''")}'`])
    const first = await scene.waiter('first', [UPDATE])
    const second = await scene.waiter('second', [UPDATE])
    const look = await scene.look()
    expect(look.edges).toEqual({ first: [`hard ${GID}`], second: ['hard first'] })
    expect(look.trees).toEqual([{ [GID]: { first: { second: {} } } }])
    expect(look.party(GID)).toMatchObject({
      id: `prepared:${GID}`,
      kind: 'prepared',
      pids: [],
      row: { pid: null, gid: GID, datname: 'postgres', usename: 'postgres', visible: true },
    })
    expect(look.release([GID])).toEqual({ direct: ['first'], total: ['first', 'second'] })
    expect(look.sentences).toEqual([
      "2 sessions wait behind the prepared transaction 'order-77 of o''brien', prepared …s ago. owner postgres, database postgres, has changed or locked row (0,1) of shop.orders. ROLLBACK PREPARED 'order-77 of o''brien' frees 1 at once, 2 in all.",
    ])
    await scene.admin.query(rollbackPrepared(look.party(GID)))
    expect(await Promise.all([first.fate, second.fate])).toEqual([null, null])
  })

  test('is seen by a role without rights as well', async () => {
    const { plain } = await withRoles()
    const scene = await Scene.set()
    await scene.holder('gone', ['BEGIN', UPDATE, `PREPARE TRANSACTION 'order-78'`])
    await scene.waiter('first', [UPDATE])
    const look = await scene.look(plain)
    expect(look.edges).toEqual({ first: ['hard order-78'] })
    expect(look.party('order-78').row).toMatchObject({ gid: 'order-78', usename: 'postgres' })
  })

  test('that has locked a table is told as well', async () => {
    const scene = await Scene.set()
    await scene.holder('gone', ['BEGIN', 'LOCK shop.orders IN SHARE MODE', `PREPARE TRANSACTION 'audit'`])
    await scene.waiter('writer', [UPDATE])
    const look = await scene.look()
    expect(look.edges).toEqual({ writer: ['hard audit'] })
    expect(look.sentences).toEqual([
      "1 session waits behind the prepared transaction 'audit', prepared …s ago. owner postgres, database postgres, holds ShareLock on shop.orders. ROLLBACK PREPARED 'audit' frees 1 at once.",
    ])
  })
})

describe('a foreign key', () => {
  const KEYS = 'CREATE TABLE shop.items (order_id int REFERENCES shop.orders)'

  test('makes who deletes the parent wait for those who have added children', async () => {
    const scene = await Scene.set()
    await scene.admin.query(KEYS)
    await scene.holder('child', ['BEGIN', 'INSERT INTO shop.items VALUES (1)'])
    await scene.waiter('parent', ['DELETE FROM shop.orders WHERE id = 1'])
    const look = await scene.look()
    expect(look.edges).toEqual({ parent: ['hard child'] })
    expect(look.sentences).toEqual([
      '1 session waits behind pid child, idle in transaction for …s. child, postgres@127.0.0.1, has changed or locked row (0,1) of shop.orders. terminate child frees 1 at once.',
    ])
  })

  test('makes who adds a child wait for him who deletes the parent', async () => {
    const scene = await Scene.set()
    await scene.admin.query(KEYS)
    await scene.holder('parent', ['BEGIN', 'DELETE FROM shop.orders WHERE id = 1'])
    await scene.waiter('child', ['INSERT INTO shop.items VALUES (1)'])
    const look = await scene.look()
    expect(look.edges).toEqual({ child: ['hard parent'] })
    expect(look.sentences).toEqual([
      '1 session waits behind pid parent, idle in transaction for …s. parent, postgres@127.0.0.1, has changed or locked row (0,1) of shop.orders. terminate parent frees 1 at once.',
    ])
  })
})

test('a key that somebody is about to insert is a wait for his transaction, of which no row is known', async () => {
  const scene = await Scene.set()
  await scene.holder('first', ['BEGIN', 'INSERT INTO shop.orders VALUES (9)'])
  await scene.waiter('second', ['INSERT INTO shop.orders VALUES (9)'])
  const look = await scene.look()
  expect(look.edges).toEqual({ second: ['hard first'] })
  expect(look.sentences).toEqual([
    '1 session waits behind pid first, idle in transaction for …s. first, postgres@127.0.0.1, is transaction N, which others wait to see ended. terminate first frees 1 at once.',
  ])
})

function hidden(look: Look, waiter: string): boolean {
  return look.analysis.blockersOf(look.party(waiter)).some(mayShareRow)
}
