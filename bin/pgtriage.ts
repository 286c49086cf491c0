#!/usr/bin/env node
// Written so that any Node can parse it: what it has to say to an old one must get through.
import { mkdirSync, statSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

// A connection string on the command line may hold a password, and every user of the machine can read it there.
process.title = 'pgtriage'
// Without a handler, `kill -USR1` opens Node's inspector to every user of the machine.
process.on('SIGUSR1', () => {})
// pg and Ink tell of their own deprecations; on a screen in use that would be rubbish.
process.removeAllListeners('warning')
process.on('warning', () => {})

if (Number(process.versions.node.split('.')[0]) < 22) {
  process.stderr.write(`pgtriage needs Node 22 or newer; this is ${process.version}\n`)
  process.exitCode = 2
} else {
  const cache = ownCacheDirectory()
  if (cache !== null) {
    module.enableCompileCache?.(cache)
  }
  // Not awaited: Nodes before 14.8 cannot even parse that at the top of a module.
  void import(new URL('./main.js', import.meta.url).href)
}

/**
 * Node's own default is a directory in /tmp with a known name: on a shared machine whoever makes it first decides
 * what code we run. Ours is below the home, and left alone when others can write it.
 */
function ownCacheDirectory(): string | null {
  try {
    const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
    const directory = join(base, 'pgtriage')
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const { uid, mode } = statSync(directory)
    return uid === process.getuid?.() && (mode & 0o022) === 0 ? directory : null
  } catch {
    return null
  }
}
