/** A small program on the terminal floor, for the tests that run one in a pseudo-terminal. */
import { render, Text, useInput, usePaste } from 'ink'
import { createElement, useState } from 'react'
import { edit } from '#src/terminal/editor.ts'
import { page } from '#src/terminal/pager.ts'
import { openTerminal } from '#src/terminal/terminal.ts'
import { toSafeText } from '#src/text/safe.ts'

const terminal = openTerminal({ onExit: () => Promise.resolve() })

function App() {
  const [seen, setSeen] = useState('nothing')
  usePaste((text) => setSeen(`pasted ${text}`))
  useInput((input, key) => {
    setSeen(key.ctrl ? `ctrl-${input}` : input)
    if (input === 'q') app.unmount()
    if (input === 'z' && key.ctrl) void terminal.stop()
    if (input === 'l' && key.ctrl) terminal.redraw()
    if (input === 'p') {
      const lines = Array.from({ length: 300 }, (_, index) => toSafeText(`line ${index}`))
      void page(terminal, lines).then((paged) => setSeen(`paged ${JSON.stringify(paged)}`))
    }
    if (input === 'e') {
      void edit(terminal, 'SELECT 1', { suffix: '.sql' }).then((edited) =>
        setSeen(`edited ${JSON.stringify(edited)}`),
      )
    }
    if (input === 'y') terminal.copy('SELECT 1')
    if (input === 't')
      setTimeout(() => {
        throw new Error('thrown \x1b[2J on purpose')
      })
    if (input === 'c') console.error('said over the screen')
  })
  const { columns, rows } = terminal.size()
  const lines = Array.from({ length: rows - 1 }, (_, row) => `row ${row} of ${columns}x${rows}`)
  return createElement(Text, null, [`seen: ${seen}`, ...lines.slice(0, rows - 1)].join('\n'))
}

const app = render(createElement(App), terminal.ink)
if (process.argv.includes('--busy')) {
  let tick = 0
  setInterval(
    () => terminal.ink.stdout.write(Array.from({ length: 24 }, () => `${tick++} `.repeat(12)).join('\n')),
    5,
  )
}
await app.waitUntilExit()
await terminal.restore()
process.stdout.write('goodbye\n')
process.exit(0)
