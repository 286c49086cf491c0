import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { sharedCluster } from '#test/support/cluster.ts'
import { launch } from '#test/support/robot.ts'
import { run } from './run.ts'

/** Runs it, and expects one line on standard error, nothing else anywhere, and exit code 2. */
async function refusal(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await run(args, env)
  const said = stderr.toString()
  expect(said).toMatch(/^pgtriage: [^\n]+\n$/)
  expect(said).not.toMatch(/\bat .*\.js:\d|node:internal|password=|hunter2/)
  expect(stdout.toString()).toBe('')
  expect(code).toBe(2)
  return said
}

const shared = () => sharedCluster()
const place = () => `host=${shared().host} port=${shared().port} user=postgres dbname=postgres`

describe('what cannot be done is told in one line, with exit code 2:', () => {
  test('an unknown flag', async () => {
    expect(await refusal(['--scren', 'activity'])).toContain("unknown option '--scren'")
  })

  test('a value that a flag does not take', async () => {
    expect(await refusal(['--interval', 'soon'])).toContain('a number of seconds')
    expect(await refusal(['activity', '--format', 'yaml'])).toContain('table, json, csv')
    expect(await refusal(['show', 'vitals', '--limit', '0'])).toContain('whole number')
  })

  test('a connection string where another value belongs, without its password', async () => {
    const said = await refusal(['locks', '--format', 'postgresql://dba:hunter2@db1/shop'])
    expect(said).toContain('postgresql://dba:***@db1/shop')
    const { code, stderr } = await run(['locks', '--format', "host=db1 password='hunter2 x' user=dba"])
    expect(stderr.toString()).toContain('host=db1 password=*** user=dba')
    expect(code).toBe(2)
  })

  test('too many words', async () => {
    expect(await refusal(['activity', 'one', 'two', 'three'])).toContain('too many arguments')
  })

  test('a keyword that libpq does not know, with the nearest one that it does', async () => {
    expect(await refusal(['activity', 'hosst=db1 dbname=shop'])).toMatch(/hosst.*\bhost\b/)
    expect(await refusal(['activity', 'postgresql://db1/shop?sslmod=require'])).toMatch(/sslmod.*sslmode/)
  })

  test.each([
    'postgresql://db1:notaport/shop',
    'postgresql://[::1/shop',
    'postgresql://db1/%zz',
    "host='db1",
    'port=99999 host=db1',
    'postgresql://user:hunter2@db1:port/shop',
    'host=db1 password=hunter2 =',
  ])('a malformed connection string: %s', async (conninfo) => {
    await refusal(['activity', conninfo])
  })

  test('no server there', async () => {
    const said = await refusal(['activity', 'postgresql://postgres:hunter2@127.0.0.1:1/postgres'])
    expect(said).toContain('no server at 127.0.0.1:1: connection refused')
    expect(await refusal(['activity', '-h', '/nowhere'])).toContain('no such socket')
    expect(await refusal(['activity', '-h', 'no-such-host.invalid'])).toContain('no-such-host.invalid')
  })

  test('something there that is not PostgreSQL', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    onTestFinished(() => void server.close())
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
    expect(await refusal(['activity', '-h', '127.0.0.1', '-p', String(port)])).toContain('not PostgreSQL')
  })

  test('a wrong password, from each place it can come from', async () => {
    const wrong = /password authentication failed for user "postgres"/
    const { host, port } = shared()
    expect(await refusal(['activity', place()], { PGPASSWORD: 'hunter2' })).toMatch(wrong)
    expect(await refusal(['activity', `${place()} password=hunter2`])).toMatch(wrong)
    expect(await refusal(['activity', `postgresql://postgres:hunter2@${host}:${port}/postgres`])).toMatch(
      wrong,
    )
    const directory = mkdtempSync(join(tmpdir(), 'pgtriage-pgpass-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const file = join(directory, 'pgpass')
    writeFileSync(file, `${host}:${port}:*:*:hunter2\n`)
    chmodSync(file, 0o600)
    expect(await refusal(['activity', place()], { PGPASSFILE: file })).toMatch(wrong)
  })

  test('no password and nobody to ask', async () => {
    expect(await refusal(['activity', place()])).toMatch(/password/)
    expect(await refusal(['activity', '-w', place()])).toMatch(/password/)
  })

  test('a database, a role, an entry, a screen, a command that does not exist', async () => {
    const { password, uri } = shared()
    expect(await refusal(['activity', `${place()} dbname=shop`], { PGPASSWORD: password })).toContain(
      'database "shop" does not exist',
    )
    expect(await refusal(['activity', '-U', 'nobody', uri.replace('postgres:', 'nobody:')])).toMatch(
      /password authentication failed|does not exist/,
    )
    expect(await refusal(['show', 'activty', uri])).toMatch(/activty.*did you mean activity/)
    expect(await refusal(['catalog', 'activty'])).toMatch(/activty.*activity/)
    expect(await refusal(['--screen', 'lokcs', uri])).toContain('lokcs')
  })

  test('columns, filters and sorts that an entry does not have', async () => {
    const { uri } = shared()
    expect(await refusal(['show', 'activity', '--columns', 'pid,qury', uri])).toMatch(/qury.*query/)
    expect(await refusal(['show', 'activity', '--sort', 'tme', uri])).toContain('tme')
    expect(await refusal(['show', 'terminate', uri])).toContain('terminate')
  })

  test('no terminal for the screens', async () => {
    expect(await refusal([shared().uri])).toMatch(/no terminal here.*`pgtriage activity`/)
    expect(await refusal([])).toContain('no terminal here')
  })
})

describe('on a terminal', () => {
  test.each([
    ['an unknown flag', ['--nope'], /unknown option/],
    ['a bad connection string', ['hosst=db1'], /hosst/],
    ['no server', ['-h', '127.0.0.1', '-p', '1'], /no server at 127\.0\.0\.1:1/],
  ])('%s is told without touching the terminal', async (_, args, reason) => {
    const top = launch({ args, columns: 160 })
    expect(await top.exit).toBe(2)
    expect(await top.leftovers()).toEqual([])
    expect(top.raw().toString()).not.toContain('\x1b')
    const said = top.screen().filter((line) => line.startsWith('pgtriage: '))
    expect(said).toEqual([expect.stringMatching(reason)])
  })

  test('a password is asked for, never shown, and asked for once', async () => {
    const { host, port, password } = shared()
    const top = launch({ args: [`host=${host} port=${port} user=postgres dbname=postgres`], columns: 160 })
    await top.see('Password for postgres:')
    top.press('hunter2', 'enter')
    expect(await top.exit).toBe(2)
    expect(await top.leftovers()).toEqual([])
    expect(top.text()).toMatch(/pgtriage: password authentication failed/)
    expect(top.raw().toString()).not.toContain('hunter2')
    const again = launch({ args: [`host=${host} port=${port} user=postgres dbname=postgres`], columns: 160 })
    await again.see('Password for postgres:')
    again.press(password, 'enter')
    await again.see('postgres@')
    again.press('q')
    expect(await again.exit).toBe(0)
    expect(again.raw().toString()).not.toContain(password)
    expect(await again.leftovers()).toEqual([])
  })
})

test('a password in a connection string is soon gone from the list of processes', async () => {
  const { password, uri } = shared()
  const top = launch({ args: [uri] })
  await top.see('postgres@')
  expect(readFileSync(`/proc/${await top.pid()}/cmdline`, 'utf8')).not.toContain(password)
})

describe('help and version', () => {
  test('are given on standard output with exit code 0', async () => {
    const help = await run(['--help'])
    expect([help.code, help.stderr.toString()]).toEqual([0, ''])
    expect(help.stdout.toString()).toMatch(/activity[\s\S]*show[\s\S]*catalog[\s\S]*demo/)
    const version = await run(['--version'])
    expect([version.code, version.stdout.toString()]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
  })
})
