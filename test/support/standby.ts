/** A standby of a server that a test has started. */
import { execFileSync } from 'node:child_process'
import { chownSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import type { Cluster } from '#src/demo/cluster.ts'
import { startGuard } from '#src/demo/guard.ts'
import { configure } from '#src/demo/initialise.ts'
import { makePlace, removePlace } from '#src/demo/place.ts'
import { endPostmaster, startPostmaster, whenAccepting } from '#src/demo/postmaster.ts'
import { chooseServerUser } from '#src/demo/server-user.ts'

export interface Standby {
  readonly uri: string
  stop(): Promise<void>
}

/** A standby that waits for its readers without end, from a copy of the running primary. */
export async function startStandby(primary: Cluster): Promise<Standby> {
  const user = chooseServerUser()
  const place = makePlace(user)
  const guard = startGuard(place.root)
  const admin = new pg.Client({ connectionString: primary.uri })
  await admin.connect()
  const [begin, end] =
    primary.versionNum >= 150000
      ? [`pg_backup_start('standby', true)`, 'pg_backup_stop(false)']
      : [`pg_start_backup('standby', true, false)`, 'pg_stop_backup(false, false)']
  await admin.query(`SELECT ${begin}`)
  execFileSync('cp', ['-a', `${primary.dataDirectory}/.`, place.data])
  const { rows } = await admin.query(`SELECT labelfile FROM ${end}`)
  await admin.end()
  rmSync(join(place.data, 'postmaster.pid'))
  for (const [name, text] of [
    ['backup_label', rows[0].labelfile],
    ['standby.signal', ''],
  ]) {
    writeFileSync(join(place.data, name), text)
    if (user !== null) chownSync(join(place.data, name), user.uid, user.gid)
  }
  const door = {
    host: '127.0.0.1',
    port: await freePort(),
    user: 'postgres',
    database: 'postgres',
    password: primary.password,
  } as const
  configure(
    place,
    `
    port = ${door.port}
    unix_socket_directories = '${place.socket}'
    primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=postgres password=${primary.password}'
    max_standby_streaming_delay = -1
  `,
    [],
  )
  const postmaster = startPostmaster(primary.binaries, place, user)
  guard.watch({ kind: 'postgres', pid: postmaster.pid })
  await whenAccepting(postmaster, door, { log: place.log })
  return {
    uri: `postgresql://postgres:${primary.password}@127.0.0.1:${door.port}/postgres`,
    async stop() {
      await endPostmaster(postmaster, 'SIGQUIT')
      await removePlace(place.root)
      guard.release()
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}
