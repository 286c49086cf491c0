import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toUtf8For } from '#src/server/wire/encodings.ts'
import { FrameScan, Frames, FrameTooLong } from '#src/server/wire/frames.ts'
import { transcode } from '#src/server/wire/transcode.ts'

function frame(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(type, 'latin1')
  head.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const anyFrame = fc
  .tuple(fc.constantFrom(...'RSKZDTCEN'), fc.uint8Array({ maxLength: 40 }))
  .map(([type, body]) => frame(type, Buffer.from(body)))

/** Cuts bytes into chunks at any places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end))
}

describe('messages', () => {
  it('come out whole, however the bytes were cut', () => {
    fc.assert(
      fc.property(fc.array(anyFrame), fc.array(fc.nat()), (frames, places) => {
        const reader = new Frames()
        const out = cut(Buffer.concat(frames), places).flatMap((chunk) =>
          [...reader.push(chunk, 1000)].map(({ bytes }) => Buffer.from(bytes)),
        )
        expect(out).toEqual(frames)
        expect(reader.takeRest()).toHaveLength(0)
      }),
    )
  })

  it('are followed by their headers, and one that is too long is found', () => {
    fc.assert(
      fc.property(fc.array(anyFrame), fc.array(fc.nat()), (frames, places) => {
        const scan = new FrameScan()
        for (const chunk of cut(Buffer.concat(frames), places)) scan.push(chunk, 1000)
        expect(() => scan.push(frame('D', Buffer.alloc(1200)), 1000)).toThrow(FrameTooLong)
      }),
    )
  })

  it('of another protocol are no messages', () => {
    for (const text of ['HTTP/1.1 400 Bad Request', 'SSH-2.0-OpenSSH_9', 'EFATAL:  sorry\n'])
      expect(() => [...new Frames().push(Buffer.from(text), 65_536)]).toThrow(FrameTooLong)
  })
})

describe('texts of servers that do not store UTF-8', () => {
  const latin1 = toUtf8For('LATIN1')
  const anything = toUtf8For('SQL_ASCII')

  it('need nothing when the server stores UTF-8', () => {
    expect(toUtf8For('UTF8')).toBeNull()
  })

  it('become UTF-8 in rows, errors and column names', () => {
    if (latin1 === null) throw new Error('no decoder')
    const row = Buffer.concat([
      Buffer.from([0, 2, 0, 0, 0, 2]),
      Buffer.from('\xe9a', 'latin1'),
      Buffer.alloc(4, 0xff),
    ])
    const [read] = new Frames().push(frame('D', row), 1000)
    if (read === undefined) throw new Error('no frame')
    expect(transcode(read, latin1)).toEqual(
      frame('D', Buffer.concat([Buffer.from([0, 2, 0, 0, 0, 3]), Buffer.from('éa'), Buffer.alloc(4, 0xff)])),
    )
    const [error] = new Frames().push(frame('E', Buffer.from('SFEHLER\0Mfalsch \xe9\0\0', 'latin1')), 1000)
    if (error === undefined) throw new Error('no frame')
    expect(transcode(error, latin1)).toEqual(frame('E', Buffer.from('SFEHLER\0Mfalsch é\0\0')))
    const facts = Buffer.alloc(18, 7)
    const [names] = new Frames().push(
      frame('T', Buffer.concat([Buffer.from([0, 1]), Buffer.from('\xe9\0', 'latin1'), facts])),
      1000,
    )
    if (names === undefined) throw new Error('no frame')
    expect(transcode(names, latin1)).toEqual(
      frame('T', Buffer.concat([Buffer.from([0, 1]), Buffer.from('é\0'), facts])),
    )
  })

  it('keep what is UTF-8 already, and lose no byte of what is neither', () => {
    expect(anything?.(Buffer.from('é→'))?.toString()).toBe('é→')
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        const text = anything?.(Buffer.from(bytes))
        expect(text?.length).toBeGreaterThanOrEqual(bytes.length)
        expect(text?.toString()).not.toContain('\ufffd'.repeat(bytes.length + 1))
        expect(Buffer.from(text?.toString() ?? '', 'utf8')).toEqual(text)
      }),
    )
  })

  it('are read in the Japanese encoding of the server', () => {
    expect(toUtf8For('EUC_JP')?.(Buffer.from([0xc6, 0xfc, 0xcb, 0xdc])).toString()).toBe('日本')
  })
})
