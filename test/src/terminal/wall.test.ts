import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RESTORE, SEQUENCE } from '#src/terminal/sequences.ts'
import { findForbidden, wall } from '#src/terminal/wall.ts'

const OWN = [
  ...Object.values(SEQUENCE),
  RESTORE,
  '\x1b[;7H\x1b[12;3H\x1b[3C\x1b[D\x1b[9G\x1b[14X\x1b[2L\x1b[M\r\n',
  '\x1b[0;1;38;5;33;48;2;1;2;3m\x1b[22;27;39;49m\x1b[91m\x1b[107m\x1b[9;29m',
]

describe('the wall', () => {
  test.each(OWN)('lets our own %j through', (sequence) => {
    expect(wall(sequence)).toBe(sequence)
    expect(findForbidden(`a${sequence}b`)).toEqual([])
  })

  test.each([
    '\x1b]52;c;cHdu\x07',
    '\x1b]0;title\x07',
    '\x1b]8;;http://x\x1b\\',
    '\x1bP$q\x1b\\',
    '\x1bc',
    '\x1b[6n',
    '\x1b[c',
    '\x1b[?1006h',
    '\x1b[?25;1006h',
    '\x1b[>4;1m',
    '\x1b[8m',
    '\x1b[5m',
    '\x1b[2;8;1m',
    '\x1b[38;5m',
    '\x1b[1;31',
    '\x1b[2S',
    '\x1b[3;9r',
    '\x1b[2b',
    '\x1b[99999C',
    '\u009b2J',
    '\u202e',
    '\u200b',
    '\x07',
    '\b',
    '\t',
    '\x7f',
    '\x0e',
    '\u2028',
    '\ud800',
  ])('stops %j', (sequence) => {
    expect(findForbidden(`a${sequence}b`)).not.toEqual([])
    expect(findForbidden(wall(`a${sequence}b`))).toEqual([])
  })

  test('lets nothing out that the checker would find, whatever goes in', () => {
    const piece = fc.oneof(
      fc.constantFrom(...OWN, '\x1b', '[', ']', '?', '25', 'h', 'm', ';', '\x9b', '\u202e', '漢', 'x'),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const output = wall(pieces.join(''))
        expect(findForbidden(output)).toEqual([])
        expect(wall(output)).toBe(output)
      }),
      { numRuns: 2000 },
    )
  })

  test('finds bytes that are no UTF-8, which a terminal may read as controls', () => {
    expect(findForbidden(Buffer.from([0x61, 0x9b, 0x32, 0x4a]))).toMatchObject([{ what: '"invalid UTF-8"' }])
    expect(findForbidden(Buffer.from('é漢\x1b[m'))).toEqual([])
  })
})
