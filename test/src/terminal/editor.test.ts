import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { edit, editorCommands } from '#src/terminal/editor.ts'

const loan = { signal: new AbortController().signal, usedBy: () => {} }
const terminal = { suspend: <T>(work: (to: typeof loan) => Promise<T>) => work(loan) }

/** A directory for this test, in which a temporary directory lies, and nothing else may stay in that. */
function scratch(): { readonly told: string; readonly temporary: string } {
  const directory = mkdtempSync(join(tmpdir(), 'editor-'))
  const temporary = join(directory, 'tmp')
  mkdirSync(temporary)
  vi.stubEnv('TMPDIR', temporary)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(directory, { recursive: true })
  })
  return { told: join(directory, 'told'), temporary }
}

function editWith(editor: string, text = 'SELECT 1', suffix: '.sql' | '.txt' = '.sql') {
  return edit(terminal, text, { suffix, env: { PATH: process.env.PATH, EDITOR: editor } })
}

test.each([
  [
    {},
    [
      ['vi', 'f.sql'],
      ['nano', 'f.sql'],
    ],
  ],
  [
    { VISUAL: ' ', EDITOR: '' },
    [
      ['vi', 'f.sql'],
      ['nano', 'f.sql'],
    ],
  ],
  [{ EDITOR: 'ed', VISUAL: 'code --wait' }, [['code', '--wait', 'f.sql']]],
  [
    { EDITOR: "vim -c 'set ft=sql'" },
    [['/bin/sh', '-c', `vim -c 'set ft=sql' "$@"`, "vim -c 'set ft=sql'", 'f.sql']],
  ],
])('the editor of %j', (env, commands) => {
  expect(editorCommands(env, 'f.sql')).toEqual(commands)
})

describe('a text in an editor', () => {
  test('comes back as it was left, with a newline at its end only where it had one', async () => {
    scratch()
    expect(await editWith('sh -c "sed -i s/1/2/ \\$1" -')).toEqual({
      ok: true,
      text: 'SELECT 2',
      isChanged: true,
    })
    expect(await editWith('true')).toEqual({ ok: true, text: 'SELECT 1', isChanged: false })
    expect(await editWith('true', 'a\tb\n\n')).toEqual({ ok: true, text: 'a\tb\n\n', isChanged: false })
    expect(await editWith('true', '')).toEqual({ ok: true, text: '', isChanged: false })
    expect(await editWith('echo "é 漢 🐘" >', 'x')).toEqual({ ok: true, text: 'é 漢 🐘', isChanged: true })
  })

  test('lies in a file that nobody else can read, and no password beside it', async () => {
    const { told } = scratch()
    const env = { PATH: process.env.PATH, PGHOST: 'db1', PGPASSWORD: 'hunter2' }
    const look = `sh -c 'stat -c "%a %n" "$(dirname "$1")" "$1" >${told}; env >>${told}' -`
    await edit(terminal, 'x', { suffix: '.txt', env: { ...env, VISUAL: look } })
    expect(readFileSync(told, 'utf8')).toMatch(/^700 .*\n600 .*\.txt\n/)
    expect(readFileSync(told, 'utf8')).toContain('PGHOST=db1')
    expect(readFileSync(told, 'utf8')).not.toContain('hunter2')
  })

  test.each([
    ['false', 'the editor ended with code 1; nothing is taken'],
    ['sh -c "kill -9 $$"', 'the editor was ended by SIGKILL; nothing is taken'],
    ['no-such-editor -x', 'there is no editor no-such-editor -x; $VISUAL or $EDITOR names it'],
    ['no-such-editor "x"', 'no-such-editor "x" cannot be run'],
    ['rm', 'no file to edit: ENOENT: no such file or directory'],
    ["printf '\\377' >", 'what the editor wrote is not UTF-8'],
  ])('is not taken from: %s', async (editor, reason) => {
    const { temporary } = scratch()
    expect(await editWith(editor)).toEqual({ ok: false, reason: expect.stringContaining(reason) })
    expect(readdirSync(temporary)).toEqual([])
  })

  test('leaves no file, nor what the editor made beside it', async () => {
    const { temporary } = scratch()
    await editWith('touch "$(dirname "$1")/statement.sql~"; true')
    expect(readdirSync(temporary)).toEqual([])
  })

  test('says why when there is no place for a file', async () => {
    const { temporary } = scratch()
    vi.stubEnv('TMPDIR', join(temporary, 'none'))
    expect(await editWith('true')).toEqual({
      ok: false,
      reason: expect.stringMatching(/^no file to edit: ENOENT/),
    })
  })
})
