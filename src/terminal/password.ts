/** Asking for a password, without showing it. */
import { closeSync, openSync } from 'node:fs'
import { ReadStream, WriteStream } from 'node:tty'
import { toSafeText } from '#src/text/safe.ts'

const CURSOR_KEYS = /\x1b(?:\[[\d;?]*[@-~]|O.)/g

/**
 * Asks on the terminal itself, whatever standard input and output are. Null where there is no terminal, and
 * when the person leaves with Ctrl-D on an empty line; Ctrl-C ends the program as SIGINT does. Ctrl-U starts
 * over.
 */
export async function askPassword(prompt: string): Promise<string | null> {
  const tty = openTty()
  if (!tty) return null
  const { input, output } = tty
  // Before the prompt: who types at once, or pastes, must not see it either.
  input.setRawMode(true)
  output.write(`${toSafeText(prompt)} `)
  const answer = await readSecret(input)
  input.setRawMode(false)
  output.write('\n')
  input.destroy()
  output.destroy()
  if (answer !== 'interrupted') return answer.password
  process.kill(process.pid, 'SIGINT')
  return null
}

function openTty(): { readonly input: ReadStream; readonly output: WriteStream } | null {
  const opened: number[] = []
  try {
    opened.push(openSync('/dev/tty', 'r'), openSync('/dev/tty', 'w'))
    const [forInput = -1, forOutput = -1] = opened
    return { input: new ReadStream(forInput), output: new WriteStream(forOutput) }
  } catch {
    for (const fd of opened) closeSync(fd)
    return null
  }
}

function readSecret(input: ReadStream): Promise<'interrupted' | { readonly password: string | null }> {
  return new Promise((resolve) => {
    let typed: string[] = []
    const finish = (answer: 'interrupted' | { readonly password: string | null }) => {
      input.off('data', take).pause()
      resolve(answer)
    }
    const take = (keys: Buffer | string) => {
      for (const key of String(keys).replace(CURSOR_KEYS, '')) {
        if (key === '\r' || key === '\n') return finish({ password: typed.join('') })
        if (key === '\x03') return finish('interrupted')
        if (key === '\x04' && typed.length === 0) return finish({ password: null })
        if (key === '\x7f' || key === '\b') typed.pop()
        else if (key === '\x15') typed = []
        else if (key >= ' ') typed.push(key)
      }
    }
    input.setEncoding('utf8').on('data', take)
    input.once('end', () => finish({ password: null }))
    input.once('error', () => finish({ password: null }))
  })
}
