/** The built program without a terminal, as scripts and pipes run it. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PROGRAM } from '#test/support/robot.ts'

export interface Run {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: Buffer
}

/** Runs it to its end with an empty HOME and without any setting of the caller's environment. */
export async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const home = mkdtempSync(join(tmpdir(), 'pgtriage-run-'))
  const [file, ...first] = PROGRAM
  const child = spawn(file, [...first, ...args], {
    // Of its own session: there is no /dev/tty to ask for a password on.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOME: home, LANG: 'C.UTF-8', ...env },
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  rmSync(home, { recursive: true, force: true })
  return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) }
}
