/** What Ink's `useInput` hands over for bytes from a terminal: its own parsers, with the hook's last steps. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { KeyFlags } from '#src/keys/split.ts'

interface Keypress {
  readonly name: string
  readonly ctrl: boolean
  readonly shift: boolean
  readonly meta: boolean
  readonly sequence: string
}

const build = dirname(createRequire(import.meta.url).resolve('ink'))
const { default: parseKeypress, nonAlphanumericKeys } = (await import(
  pathToFileURL(join(build, 'parse-keypress.js')).href
)) as { default: (bytes: string) => Keypress; nonAlphanumericKeys: readonly string[] }
const { createInputParser } = (await import(pathToFileURL(join(build, 'input-parser.js')).href)) as {
  createInputParser: () => {
    push(chunk: string): readonly (string | { paste: string })[]
    flushPendingEscape(): string | undefined
  }
}

/** The `useInput` calls of one chunk; a sequence that is not complete is flushed, as after 20 ms. */
export function inkCalls(chunk: string): readonly (readonly [string, KeyFlags])[] {
  const parser = createInputParser()
  const events = parser.push(chunk)
  const flushed = parser.flushPendingEscape()
  return [...events, ...(flushed === undefined ? [] : [flushed])].flatMap((event) =>
    typeof event === 'string' ? [callOf(event)] : [],
  )
}

function callOf(bytes: string): readonly [string, KeyFlags] {
  const press = parseKeypress(bytes)
  const named = nonAlphanumericKeys.includes(press.name)
  const input = named ? '' : press.ctrl ? (press.name === 'space' ? ' ' : press.name) : press.sequence
  const bare = input.startsWith('\x1b') ? input.slice(1) : input
  return [
    bare,
    {
      upArrow: press.name === 'up',
      downArrow: press.name === 'down',
      leftArrow: press.name === 'left',
      rightArrow: press.name === 'right',
      pageDown: press.name === 'pagedown',
      pageUp: press.name === 'pageup',
      home: press.name === 'home',
      end: press.name === 'end',
      return: press.name === 'return',
      escape: press.name === 'escape',
      tab: press.name === 'tab',
      backspace: press.name === 'backspace',
      delete: press.name === 'delete',
      ctrl: press.ctrl,
      shift: press.shift || /^[A-Z]$/.test(bare),
      meta: press.meta,
    },
  ]
}
