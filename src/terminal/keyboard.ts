/**
 * Standard input in raw mode, with a gate: while another program has the terminal nothing is read, or we would
 * take its keys. Ink reads from a stream of our own and never touches the real one, so it need not know.
 */
import { PassThrough } from 'node:stream'
import { createReplyFilter } from './replies.ts'

/** What Ink asks of its `stdin`. Raw mode is ours, so its wishes change nothing. */
export class KeyStream extends PassThrough {
  readonly isTTY = true

  setRawMode(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}

/** The keys of the terminal. */
export interface Keyboard {
  /** Where the keys arrive, for Ink. */
  readonly stream: KeyStream
  /** Raw mode, and keys flow; also when the terminal's mode was changed behind our back. */
  start(): void
  /** The terminal's own mode, and what is typed is left to others. */
  stop(): void
}

/** Opens the gate between standard input and Ink; `onEnd` is told when nothing will ever be typed again. */
export function createKeyboard(stdin: NodeJS.ReadStream, onEnd: () => void): Keyboard {
  const stream = new KeyStream()
  const withoutReplies = createReplyFilter()
  const feed = (typed: Buffer) => {
    const keys = withoutReplies(typed.toString('latin1'))
    if (keys !== '') stream.write(Buffer.from(keys, 'latin1'))
  }
  let isStarted = false
  stdin.on('error', onEnd)
  return {
    stream,
    start() {
      // libuv remembers the mode it has set and would skip the call after a shell has changed it.
      stdin.setRawMode(false)
      stdin.setRawMode(true)
      if (isStarted) return
      isStarted = true
      stdin.on('data', feed).on('end', onEnd)
      stdin.ref()
      stdin.resume()
    },
    stop() {
      if (!isStarted) return
      isStarted = false
      stdin.off('data', feed).off('end', onEnd)
      stdin.pause()
      stdin.setRawMode(false)
      stdin.unref()
    },
  }
}
