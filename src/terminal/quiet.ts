/** Keeps the console and Node's warnings off the screen while frames are on it. */
import { inspect } from 'node:util'

const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const
const KEPT_LINES = 20

/**
 * Collects what would have been printed over the screen by a library or by Node itself. The returned function
 * puts everything back and gives the last lines, raw.
 */
export function keepConsoleQuiet(): () => readonly string[] {
  const lines: string[] = []
  const keep = (...parts: unknown[]) => {
    lines.push(parts.map((part) => (typeof part === 'string' ? part : inspect(part))).join(' '))
    if (lines.length > KEPT_LINES) lines.shift()
  }
  const originals = METHODS.map((method) => [method, console[method]] as const)
  const listeners = process.listeners('warning')
  for (const method of METHODS) console[method] = keep
  process.removeAllListeners('warning')
  process.on('warning', keep)
  return () => {
    for (const [method, original] of originals) console[method] = original
    process.removeListener('warning', keep)
    for (const listener of listeners) process.on('warning', listener)
    return lines
  }
}
