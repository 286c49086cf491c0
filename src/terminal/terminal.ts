/**
 * The terminal as a whole: taken at the start, lent to other programs, given back at the end, whatever that
 * end is. A terminal left in raw mode or in the alternate screen is a second incident.
 */
import { writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { toSafeText } from '#src/text/safe.ts'
import { type Capabilities, readCapabilities } from './capabilities.ts'
import { type Copied, copySequence } from './clipboard.ts'
import { type Ending, GONE, watchEndings } from './endings.ts'
import { FrameSink, type SinkStats } from './frame-sink.ts'
import { watchJob } from './job.ts'
import { createKeyboard } from './keyboard.ts'
import { createOutlet, type TerminalOutput } from './outlet.ts'
import { keepConsoleQuiet } from './quiet.ts'

export interface TerminalOptions {
  readonly stdin?: NodeJS.ReadStream
  readonly stdout?: TerminalOutput
  readonly env?: NodeJS.ProcessEnv
  /** Orderly last work (closing sessions) when a signal or a fault ends the program; it gets half a second. */
  readonly onExit?: (code: number) => Promise<unknown>
}

/** The options that Ink has to be rendered with. */
export interface InkOptions {
  readonly stdout: NodeJS.WriteStream
  readonly stdin: NodeJS.ReadStream
  readonly debug: true
  readonly interactive: true
  readonly alternateScreen: false
  readonly exitOnCtrlC: false
  readonly patchConsole: false
}

/** The terminal in the hands of another program. */
export interface Loan {
  /** Aborts when we must exit, and the other program with us. */
  readonly signal: AbortSignal
  /** Tells who has the terminal, so that we stop (Ctrl-Z) when it does; some pagers refuse to. */
  usedBy(pid: number): void
}

export interface Terminal {
  readonly capabilities: Capabilities
  /** Spread into Ink's `render(tree, terminal.ink)`. Ctrl-C arrives as a key: the key map has to quit on it. */
  readonly ink: InkOptions
  size(): { readonly columns: number; readonly rows: number }
  onResize(listener: () => void): () => void
  /** Draws everything from nothing (Ctrl-L). */
  redraw(): void
  /** Calls back when the terminal has taken everything drawn so far; a stalled one never does. */
  whenShown(done: () => void): void
  /** Lends the terminal to another program; frames meanwhile are kept. */
  suspend<T>(run: (loan: Loan) => Promise<T>): Promise<T>
  /** Stops the whole job as a shell expects it (Ctrl-Z), and draws afresh when it goes on. */
  stop(): Promise<void>
  /** Puts a text on the clipboard of the person's own machine (OSC 52). */
  copy(text: string): Copied
  readonly stats: SinkStats
  /** Gives the terminal back; call it when the program ends by itself. */
  restore(): Promise<void>
}

const LAST_WORK_MS = 500

/** Takes the terminal. Standard input and output must both be one (see `readCapabilities`). */
export function openTerminal(options: TerminalOptions = {}): Terminal {
  const { stdin = process.stdin, stdout = process.stdout, env = process.env } = options
  const capabilities = readCapabilities(env, { stdin, stdout })
  if (!capabilities.isTerminal) throw new Error('Standard input and output must be a terminal')
  const outlet = createOutlet(stdout)
  const sink = new FrameSink({ outlet, ...capabilities })
  const onGone = () => void die(GONE)
  const keyboard = createKeyboard(stdin, onGone)
  const job = watchJob(onStop, onContinue)
  const unwatch = watchEndings(() => mode === 'lent', die)
  const ending = new AbortController()
  let mode: 'open' | 'lent' | 'stopped' | 'ended' = 'open'
  let unquiet = keepConsoleQuiet()
  let borrower: number | null = null
  const printed: string[] = []

  stdout.on('resize', followSize).on('error', onGone)
  sink.on('gone', onGone)
  process.on('exit', leaveNow)
  keyboard.start()
  sink.enter()

  return {
    capabilities,
    ink: {
      stdout: sink as unknown as NodeJS.WriteStream,
      stdin: keyboard.stream as unknown as NodeJS.ReadStream,
      debug: true,
      interactive: true,
      alternateScreen: false,
      exitOnCtrlC: false,
      patchConsole: false,
    },
    size: () => ({ columns: sink.columns, rows: sink.rows }),
    onResize(listener) {
      sink.on('resize', listener)
      return () => void sink.off('resize', listener)
    },
    redraw: () => sink.redraw(),
    whenShown: (done) => sink.whenDrained(done),
    async suspend(run) {
      if (mode !== 'open') throw new Error('The terminal is lent already')
      await leave('lent')
      try {
        return await run({ signal: ending.signal, usedBy: (pid) => (borrower = pid) })
      } finally {
        borrower = null
        enter()
      }
    },
    stop: () => stopJob(0),
    copy(text) {
      const copied = copySequence(text, capabilities.multiplexer)
      if (copied.ok) sink.sendSpecial(copied.sequence)
      return copied
    },
    get stats() {
      return sink.stats
    },
    async restore() {
      if (mode === 'ended') return
      await leave('ended')
      unwatch()
      job.release()
      stdout.off('resize', followSize).off('error', onGone)
      process.off('exit', leaveNow)
      outlet.close()
      say(printed)
    },
  }

  function enter() {
    if (mode === 'ended') return
    mode = 'open'
    unquiet = keepConsoleQuiet()
    takeBack()
  }

  function takeBack() {
    keyboard.start()
    sink.enter()
    followSize()
  }

  async function leave(as: 'lent' | 'stopped' | 'ended') {
    mode = as
    await sink.leave()
    keyboard.stop()
    printed.push(...unquiet())
  }

  function leaveNow() {
    sink.leaveNow()
  }

  function followSize() {
    const columns = stdout.columns || 80
    const rows = stdout.rows || 24
    if (columns !== sink.columns || rows !== sink.rows) sink.resize(columns, rows)
  }

  async function stopJob(target: number) {
    if (mode !== 'open') return
    await leave('stopped')
    await job.stop(target)
    enter()
  }

  function onStop() {
    if (mode === 'open') void stopJob(process.pid)
    else if (mode === 'lent' && borrower !== null) void job.stopWith(borrower)
  }

  /** After SIGSTOP, which nobody can prepare for, the shell has changed the modes behind our back. */
  function onContinue() {
    if (mode === 'open') takeBack()
  }

  async function die({ code, words }: Ending) {
    if (ending.signal.aborted) return
    ending.abort()
    mode = 'ended'
    leaveNow()
    printed.push(...unquiet())
    if (words !== undefined) say([...printed, words])
    await Promise.race([options.onExit?.(code).catch(() => {}), delay(LAST_WORK_MS)])
    process.exit(code)
  }

  function say(lines: readonly string[]) {
    if (lines.length === 0) return
    const text = lines.map((line) => `${toSafeText(line)}\n`).join('')
    // Standard error on the same stalled terminal would block; standard output does not any more.
    if (process.stderr.isTTY) return outlet.writeNow(text)
    try {
      writeSync(2, text)
    } catch {
      // There is nobody left to tell.
    }
  }
}
