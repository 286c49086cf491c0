import { expect, it } from 'vitest'
import { INCIDENTS } from '#src/demo/incidents/index.ts'

it('has the lock storm first, which is what a demo shows unless told otherwise', () => {
  expect(INCIDENTS.map(({ id }) => id)).toEqual([
    'lock-storm',
    'prepared-transaction',
    'slow-queries',
    'index-build',
    'index-sins',
    'connections',
    'all',
  ])
})

it('gives everything at once the settings of its parts', () => {
  expect(INCIDENTS.find(({ id }) => id === 'all')?.settings).toEqual({ max_prepared_transactions: '10' })
})
