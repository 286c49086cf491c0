import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createReplyFilter } from '#src/terminal/replies.ts'

const replies = {
  'cursor position': '\x1b[12;40R',
  'device attributes': '\x1b[?62;4;22c',
  'secondary attributes': '\x1b[>41;354;0c',
  'terminal ok': '\x1b[0n',
  'window size': '\x1b[8;24;80t',
  'mode report': '\x1b[?2026;2$y',
  'kitty flags': '\x1b[?1u',
  'focus in': '\x1b[I',
  'focus out': '\x1b[O',
  'mouse, SGR': '\x1b[<0;10;10M',
  'mouse, X10': '\x1b[M KC',
  'background colour, BEL': '\x1b]11;rgb:CCCC/CCCC/0000\x07',
  'background colour, ST': '\x1b]11;rgb:CCCC/CCCC/0000\x1b\\',
  clipboard: '\x1b]52;c;S0tL\x07',
  termcap: '\x1bP1+r544e=4B43\x1b\\',
  version: '\x1bP>|tmux 3.5KC\x1b\\',
  'kitty image': '\x1b_Gi=31;OK\x1b\\',
  'a function key that has no name here': '\x1b[25~',
}

const keys = {
  'a letter': 'K',
  'a burst': 'jjj\r',
  umlauts: 'äöü'
    .split('')
    .map((each) => Buffer.from(each).toString('latin1'))
    .join(''),
  Escape: '\x1b',
  'Escape twice': '\x1b\x1b',
  'Escape and a key': '\x1bP',
  'Escape and a bracket': '\x1b]',
  'alt and a letter': '\x1bj',
  up: '\x1b[A',
  'up, application mode': '\x1bOA',
  'up, Linux console F1': '\x1b[[A',
  'ctrl-right': '\x1b[1;5C',
  'shift-tab': '\x1b[Z',
  home: '\x1b[H',
  end: '\x1b[4~',
  delete: '\x1b[3~',
  'page down': '\x1b[6~',
  'shift-page down of rxvt': '\x1b[6$',
  'ctrl-c after Escape': '\x1b\x03',
}

describe('the filter of what the terminal says by itself', () => {
  it.each(Object.entries(replies))('takes out: %s', (_, reply) => {
    expect(createReplyFilter()(`j${reply}k`)).toBe('jk')
  })

  it.each(Object.entries(keys))('lets through: %s', (_, typed) => {
    expect(createReplyFilter()(typed)).toBe(typed)
  })

  it.each(Object.entries(replies))(
    'takes out what arrives in pieces, except for an Escape: %s',
    (name, reply) => {
      for (let cut = 1; cut < reply.length; cut += 1) {
        // Strings are told from Escape and a key by their beginning, which has to be in one piece.
        if (cut < 5 && /^\x1b[\]P_]/.test(reply)) continue
        const filter = createReplyFilter()
        const passed = filter(reply.slice(0, cut)) + filter(reply.slice(cut)) + filter('k')
        expect(passed.replace('\x1b', ''), `${name} cut at ${cut}`).toBe('k')
      }
    },
  )

  it('leaves keys whole however they are cut', () => {
    const typed = fc.array(
      fc.constantFrom(...Object.values(keys).filter((key) => !/^\x1b[P\]]?$/.test(key))),
      {
        minLength: 1,
      },
    )
    fc.assert(
      fc.property(typed, fc.array(fc.nat(6)), (pressed, cuts) => {
        const filter = createReplyFilter()
        const all = pressed.join('')
        let at = 0
        let passed = ''
        for (const cut of [...cuts, all.length]) {
          passed += filter(all.slice(at, at + cut))
          at += cut
        }
        expect(passed + filter('')).toBe(all)
      }),
    )
  })

  it('does not touch a paste, whatever it holds', () => {
    const paste = `\x1b[200~SELECT '\x1b[12;40R \x1b]52;c;S0tL' -- \x1b[I\r\x1b[201~`
    const filter = createReplyFilter()
    expect(filter(paste)).toBe(paste)
    expect(filter('\x1b[I')).toBe('')
  })

  it('passes a paste on whole, however it is cut, and hears the keys behind it', () => {
    const paste = '\x1b[200~a\x1b[20\rb\x1b[201~'
    for (let first = 1; first < paste.length; first += 1) {
      for (let second = first; second < paste.length; second += 1) {
        const filter = createReplyFilter()
        const passed = [paste.slice(0, first), paste.slice(first, second), `${paste.slice(second)}j`].map(
          filter,
        )
        expect(passed.join('')).toBe(`${paste}j`)
        expect(passed.at(-1)).toMatch(first < 6 ? /j$/ : /^a\x1b\[20\rb\x1b\[201~j$/)
        expect(filter('k\x1b[I')).toBe('k')
      }
    }
  })

  it('hears keys again after a string that never ends', () => {
    const filter = createReplyFilter()
    expect(filter('\x1b]11;rgb:')).toBe('')
    expect(filter('\x03')).toBe('\x03')
    expect(filter('q')).toBe('q')
  })
})
