/**
 * The one place that writes to the terminal. Node writes to a terminal synchronously: when nobody reads (a
 * dead link, a stopped multiplexer), the program hangs in write(2) and not even SIGTERM ends it. libuv has
 * opened the terminal anew for itself, so it can be made non-blocking without the shell noticing.
 */
import { writeSync } from 'node:fs'

/** Standard output, or another stream on a terminal. */
export type TerminalOutput = NodeJS.WriteStream & { readonly fd: number }

/** A way out to the terminal. */
export interface Outlet {
  /** Makes writes non-blocking; false where this is not possible and they can block. */
  open(): boolean
  /** Makes writes blocking again, so that what is printed before an exit is printed. */
  close(): void
  /** Writes and calls back when the terminal has taken everything, or with what went wrong. */
  write(data: string, done: (error?: Error | null) => void): void
  /** Writes what the terminal takes at once, for the last words of a program; never blocks when open() could. */
  writeNow(data: string): void
}

const ATTEMPTS = 10
const PAUSE_MS = 5

/** The way out through standard output, when that is a terminal. */
export function createOutlet(stream: TerminalOutput): Outlet {
  let isNonBlocking = false
  return {
    open() {
      // A child that shared our terminal has made it blocking again (libuv does so for its standard streams).
      isNonBlocking = setBlocking(stream, false)
      return isNonBlocking
    },
    close() {
      isNonBlocking = false
      setBlocking(stream, true)
    },
    write(data, done) {
      stream.write(data, done)
    },
    writeNow(data) {
      if (!isNonBlocking && stream.writableLength > 0) return
      writeWithin(stream, Buffer.from(data))
    },
  }
}

/** `_handle` is Node's private libuv handle; without it (another runtime) writing works, but can block. */
function setBlocking(stream: object, blocking: boolean): boolean {
  const handle: unknown = Reflect.get(stream, '_handle')
  if (typeof handle !== 'object' || handle === null) return false
  const set: unknown = Reflect.get(handle, 'setBlocking')
  return typeof set === 'function' && Reflect.apply(set, handle, [blocking]) === 0
}

function writeWithin(stream: TerminalOutput, data: Buffer): void {
  const { fd } = stream
  const clock = new Int32Array(new SharedArrayBuffer(4))
  let rest = data
  for (let attempt = 0; attempt < ATTEMPTS && rest.length > 0; attempt += 1) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return
      Atomics.wait(clock, 0, 0, PAUSE_MS)
    }
  }
}
