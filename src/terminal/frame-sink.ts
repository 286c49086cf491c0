/**
 * The terminal as Ink sees it. Ink runs with `debug: true`, whose contract is that each update is written as
 * one whole text (finished lines may go around it, see `carried-lines.ts`); the sink keeps the latest, compares it with what is on the screen and writes the difference.
 * While the terminal has not taken the last difference, frames are dropped instead of queued: a slow or stalled
 * terminal costs memory for one frame and never blocks keys, polls or signals.
 *
 * The sink alone switches modes of the terminal (alternate screen, cursor, pastes). Ink is rendered without
 * `alternateScreen`; what it writes of modes by itself is taken as a wish (pastes) or ignored.
 */
import { EventEmitter } from 'node:events'
import { CarriedLines, type Slot } from './carried-lines.ts'
import { blankRow, type Row, readRow } from './cells.ts'
import type { Outlet } from './outlet.ts'
import { updateScreen } from './scroll.ts'
import { RESTORE, SEQUENCE } from './sequences.ts'
import { wall } from './wall.ts'

export interface SinkOptions {
  readonly outlet: Outlet
  readonly columns: number
  readonly rows: number
  /** Without UTF-8 everything else than ASCII is shown as a question mark. */
  readonly unicode: boolean
}

/** What the sink has done so far. */
export interface SinkStats {
  /** Frames that Ink gave. */
  readonly frames: number
  /** Writes of a changed frame, and their bytes in UTF-8. */
  readonly writes: number
  readonly bytes: number
  /** Frames that were superseded before the terminal took them. */
  readonly dropped: number
  /** How long it took to compute the last difference. */
  readonly diffMs: number
}

type Done = (error?: Error | null) => void

const MODES_ONLY = /^(?:\x1b\[\?\d+[hl])+$/

/** The stream to give to Ink as `stdout`; emits `resize` for Ink and `gone` (with the error) for its owner. */
export class FrameSink extends EventEmitter {
  readonly isTTY = true
  readonly writable = true
  columns: number
  rows: number
  readonly #outlet: Outlet
  readonly #charset: 'unicode' | 'ascii'
  #state: 'away' | 'open' = 'away'
  #wantsPastes = false
  readonly #carried = new CarriedLines()
  #latest: readonly string[] | null = null
  #isUnseen = false
  #shown: Row[] = []
  #isStale = true
  /** Writes that the terminal has not taken yet. */
  #inFlight = 0
  #isScheduled = false
  #waiting: Done[] = []
  #stats = { frames: 0, writes: 0, bytes: 0, dropped: 0, diffMs: 0 }

  constructor(options: SinkOptions) {
    super()
    this.#outlet = options.outlet
    this.#charset = options.unicode ? 'unicode' : 'ascii'
    this.columns = options.columns
    this.rows = options.rows
    this.setMaxListeners(0)
  }

  get stats(): SinkStats {
    return { ...this.#stats }
  }

  /** Ink's way in: a whole frame, sequences of modes, or nothing with a callback (Ink's barrier at exit). */
  write(data: string, encoding?: BufferEncoding | Done, done?: Done): boolean {
    const callback = typeof encoding === 'function' ? encoding : done
    if (MODES_ONLY.test(data)) this.#noteModes(data)
    else if (data !== '') this.#take(data)
    if (callback) this.whenDrained(callback)
    return true
  }

  /** Where a part of the frame leaves finished lines that need not go through Ink. */
  openSlot(): Slot {
    return this.#carried.openSlot()
  }

  /** Takes the terminal, or takes it back: alternate screen, no cursor, the latest frame drawn afresh. */
  enter(): void {
    this.#state = 'open'
    this.#outlet.open()
    this.#send(SEQUENCE.enterScreen + SEQUENCE.hideCursor + (this.#wantsPastes ? SEQUENCE.bracketPastes : ''))
    this.redraw()
  }

  /**
   * Gives the terminal back as it was, after what is in flight, or after `waitMs` when the terminal takes
   * nothing. Frames that come meanwhile are kept for `enter`.
   */
  async leave(waitMs = 2000): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'away'
    await within(waitMs, (done) => this.whenDrained(done))
    await within(waitMs, (done) => this.#outlet.write(RESTORE, done))
  }

  /** The same without waiting, for the last words of a program that exits. */
  leaveNow(): void {
    if (this.#state !== 'open') return
    this.#state = 'away'
    this.#outlet.writeNow(RESTORE)
  }

  /** Draws the latest frame from nothing, for a screen that something else has written on. */
  redraw(): void {
    this.#isStale = true
    this.#schedule()
  }

  /** The terminal has a new size: Ink is told, and what it draws then is drawn from nothing. */
  resize(columns: number, rows: number): void {
    this.columns = columns
    this.rows = rows
    this.redraw()
    this.emit('resize')
  }

  /** Sends a sequence that is no frame and not for the wall, after what is in flight (see `clipboard.ts`). */
  sendSpecial(sequence: string): void {
    this.whenDrained(() => {
      if (this.#state === 'open') this.#send(sequence)
    })
  }

  /** Calls back when the terminal has taken everything, or when nothing will be written any more. */
  whenDrained(done: Done): void {
    if (this.#inFlight > 0 || (this.#isScheduled && this.#state === 'open')) this.#waiting.push(done)
    else queueMicrotask(done)
  }

  #noteModes(data: string): void {
    if (data.includes(SEQUENCE.bracketPastes)) this.#wantsPastes = true
    else if (data.includes(SEQUENCE.plainPastes)) this.#wantsPastes = false
    else return
    if (this.#state === 'open') this.#send(wall(data))
  }

  #take(frame: string): void {
    this.#stats.frames += 1
    if (this.#isUnseen) this.#stats.dropped += 1
    this.#isUnseen = true
    this.#latest = this.#carried.unpack(frame)
    this.#schedule()
  }

  /** At the end of this turn of the event loop, so that several frames of one turn are one. */
  #schedule(): void {
    if (this.#isScheduled || this.#state !== 'open') return
    this.#isScheduled = true
    if (this.#inFlight === 0) setImmediate(() => this.#flush())
  }

  #flush(): void {
    if (this.#inFlight > 0) return
    this.#isScheduled = false
    const update = this.#state === 'open' && this.#latest !== null ? this.#update(this.#latest) : ''
    if (update !== '') {
      this.#stats.writes += 1
      this.#send(SEQUENCE.beginFrame + update + SEQUENCE.endFrame)
    } else this.#release()
  }

  #update(lines: readonly string[]): string {
    const started = performance.now()
    const erase = this.#isStale ? SEQUENCE.resetStyle + SEQUENCE.eraseScreen : ''
    const shown = this.#isStale
      ? Array.from({ length: this.rows }, () => blankRow(this.columns))
      : this.#shown
    this.#shown = shown.map((row, index) => {
      const line = lines[index] ?? ''
      return row.line === line ? row : readRow(line, this.columns, this.#charset)
    })
    this.#isStale = false
    this.#isUnseen = false
    const update = wall(erase + updateScreen(shown, this.#shown, this.columns))
    this.#stats.diffMs = performance.now() - started
    return update
  }

  #send(data: string): void {
    this.#inFlight += 1
    this.#stats.bytes += Buffer.byteLength(data)
    this.#outlet.write(data, (error) => {
      this.#inFlight -= 1
      if (error) this.emit('gone', error)
      if (this.#isScheduled) this.#flush()
      else this.#release()
    })
  }

  #release(): void {
    if (this.#inFlight > 0) return
    for (const done of this.#waiting.splice(0)) done()
  }
}

/** Waits for a callback, but not for ever: a stalled terminal takes nothing. */
function within(waitMs: number, start: (done: Done) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, waitMs)
    start(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
