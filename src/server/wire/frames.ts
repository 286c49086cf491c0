/** Cuts the bytes of a server into messages (manual: Message Formats): one type byte, four of length, a body. */

/** A whole message; `body` is a view of the received bytes, without type and length. */
export interface Frame {
  readonly type: string
  readonly body: Buffer
  /** Type, length and body, as they were received. */
  readonly bytes: Buffer
}

/** A length that no server sends: the other side speaks another protocol, or the answer is too large to hold. */
export class FrameTooLong extends Error {
  readonly type: string
  readonly start: Buffer

  constructor(type: string, start: Buffer) {
    super(`a message of type ${JSON.stringify(type)} is longer than allowed`)
    this.type = type
    this.start = start
  }
}

/** Collects chunks and gives whole messages. */
export class Frames {
  #rest: Buffer = Buffer.alloc(0)

  /** Takes out the bytes that wait for the end of their message. */
  takeRest(): Buffer {
    const rest = this.#rest
    this.#rest = Buffer.alloc(0)
    return rest
  }

  /** The messages that this chunk completes. `longest` bounds one message in bytes. */
  *push(chunk: Buffer, longest: number): Generator<Frame> {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (bytes.length - at >= 5) {
      const type = String.fromCharCode(bytes[at] ?? 0)
      const length = bytes.readUInt32BE(at + 1)
      if (length < 4 || length > longest) throw new FrameTooLong(type, bytes.subarray(at))
      const end = at + 1 + length
      if (end > bytes.length) break
      this.#rest = bytes.subarray(end)
      yield { type, body: bytes.subarray(at + 5, end), bytes: bytes.subarray(at, end) }
      at = end
    }
    this.#rest = bytes.subarray(at)
  }
}

/** Follows the message headers through chunks without keeping any body. */
export class FrameScan {
  #header = Buffer.alloc(5)
  #headerLength = 0
  /** Bytes of the current body that are still to come. */
  #bodyLeft = 0

  /** Throws when a message is longer than `longest` bytes. */
  push(chunk: Buffer, longest: number): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#bodyLeft > 0) {
        const skipped = Math.min(this.#bodyLeft, chunk.length - at)
        this.#bodyLeft -= skipped
        at += skipped
        continue
      }
      const taken = Math.min(5 - this.#headerLength, chunk.length - at)
      chunk.copy(this.#header, this.#headerLength, at, at + taken)
      this.#headerLength += taken
      at += taken
      if (this.#headerLength < 5) return
      const length = this.#header.readUInt32BE(1)
      if (length < 4 || length > longest)
        throw new FrameTooLong(String.fromCharCode(this.#header[0] ?? 0), this.#header)
      this.#headerLength = 0
      this.#bodyLeft = length - 4
    }
  }
}

/** The zero-ended strings at the start of a body. */
export function cstrings(body: Buffer): readonly string[] {
  return body.toString('utf8').split('\0').slice(0, -1)
}
