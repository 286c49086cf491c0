import { expect, it } from 'vitest'
import { configuration } from '#src/demo/configuration.ts'

const input = { port: 5433, socketDirectory: "/tmp/it's here", binaries: '/nowhere/bin', settings: {} }

it('listens on the loopback address only, on the port that was chosen', () => {
  expect(configuration(input)).toContain("listen_addresses = '127.0.0.1'\nport = '5433'\n")
})

it('doubles quotes, so that a value cannot end its line', () => {
  expect(configuration(input)).toContain("unix_socket_directories = '/tmp/it''s here'")
})

it('preloads pg_stat_statements only where the library exists', () => {
  expect(configuration(input)).not.toContain('pg_stat_statements')
})

it('lets the caller have the last word on a setting', () => {
  const text = configuration({ ...input, settings: { max_prepared_transactions: '0' } })
  expect(text.match(/max_prepared_transactions = .*/g)).toEqual(["max_prepared_transactions = '0'"])
})
