import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { auditPath, noAudit, openAudit } from '#src/actions/audit.ts'
import { readOperator } from '#src/actions/operator.ts'

let home: string
let path: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pgtriage-audit-'))
  path = auditPath({ XDG_STATE_HOME: home })
})
afterEach(() => rmSync(home, { recursive: true }))

describe('the audit file', () => {
  it('gets a line for each record, readable by its owner alone', async () => {
    expect(await openAudit(path).append([{ pid: 1 }, { pid: 2n }])).toEqual({ ok: true })
    expect(await openAudit(path).append([{ text: 'a\x1b[2J\u009b\u202e\n' }])).toEqual({ ok: true })
    expect(readFileSync(path, 'utf8')).toBe(
      '{"pid":1}\n{"pid":"2"}\n{"text":"a\\u001b[2J\\u009b\\u202e\\n"}\n',
    )
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(home, 'pgtriage')).mode & 0o777).toBe(0o700)
  })

  it('is closed to others if it was open to them', async () => {
    mkdirSync(join(home, 'pgtriage'))
    writeFileSync(path, '')
    chmodSync(path, 0o644)
    await openAudit(path).append([{ pid: 1 }])
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('stands below the home directory where nothing else is told', () => {
    expect(auditPath({ HOME: '/home/ann' })).toBe('/home/ann/.local/state/pgtriage/actions.jsonl')
    expect(auditPath({ HOME: '/home/ann', XDG_STATE_HOME: 'relative' })).toBe(
      auditPath({ HOME: '/home/ann' }),
    )
  })

  it('is refused as a symbolic link, a directory, a FIFO, and in a directory that others can write', async () => {
    const directory = join(home, 'pgtriage')
    mkdirSync(directory)
    symlinkSync(join(home, 'elsewhere'), path)
    expect(await openAudit(path).append([{}])).toMatchObject({
      ok: false,
      reason: expect.stringContaining('symbolic link'),
    })
    expect(await openAudit(home).append([{}])).toMatchObject({ ok: false })
    const fifo = join(directory, 'fifo')
    execFileSync('mkfifo', [fifo])
    expect(await openAudit(fifo).append([{}])).toMatchObject({
      ok: false,
      reason: expect.stringContaining('not a file'),
    })
    chmodSync(directory, 0o777)
    expect(await openAudit(join(directory, 'new')).append([{}])).toMatchObject({
      ok: false,
      reason: expect.stringContaining('other users'),
    })
  })

  it('can be left out', async () => {
    expect(await noAudit.append([{}])).toEqual({ ok: true })
  })
})

describe('the operator', () => {
  it('is told with the SSH login and, under sudo, with who called it', () => {
    expect(readOperator({ SSH_CLIENT: '10.0.0.9 50022 22', SUDO_USER: 'ann' })).toMatchObject({
      os_user: expect.stringMatching(/ \(sudo by ann\)$/),
      ssh_client: '10.0.0.9 50022 22',
    })
  })
})
