/** A program in a real pseudo-terminal with an emulator behind it: what it showed, and when. */
import { setTimeout as delay } from 'node:timers/promises'
import { type IPty, spawn } from '@lydell/node-pty'
import xterm, { type Terminal } from '@xterm/headless'
import { type Cell, type Grid, readCell, readGrid, readLines } from './grid.ts'
import { leastUpdate } from './least-update.ts'

export const ROWS = 50
export const COLUMNS = 160

/** Output after which nothing came for this long is one frame. */
const FRAME_GAP_MS = 100

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** What a program wrote in a stretch of time. */
export interface Output {
  readonly bytes: number
  readonly frames: number
  /** Of the shortest updates of the changed cells, frame by frame. */
  readonly leastBytes: number
}

export class Recorder {
  /** `performance.now()` just before the program was started. */
  readonly startedMs: number
  readonly terminal: Terminal
  readonly ended: Promise<void>
  readonly #pty: IPty
  readonly #replay: Terminal
  readonly #bytesPerSecond: number
  readonly #lookers = new Set<(atMs: number) => void>()
  #hasEnded = false
  #linkFreeMs = 0
  #link = Promise.resolve()
  #lastChunkMs = 0
  #frame: NodeJS.Timeout | null = null
  #settling = Promise.resolve()
  #fault: string | null = null
  #measured: { bytes: number; frames: number; leastBytes: number } | null = null
  #before: Grid = []

  /** With `bytesPerSecond` the far end of a slow link is recorded: output queues up and arrives at that rate. */
  constructor(command: Command, bytesPerSecond = Number.POSITIVE_INFINITY) {
    const options = { rows: ROWS, cols: COLUMNS, allowProposedApi: true, scrollback: 0 }
    this.terminal = new xterm.Terminal(options)
    this.#replay = new xterm.Terminal(options)
    this.#bytesPerSecond = bytesPerSecond
    this.startedMs = performance.now()
    this.#pty = spawn(command.file, [...command.args], {
      rows: ROWS,
      cols: COLUMNS,
      env: command.env,
      encoding: null,
    })
    // With `encoding: null` buffers arrive, whatever the type says.
    this.#pty.onData((data: unknown) => this.#receive(data as Buffer))
    // What a program asks of its terminal is answered, as a terminal does.
    this.terminal.onData((answer) => this.type(answer))
    this.ended = new Promise((resolve) => {
      this.#pty.onExit(() => {
        this.#hasEnded = true
        resolve()
        this.#look(performance.now())
      })
    })
  }

  get pid(): number {
    return this.#pty.pid
  }

  get lines(): string[] {
    return readLines(this.terminal)
  }

  cell(row: number, column: number): Cell {
    return readCell(this.terminal, row, column)
  }

  type(keys: string): void {
    if (!this.#hasEnded) this.#pty.write(keys)
  }

  /** Waits until `look` finds something on the screen; gives when the output that shows it arrived. */
  async when(look: () => boolean, limitMs: number, what: string): Promise<number> {
    if (look()) return Math.max(this.#lastChunkMs, this.startedMs)
    return await new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer)
        this.#lookers.delete(looker)
      }
      const looker = (atMs: number) => {
        if (look()) {
          stop()
          resolve(atMs)
        } else if (this.#hasEnded) {
          stop()
          reject(new Error(`ended before ${what}; screen:\n${this.#shown()}`))
        }
      }
      const timer = setTimeout(() => {
        stop()
        reject(new Error(`no ${what} within ${limitMs} ms; screen:\n${this.#shown()}`))
      }, limitMs)
      this.#lookers.add(looker)
    })
  }

  /** Measures the output from now until the given function is called. */
  async measure(): Promise<() => Promise<Output>> {
    await this.#quiet()
    this.#before = readGrid(this.terminal)
    await write(
      this.#replay,
      `\x1b[m\x1b[H\x1b[2J${leastUpdate(readGrid(this.#replay).map(blank), this.#before)}`,
    )
    this.#measured = { bytes: 0, frames: 0, leastBytes: 0 }
    const measured = this.#measured
    return async () => {
      await this.#quiet()
      this.#measured = null
      if (this.#fault !== null) throw new Error(`the least update is wrong: ${this.#fault}`)
      return measured
    }
  }

  /** Ends the program: by a key, then by force. */
  async quit(key: string): Promise<void> {
    this.type(key)
    const timer = setTimeout(() => this.#kill(), 3000)
    await this.ended
    clearTimeout(timer)
    this.terminal.dispose()
    this.#replay.dispose()
  }

  #kill(): void {
    try {
      this.#pty.kill('SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }

  #receive(data: Buffer): void {
    const now = performance.now()
    if (this.#bytesPerSecond === Number.POSITIVE_INFINITY) {
      this.#arrive(data, now)
      return
    }
    this.#linkFreeMs = Math.max(now, this.#linkFreeMs) + (data.length * 1000) / this.#bytesPerSecond
    const arrivesMs = this.#linkFreeMs
    this.#link = this.#link.then(async () => {
      await delay(Math.max(0, arrivesMs - performance.now()))
      this.#arrive(data, performance.now())
    })
  }

  #arrive(data: Buffer, atMs: number): void {
    this.#lastChunkMs = atMs
    if (this.#measured !== null) this.#measured.bytes += data.length
    if (this.#frame !== null) clearTimeout(this.#frame)
    this.#frame = setTimeout(() => this.#endFrame(), FRAME_GAP_MS)
    this.terminal.write(data, () => this.#look(atMs))
  }

  #look(atMs: number): void {
    for (const looker of [...this.#lookers]) looker(atMs)
  }

  #endFrame(): void {
    this.#frame = null
    const measured = this.#measured
    if (measured === null) return
    const after = readGrid(this.terminal)
    const update = leastUpdate(this.#before, after)
    this.#before = after
    measured.frames += 1
    measured.leastBytes += Buffer.byteLength(update)
    this.#settling = this.#settling.then(async () => {
      await write(this.#replay, update)
      this.#fault ??= difference(readGrid(this.#replay), after)
    })
  }

  /** Waits for a pause between two frames. */
  async #quiet(): Promise<void> {
    while (this.#frame !== null) await delay(10)
    await this.#settling
  }

  #shown(): string {
    return this.lines.filter((line) => line !== '').join('\n')
  }
}

function write(terminal: Terminal, data: string): Promise<void> {
  return new Promise((resolve) => terminal.write(data, resolve))
}

function blank(cells: Grid[number]): Grid[number] {
  return cells.map(() => ({ text: ' ', look: '' }))
}

function difference(shown: Grid, wanted: Grid): string | null {
  for (const [row, cells] of wanted.entries()) {
    for (const [column, cell] of cells.entries()) {
      const is = shown[row]?.[column]
      if (is?.text !== cell.text || is.look !== cell.look) {
        return `row ${row} column ${column} is ${JSON.stringify(is)}, not ${JSON.stringify(cell)}`
      }
    }
  }
  return null
}
