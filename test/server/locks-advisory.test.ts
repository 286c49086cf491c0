/** Waits for advisory locks, whose keys are all that is known of them. */
import { describe, expect, test } from 'vitest'
import { lockedText } from '#src/locks/words.ts'
import { withRoles } from '#test/support/cluster.ts'
import { Scene } from './locks-support.ts'

describe('a session that does nothing but hold an advisory lock', () => {
  test('keeps it when its statement is cancelled, and gives it back when it ends', async () => {
    const scene = await Scene.set()
    const holder = await scene.holder('holder', ['SELECT pg_advisory_lock(42)'])
    const waiter = await scene.waiter('waiter', ['SELECT pg_advisory_lock(42)'])
    const look = await scene.look()
    expect(look.edges).toEqual({ waiter: ['hard holder'] })
    expect(look.trees).toEqual([{ holder: { waiter: {} } }])
    expect(look.release(['holder'], 'cancel')).toEqual({ direct: [], total: [] })
    expect(look.release(['holder'])).toEqual({ direct: ['waiter'], total: ['waiter'] })
    expect(look.sentences).toEqual([
      '1 session waits behind pid holder, idle for …s. holder, postgres@127.0.0.1, holds ExclusiveLock on advisory 42. terminate holder frees 1 at once.',
    ])
    await scene.admin.query('SELECT pg_cancel_backend($1)', [holder.pid])
    expect((await scene.look()).edges).toEqual({ waiter: ['hard holder'] })
    await scene.admin.query('SELECT pg_terminate_backend($1)', [holder.pid])
    expect(await waiter.fate).toBe(null)
  })

  test('is to be terminated also while a statement of it runs', async () => {
    const scene = await Scene.set()
    const holder = await scene.holder('holder', ['SELECT pg_advisory_lock(42)'])
    holder.client.query('SELECT pg_sleep(60)').catch(() => undefined)
    await scene.waiter('waiter', ['SELECT pg_advisory_lock(42)'])
    const look = await scene.look()
    expect(look.party('holder').row.state).toBe('active')
    expect(look.sentences).toEqual([
      '1 session waits behind pid holder, running SELECT for …s. holder, postgres@127.0.0.1, holds ExclusiveLock on advisory 42. terminate holder frees 1 at once.',
    ])
  })

  test('looks the same to a role without rights', async () => {
    const { plain } = await withRoles()
    const scene = await Scene.set()
    await scene.holder('holder', ['SELECT pg_advisory_lock(42)'])
    await scene.waiter('waiter', ['SELECT pg_advisory_lock(42)'])
    expect((await scene.look(plain)).edges).toEqual({ waiter: ['hard holder'] })
  })
})

test.each([
  ['42', 'advisory 42'],
  ['-1', 'advisory -1'],
  ['9223372036854775807', 'advisory 9223372036854775807'],
  ['(-9223372036854775808)::bigint', 'advisory -9223372036854775808'],
  ['1, 2', 'advisory (1, 2)'],
  ['-1, -2147483648', 'advisory (-1, -2147483648)'],
])('the lock of pg_advisory_xact_lock(%s) is called %s', async (key, words) => {
  const scene = await Scene.set()
  await scene.holder('holder', ['BEGIN', `SELECT pg_advisory_xact_lock(${key})`])
  await scene.waiter('waiter', [`SELECT pg_advisory_xact_lock(${key})`])
  const look = await scene.look()
  expect(look.edges).toEqual({ waiter: ['hard holder'] })
  expect(look.party('waiter').waits.map(({ lock }) => lockedText(lock))).toEqual([words])
  expect(look.sentences[0]).toContain(`, holds ExclusiveLock on ${words}. terminate holder frees 1 at once.`)
})

test('one key of 64 bits and two of 32 are different things, even with the same bits', async () => {
  const scene = await Scene.set()
  await scene.holder('one', ['SELECT pg_advisory_lock(4294967298)'])
  await scene.holder('two', ['SELECT pg_advisory_lock(1, 2)'])
  await scene.waiter('waiter', ['SELECT pg_advisory_lock(1, 2)'])
  const look = await scene.look()
  expect(look.edges).toEqual({ waiter: ['hard two'] })
  expect(look.trees).toEqual([{ two: { waiter: {} } }])
})

test('readers share an advisory lock, and a writer waits for all of them', async () => {
  const scene = await Scene.set()
  await scene.holder('reader1', ['SELECT pg_advisory_lock_shared(7)'])
  await scene.holder('reader2', ['SELECT pg_advisory_lock_shared(7)'])
  await scene.waiter('writer', ['SELECT pg_advisory_lock(7)'])
  await scene.waiter('behind', ['SELECT pg_advisory_lock_shared(7)'])
  const look = await scene.look()
  expect(look.edges).toEqual({ writer: ['hard reader1', 'hard reader2'], behind: ['soft writer'] })
  expect(look.release(['reader1', 'reader2'])).toEqual({ direct: ['writer'], total: ['behind', 'writer'] })
  expect(look.sentences).toEqual([
    '2 sessions wait behind pid reader1 and 1 more, idle for …s. reader1, postgres@127.0.0.1, holds ShareLock on advisory 7. SELECT (writer) waits for that, and 1 session queues behind it. In the way as well: reader2 (idle for …s). terminate reader1, reader2 frees 1 at once, 2 in all; or cancel writer frees 1 at once.',
  ])
})
