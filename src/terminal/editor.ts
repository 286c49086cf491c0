/** Texts in the person's own editor. */
import { isUtf8 } from 'node:buffer'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ArgumentVector, argumentVector, type ChildEnd, type Env, startChild } from './child.ts'
import type { Loan, Terminal } from './terminal.ts'

/** The text as it was left, or why nothing is taken. */
export type Edited =
  | { readonly ok: true; readonly text: string; readonly isChanged: boolean }
  | { readonly ok: false; readonly reason: string }

export interface EditOptions {
  /** What the editor takes the text for, by the name of the file. */
  readonly suffix: '.sql' | '.txt'
  readonly env?: Env
}

/**
 * Opens a text in `$VISUAL`, `$EDITOR`, else `vi` or `nano`, as POSIX has it for its own programs. The file lies in
 * a directory of its own that nobody else can enter, and is gone afterwards, also when a signal ends us. An editor
 * that ends with another code than 0 (`:cq` of vi) means that nothing is taken.
 */
export async function edit(
  terminal: Pick<Terminal, 'suspend'>,
  text: string,
  { suffix, env = process.env }: EditOptions,
): Promise<Edited> {
  return terminal.suspend((loan) =>
    inPrivateDirectory(async (directory) => {
      const file = join(directory, suffix === '.sql' ? 'statement.sql' : 'plan.txt')
      writeFileSync(file, withFinalNewline(text), { mode: 0o600, flag: 'wx' })
      const reason = await openEditor(file, env, loan)
      return reason === null ? textOf(file, text) : { ok: false, reason }
    }),
  )
}

/** The editor on a file as an argument vector; without a variable that names one, those to try. */
export function editorCommands(env: Env, file: string): readonly ArgumentVector[] {
  const editor = env.VISUAL?.trim() || env.EDITOR?.trim()
  return editor
    ? [argumentVector(editor, file)]
    : [
        ['vi', file],
        ['nano', file],
      ]
}

/** Runs the first editor that exists; gives why it did not come to a good end, or null. */
async function openEditor(file: string, env: Env, loan: Loan): Promise<string | null> {
  for (const command of editorCommands(env, file)) {
    const end = await startChild(command, { loan, env, stdio: 'inherit' }).end
    if (end.kind !== 'failed' || !end.isMissing) return whyNot(command, end)
  }
  const named = env.VISUAL?.trim() || env.EDITOR?.trim()
  return named
    ? `there is no editor ${named}; $VISUAL or $EDITOR names it`
    : 'no editor found; $VISUAL or $EDITOR can name one'
}

function whyNot(command: ArgumentVector, end: ChildEnd): string | null {
  // Of a command that a shell runs, `$0` is the whole of it.
  const name = command[0] === '/bin/sh' ? command[3] : command[0]
  switch (end.kind) {
    case 'failed':
      return end.reason
    case 'killed':
      return `the editor was ended by ${end.signal}; nothing is taken`
    case 'exited':
      if (end.code === 126 || end.code === 127) return `${name} cannot be run`
      return end.code === 0 ? null : `the editor ended with code ${end.code}; nothing is taken`
  }
}

function textOf(file: string, before: string): Edited {
  const bytes = readFileSync(file)
  if (!isUtf8(bytes)) return { ok: false, reason: 'what the editor wrote is not UTF-8' }
  const read = new TextDecoder().decode(bytes)
  // Most editors write a newline at the end whether there was one or not.
  const text = before.endsWith('\n') ? read : read.replace(/\r?\n$/, '')
  return { ok: true, text, isChanged: text !== before }
}

/** A directory that only we can enter (0700) and that is gone afterwards; a file that cannot be used is a reason. */
async function inPrivateDirectory(work: (directory: string) => Promise<Edited>): Promise<Edited> {
  let directory: string | null = null
  const remove = () => {
    // An editor that is ending may still be writing there.
    if (directory !== null) rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
  }
  // A signal ends us before what is awaited here goes on.
  process.once('exit', remove)
  try {
    directory = mkdtempSync(join(tmpdir(), 'pgtriage-edit-'))
    return await work(directory)
  } catch (error) {
    return { ok: false, reason: `no file to edit: ${error instanceof Error ? error.message : error}` }
  } finally {
    process.off('exit', remove)
    remove()
  }
}

function withFinalNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
