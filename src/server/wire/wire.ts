/** The stream that the driver reads: the dialled socket, with every byte looked at on its way in. */
import { EventEmitter } from 'node:events'
import type { Target } from '../conninfo/target.ts'
import { ServerFault } from '../failure.ts'
import type { Dialled } from './dial.ts'
import { type ToUtf8, toUtf8For } from './encodings.ts'
import { FrameScan, Frames, FrameTooLong } from './frames.ts'
import { Login } from './login.ts'
import { earlyFault, foreignFault, lossFault } from './network-fault.ts'
import { placeOf } from './place.ts'
import { transcode } from './transcode.ts'

/** Login messages are small; a greater length is another protocol's text read as a number. */
const LONGEST_LOGIN_MESSAGE = 65_536
/** One row larger than this would cost hundreds of megabytes here; the driver dies at 512 MB. */
const LONGEST_MESSAGE = 64 * 1024 * 1024
/** What a server may say before it is ready: authentication, error, notice, parameters, key, version, ready. */
const LOGIN_MESSAGES = 'RENSKvZ'

/**
 * Stands between socket and driver. The driver's listeners run inside a `try` here, so that a parser that
 * throws ends this connection and not the process.
 */
export class Wire extends EventEmitter {
  readonly login: Login
  readonly #place: string
  readonly #socket: Dialled['socket']
  readonly #frames = new Frames()
  readonly #scan = new FrameScan()
  #toUtf8: ToUtf8 | null = null
  #ready = false

  constructor(target: Target, dialled: Dialled) {
    super()
    this.login = new Login(target, dialled)
    this.#place = placeOf(target)
    this.#socket = dialled.socket
    this.#socket.on('error', (error) => this.emit('error', this.#asFault(error)))
    this.#socket.on('close', () => this.emit('close'))
    this.#socket.on('end', () => this.emit('end'))
    // An error before the driver listens must not end the process: "close" follows and is heard.
    this.on('error', () => {})
  }

  /** The socket is connected already; the driver waits for the event all the same. */
  connect(): this {
    process.nextTick(() => {
      if (this.#socket.destroyed) this.emit('close')
      else this.emit('connect')
      this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk))
      // Asking for TLS has paused it.
      this.#socket.resume()
    })
    return this
  }

  get writable(): boolean {
    return this.#socket.writable
  }

  write(bytes: Buffer, done?: () => void): boolean {
    return this.#socket.write(bytes, done)
  }

  cork(): void {
    this.#socket.cork()
  }

  uncork(): void {
    this.#socket.uncork()
  }

  end(): void {
    this.#socket.end()
  }

  destroy(error?: Error): this {
    this.#socket.destroy(error)
    return this
  }

  ref(): void {
    this.#socket.ref()
  }

  unref(): void {
    this.#socket.unref()
  }

  /** Set when dialling. */
  setNoDelay(): void {}

  /** Set when dialling. */
  setKeepAlive(): void {}

  /** The server's certificate, which scram's channel binding signs. */
  getPeerCertificate(): unknown {
    return 'getPeerCertificate' in this.#socket ? this.#socket.getPeerCertificate() : {}
  }

  #receive(chunk: Buffer): void {
    try {
      if (!this.#ready) this.#receiveLogin(chunk)
      else if (this.#toUtf8 === null) this.#pass(chunk)
      else this.#passDecoded(chunk, this.#toUtf8)
    } catch (error) {
      this.destroy(this.#asFault(error))
    }
  }

  #receiveLogin(chunk: Buffer): void {
    for (const frame of this.#frames.push(chunk, LONGEST_LOGIN_MESSAGE)) {
      if (!this.#ready && !LOGIN_MESSAGES.includes(frame.type)) throw foreignFault(this.#place, frame.bytes)
      if (frame.type === 'Z') this.#becomeReady()
      if (this.login.see(frame)) this.emit('data', frame.bytes)
    }
    if (this.#ready && this.#toUtf8 === null) this.#pass(this.#frames.takeRest())
  }

  #becomeReady(): void {
    this.#ready = true
    this.#toUtf8 = toUtf8For(this.login.parameters.get('server_encoding') ?? 'UTF8')
  }

  /** UTF-8 needs no rewriting: only the headers are followed, for their lengths. */
  #pass(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#scan.push(chunk, LONGEST_MESSAGE)
    this.emit('data', chunk)
  }

  #passDecoded(chunk: Buffer, toUtf8: ToUtf8): void {
    for (const frame of this.#frames.push(chunk, LONGEST_MESSAGE)) this.emit('data', transcode(frame, toUtf8))
  }

  #asFault(error: unknown): ServerFault {
    if (error instanceof ServerFault) return error
    if (error instanceof FrameTooLong && !this.#ready)
      return (error.type === 'E' ? earlyFault : foreignFault)(this.#place, error.start)
    if (error instanceof FrameTooLong)
      return new ServerFault(
        { kind: 'lost', message: 'one row of the answer is larger than 64 MB: not read' },
        error,
      )
    return lossFault(this.#place, error instanceof Error ? error : null)
  }
}
