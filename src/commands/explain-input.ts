/** What `pgtriage explain` is given: files and standard input. */
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { text as readAll } from 'node:stream/consumers'
import type { PlanDocument } from '#src/plans/plan.ts'
import { readPlan } from '#src/plans/read/read.ts'
import type { Io } from './io.ts'

/** The text of a file, or of standard input for `-`; null after the reason was told, `nobody` where it is a terminal. */
export async function inputOf(file: string, nobody: string, io: Io): Promise<string | null> {
  if (file === '-' && process.stdin.isTTY) {
    io.err(nobody)
    return null
  }
  try {
    return file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    io.err(`${inputName(file)}: ${REASONS[code ?? ''] ?? message}`)
    return null
  }
}

/** The plans in a text, or null after it was told where and why it cannot be read. */
export function plansIn(file: string, text: string, io: Io): PlanDocument | null {
  const read = readPlan(text)
  if (read.ok) return read.document
  const { line, column, reason } = read.unreadable
  io.err(`${inputName(file)}:${line}:${column}: ${reason}`)
  return null
}

export function inputName(file: string): string {
  return file === '-' ? 'standard input' : file
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'may not be read',
  EISDIR: 'is a directory',
}
