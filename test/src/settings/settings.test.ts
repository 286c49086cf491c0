import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadSettings, saveSettings, settingsPath } from '#src/settings/file.ts'
import { defaultSettings, isProduction, readSettings } from '#src/settings/settings.ts'

let env: NodeJS.ProcessEnv
let path: string

beforeEach(() => {
  env = { XDG_CONFIG_HOME: mkdtempSync(join(tmpdir(), 'pgtriage-settings-')) }
  path = settingsPath(env)
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(env.XDG_CONFIG_HOME ?? '', { recursive: true })
})

const write = (text: string, mode = 0o600) => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  chmodSync(path, mode)
}

describe('the settings file', () => {
  it('is not needed, and not made by reading', async () => {
    expect(await loadSettings(env)).toEqual({ settings: defaultSettings, problems: [], path })
    expect(() => statSync(path)).toThrow('ENOENT')
  })

  it('gives what it says and the defaults for the rest', async () => {
    write('{"interval": 2.5, "readOnly": true, "production": ["db1/orders"]}')
    expect(await loadSettings(env)).toEqual({
      settings: { ...defaultSettings, interval: 2.5, readOnly: true, production: ['db1/orders'] },
      problems: [],
      path,
    })
  })

  it.each(['{"interval": 2', '', 'no json'])(
    'is left untouched and reported when it holds %j',
    async (text) => {
      write(text)
      const { settings, problems } = await loadSettings(env)
      expect(settings).toEqual(defaultSettings)
      expect(problems).toHaveLength(1)
      expect(readFileSync(path, 'utf8')).toBe(text)
      expect(await saveSettings(env, { ascii: true })).toContain('nothing is saved')
      expect(readFileSync(path, 'utf8')).toBe(text)
    },
  )

  it('is not changed by reading it', async () => {
    const text = '{"ascii":true,   "unknown": 1}'
    write(text)
    await loadSettings(env)
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  it('is ignored when others can write it', async () => {
    write('{"noAudit": true}', 0o620)
    const { settings, problems } = await loadSettings(env)
    expect(settings.noAudit).toBe(false)
    expect(problems).toEqual([`${path} can be written by other users: it is ignored`])
    expect(await saveSettings(env, { ascii: true })).toContain('nothing is saved')
  })

  // Only root can give a file away; as another user the process takes itself for somebody else.
  it('is ignored when it belongs to another user', async () => {
    write('{"noAudit": true}')
    if (process.getuid?.() === 0) chownSync(path, 65_534, 65_534)
    else vi.spyOn(process, 'getuid').mockReturnValue(65_533)
    expect((await loadSettings(env)).problems).toEqual([`${path} belongs to another user: it is ignored`])
  })

  it('keeps the right values beside wrong ones', async () => {
    write('{"interval": "fast", "ascii": true, "pgpassword": "hunter2", "colour": 1}')
    const { settings, problems } = await loadSettings(env)
    expect(settings).toEqual({ ...defaultSettings, ascii: true })
    expect(problems.join('\n')).not.toContain('hunter2')
    expect(problems).toEqual([
      `${path}: "interval" must be a number of seconds from 0.5 to 60`,
      `${path}: "pgpassword" is ignored: passwords belong in ~/.pgpass, never here`,
      `${path}: "colour" is not a setting`,
    ])
  })

  it('is written for its owner alone', async () => {
    expect(await saveSettings(env, { theme: 'mono' })).toBeNull()
    expect(await saveSettings(env, { interval: 5 })).toBeNull()
    expect((await loadSettings(env)).settings).toEqual({ ...defaultSettings, theme: 'mono', interval: 5 })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
  })

  it('never takes a wrong value in', async () => {
    expect(await saveSettings(env, { interval: 0 })).toContain('must be')
    expect(() => statSync(path)).toThrow('ENOENT')
  })
})

describe('settings', () => {
  it.each([
    [{ interval: Number.NaN }],
    [{ interval: 61 }],
    [{ theme: 'pink' }],
    [{ auditPath: 'relative' }],
    [{ production: 'db1' }],
    [{ production: [1] }],
    [{ noAudit: 'yes' }],
    [{ __proto__x: true }],
    [JSON.parse('{"__proto__": {"noAudit": true}}')],
  ])('refuse %j', (stored) => {
    expect(readSettings(stored)).toMatchObject({ settings: defaultSettings, problems: [expect.any(String)] })
    expect(readSettings(stored).settings.noAudit).toBe(false)
  })

  it('know a production server by its host, or by host and database', () => {
    const endpoint = { host: 'db1', database: 'orders' }
    expect(isProduction({ production: ['db1'] }, endpoint)).toBe(true)
    expect(isProduction({ production: ['db1/orders'] }, endpoint)).toBe(true)
    expect(isProduction({ production: ['db1/other', 'db2'] }, endpoint)).toBe(false)
  })
})
