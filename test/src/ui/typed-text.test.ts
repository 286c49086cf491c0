import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TypedText } from '#src/ui/typed-text.ts'

/** The text with its cursor as a bar. */
function shown(typed: TypedText): string {
  const { line, offset } = typed.cursor
  return typed.lines
    .map((each, index) => (index === line ? `${each.slice(0, offset)}|${each.slice(offset)}` : each))
    .join('\n')
}

/** A text with the cursor where the bar is. */
function at(text: string): TypedText {
  const [before = '', after = ''] = text.split('|')
  const typed = new TypedText(before)
  const place = typed.cursor
  typed.insert(after)
  typed.moveTo(place)
  return typed
}

type Step = (typed: TypedText) => void

describe('a typed text', () => {
  test.each<[string, string, Step, string]>([
    ['types at the cursor', 'a|c', (typed) => typed.insert('b'), 'ab|c'],
    ['breaks a line', 'a|c', (typed) => typed.insert('\n'), 'a\n|c'],
    [
      'takes line breaks as terminals send them',
      'a|c',
      (typed) => typed.insert('1\r\r\n2\n3'),
      'a1\n\n2\n3|c',
    ],
    ['keeps tabs and whatever else there is', '|', (typed) => typed.insert('\ta\x1b\0'), '\ta\x1b\0|'],
    ['deletes a character', 'ab|c', (typed) => typed.deleteBefore(), 'a|c'],
    ['deletes a pair of surrogates', 'a🐘|c', (typed) => typed.deleteBefore(), 'a|c'],
    ['deletes a character with its marks', 'ae\u0301|c', (typed) => typed.deleteBefore(), 'a|c'],
    ['joins lines backwards', 'a\n|c', (typed) => typed.deleteBefore(), 'a|c'],
    ['deletes nothing before the start', '|c', (typed) => typed.deleteBefore(), '|c'],
    ['deletes forwards', 'a|🐘c', (typed) => typed.deleteAfter(), 'a|c'],
    ['joins lines forwards', 'a|\nc', (typed) => typed.deleteAfter(), 'a|c'],
    ['deletes nothing behind the end', 'c|', (typed) => typed.deleteAfter(), 'c|'],
    ['deletes a word', 'select  abc, d  |e', (typed) => typed.deleteWordBefore(), 'select  abc, |e'],
    ['deletes a line break as a word', 'a\n|e', (typed) => typed.deleteWordBefore(), 'a|e'],
    ['deletes all', 'a\nb|\nc', (typed) => typed.clear(), '|'],
    ['goes left over a character of several code points', 'a👨‍👩‍👧|', (typed) => typed.left(), 'a|👨‍👩‍👧'],
    ['goes left over a line break', 'a\n|b', (typed) => typed.left(), 'a|\nb'],
    ['goes right over a line break', 'a|\nb', (typed) => typed.right(), 'a\n|b'],
    ['goes a word left', 'ab cd |e', (typed) => typed.wordLeft(), 'ab |cd e'],
    ['goes a word right', 'ab| cd e', (typed) => typed.wordRight(), 'ab cd| e'],
    ['goes a word right over a line break', 'ab|\ncd', (typed) => typed.wordRight(), 'ab\n|cd'],
  ])('%s', (_, before, step, after) => {
    const typed = at(before)
    step(typed)
    expect(shown(typed)).toBe(after)
  })

  test('puts back what was deleted, as often as asked', () => {
    const typed = new TypedText('SELECT 1\nFROM t')
    typed.clear()
    typed.clear()
    typed.putBack()
    expect(shown(typed)).toBe('SELECT 1\nFROM t|')
    typed.deleteWordBefore()
    typed.putBack()
    typed.putBack()
    expect(shown(typed)).toBe('SELECT 1\nFROM tt|')
  })

  test('is what was inserted, whatever the pieces and wherever they go', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(40), fc.string({ unit: fc.constantFrom('a', '\n', '\t') }))),
        (inserts) => {
          const typed = new TypedText('')
          let model = ''
          for (const [to, text] of inserts) {
            const place = Math.min(to, model.length)
            const before = model.slice(0, place).split('\n')
            typed.moveTo({ line: before.length - 1, offset: before.at(-1)?.length ?? 0 })
            typed.insert(text)
            model = model.slice(0, place) + text + model.slice(place)
            expect(shown(typed).replace('|', '')).toBe(model)
            expect(shown(typed).indexOf('|')).toBe(place + text.length)
          }
        },
      ),
    )
  })
})
