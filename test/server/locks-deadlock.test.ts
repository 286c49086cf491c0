/** Deadlocks, in the moment before the server breaks them. */
import { expect, test } from 'vitest'
import { Scene } from './locks-support.ts'

const update = (id: number) => `UPDATE shop.orders SET paid = true WHERE id = ${id}`
const PATIENT = `SET deadlock_timeout = '30s'`

test('two who wait for each other are a circle, with those behind them', async () => {
  const scene = await Scene.set()
  const one = await scene.holder('one', [PATIENT, 'BEGIN', update(1)])
  const two = await scene.holder('two', [PATIENT, 'BEGIN', update(2)])
  await scene.waits(one, update(2))
  await scene.waits(two, update(1))
  await scene.waiter('behind', [PATIENT, update(1)])
  const look = await scene.look()
  expect(look.edges).toEqual({ one: ['hard two'], two: ['hard one'], behind: ['hard two'] })
  const [first, second] = one.pid < two.pid ? ['one', 'two'] : ['two', 'one']
  expect(look.analysis.trees.map(({ circle }) => circle)).toEqual([[look.party(first), look.party(second)]])
  expect(look.release(['one'], 'cancel')).toEqual({ direct: ['two'], total: ['behind', 'two'] })
  expect(look.release(['behind'])).toEqual({ direct: [], total: [] })
  expect(look.sentences).toEqual([
    `Deadlock: ${first}, ${second} wait for each other, and 1 session waits behind them. The server cancels one of them when it has waited for deadlock_timeout. cancel ${first} frees 1 at once, 2 in all.`,
  ])
  await scene.admin.query('SELECT pg_cancel_backend($1)', [one.pid])
  await scene.untilWaiting(['behind'])
})

test('three who wait in a ring are a circle of three', async () => {
  const scene = await Scene.set()
  const actors = []
  for (const id of [1, 2, 3]) {
    actors.push(await scene.holder(`session${id}`, [PATIENT, 'BEGIN', update(id)]))
  }
  for (const [index, actor] of actors.entries()) await scene.waits(actor, update(((index + 1) % 3) + 1))
  const look = await scene.look()
  expect(look.edges).toEqual({
    session1: ['hard session2'],
    session2: ['hard session3'],
    session3: ['hard session1'],
  })
  expect(look.analysis.trees).toHaveLength(1)
  expect(look.analysis.trees[0]?.circle).toHaveLength(3)
  expect(look.sentences[0]).toMatch(
    /^Deadlock: session\d, session\d, session\d wait for each other\. .* cancel session\d frees 1 at once, 2 in all\.$/,
  )
})

test('a deadlock of tables that a bystander holds up as well is still told as one', async () => {
  const scene = await Scene.set()
  await scene.holder('reader', ['BEGIN', 'LOCK shop.orders IN ACCESS SHARE MODE'])
  const one = await scene.holder('one', [PATIENT, 'BEGIN', 'LOCK shop.orders IN ACCESS SHARE MODE'])
  const two = await scene.holder('two', [PATIENT, 'BEGIN', 'LOCK shop.ledger IN SHARE MODE'])
  await scene.waits(two, 'LOCK shop.orders IN ACCESS EXCLUSIVE MODE')
  await scene.waits(one, 'LOCK shop.ledger IN ACCESS EXCLUSIVE MODE')
  const look = await scene.look()
  expect(look.edges).toEqual({ one: ['hard two'], two: ['hard one', 'hard reader'] })
  expect(look.release(['reader'])).toEqual({ direct: [], total: [] })
  expect(look.sentences).toEqual([
    'Deadlock: one, two wait for each other. The server cancels one of them when it has waited for deadlock_timeout.',
  ])
})
