/** Rewrites the texts inside messages to UTF-8, before a parser that knows nothing else reads them. */
import type { ToUtf8 } from './encodings.ts'
import type { Frame } from './frames.ts'

/** The message with every text in UTF-8; messages without text are given back as they are. */
export function transcode(frame: Frame, toUtf8: ToUtf8): Buffer {
  switch (frame.type) {
    case 'D':
      return message('D', dataRow(frame.body, toUtf8))
    case 'E':
    case 'N':
      return message(frame.type, zeroEnded(frame.body, toUtf8))
    case 'T':
      return message('T', rowDescription(frame.body, toUtf8))
    default:
      return frame.bytes
  }
}

function message(type: string, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(5)
  head.write(type, 'latin1')
  head.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

/** Int16 number of columns, then for each its length in Int32 (-1 is NULL) and its bytes. */
function dataRow(body: Buffer, toUtf8: ToUtf8): readonly Buffer[] {
  const parts = [body.subarray(0, 2)]
  let at = 2
  while (at + 4 <= body.length) {
    const length = body.readInt32BE(at)
    at += 4
    const text = length < 0 ? Buffer.alloc(0) : toUtf8(body.subarray(at, at + length))
    parts.push(int32(length < 0 ? -1 : text.length), text)
    at += Math.max(0, length)
  }
  return parts
}

/** Error and notice fields: a type byte and a zero-ended text each; ASCII letters pass through unchanged. */
function zeroEnded(body: Buffer, toUtf8: ToUtf8): readonly Buffer[] {
  const parts: Buffer[] = []
  let at = 0
  while (at < body.length) {
    const end = endOfText(body, at)
    parts.push(toUtf8(body.subarray(at, end)), body.subarray(end, end + 1))
    at = end + 1
  }
  return parts
}

/** Int16 number of columns, then for each its zero-ended name and 18 bytes of facts. */
function rowDescription(body: Buffer, toUtf8: ToUtf8): readonly Buffer[] {
  const parts = [body.subarray(0, 2)]
  let at = 2
  while (at < body.length) {
    const end = endOfText(body, at)
    parts.push(toUtf8(body.subarray(at, end)), body.subarray(end, end + 19))
    at = end + 19
  }
  return parts
}

function endOfText(body: Buffer, from: number): number {
  const end = body.indexOf(0, from)
  return end === -1 ? body.length : end
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
