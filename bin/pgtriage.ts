#!/usr/bin/env node
// Written so that any Node can parse it: what it has to say to an old one must get through.
import module from 'node:module'
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
  module.enableCompileCache?.()
  // Not awaited: Nodes before 14.8 cannot even parse that at the top of a module.
  void import(new URL('./main.js', import.meta.url).href)
}
