import { describe, expect, test } from 'vitest'
import { type SafeText, safe } from '#src/text/safe.ts'
import { TextInput, type TextInputOptions } from '#src/ui/text-input.ts'
import { type AppTestOptions, KEYS, openApp } from '#test/support/app.tsx'

const CTRL = { d: '\x04', e: '\x05', u: '\x15', w: '\x17', y: '\x19', c: '\x03' } as const
const HOME = '\x1b[H'

/** An input over the frame, and what became of it. */
async function openInput(options: Partial<TextInputOptions> = {}, frame: AppTestOptions = {}) {
  const test = await openApp(frame)
  const ends: string[] = []
  const close = (how: string) => (text: string) => {
    ends.push(`${how} ${text}`)
    test.app.overlay.set(null)
  }
  const input = new TextInput({
    title: 'A query',
    text: '',
    help: safe`or a plan`,
    theme: test.app.theme,
    onSubmit: close('accepted'),
    onCancel: close('given up'),
    onEditor: close('to be edited'),
    ...options,
  })
  test.app.overlay.set(input)
  await test.see('^d accept')
  /** The rows of the text, without the margin. */
  const rows = () =>
    test
      .screen()
      .slice(5, -2)
      .map((row) => row.slice(1).trimEnd())
  return { ...test, input, ends, rows }
}

describe('a text input', () => {
  test('takes several lines, and shows how to accept them', async () => {
    const { press, screen, rows, ends } = await openInput()
    await press('SELECT q', KEYS.enter, KEYS.tab, 'FROM t?', KEYS.up, KEYS.up, 'x', CTRL.w)
    expect(rows().slice(0, 3)).toEqual(['SELECT', '    FROM t?', ''])
    expect(screen().at(-1)).toMatch(/\^d accept +Esc give up +\^e editor/)
    expect(screen().at(-2)).toBe(' or a plan')
    expect(screen()[4]).toMatch(/^ A query +line 1 of 2 $/)
    await press(CTRL.d)
    expect(ends).toEqual(['accepted SELECT \n\tFROM t?'])
  })

  test('takes a paste as it is, and executes nothing in it', async () => {
    const { paste, press, rows, ends, quits } = await openInput()
    await paste('K\tq\r\nselect\x04 1\x03\r:q\r')
    expect(rows().slice(0, 4)).toEqual(['K   q', 'select\\x04 1\\x03', ':q', ''])
    await press(CTRL.d)
    expect(ends).toEqual(['accepted K\tq\nselect\x04 1\x03\n:q\n'])
    expect(quits.count).toBe(0)
  })

  test('takes what is pasted without brackets as well', async () => {
    const { press, input } = await openInput()
    await press('q K\r\tselect 1;\rx\r\r')
    expect(input.text).toBe('q K\n\tselect 1;\nx\n\n')
  })

  test('gives what was typed to the editor, and to whoever keeps it when it is given up', async () => {
    const first = await openInput()
    await first.press('a', CTRL.e)
    const second = await openInput()
    await second.press('b', KEYS.escape)
    const third = await openInput({ text: 'c' })
    await third.press(CTRL.c)
    expect([...first.ends, ...second.ends, ...third.ends]).toEqual([
      'to be edited a',
      'given up b',
      'given up c',
    ])
    expect(third.quits.count).toBe(0)
  })

  test('stays open while something is wrong with the text, and says what', async () => {
    const problemOf = (text: string): SafeText | null => (text === '' ? safe`there is no query` : null)
    const { press, screen, ends } = await openInput({ problemOf })
    await press(CTRL.d)
    expect(screen().at(-2)).toBe(' there is no query')
    await press('x')
    expect(screen().at(-2)).toBe(' or a plan')
    await press(CTRL.d)
    expect(ends).toEqual(['accepted x'])
  })

  test('deletes all, and puts it back', async () => {
    const { press, input } = await openInput({ text: 'a\nb' })
    await press(CTRL.u)
    expect(input.text).toBe('')
    await press(CTRL.y, '!')
    expect(input.text).toBe('a\nb!')
  })

  test('keeps the cursor on screen and in its column, over lines short, long and wide', async () => {
    const lines = Array.from({ length: 60 }, (_, index) => `line ${index + 1}`)
    const { press, rows, input } = await openInput({ text: [...lines, '', '漢字漢字漢字'].join('\n') })
    expect(rows()).toHaveLength(17)
    expect(rows().at(-1)).toBe('漢字漢字漢字')
    await press(KEYS.up, KEYS.up, KEYS.up, '!')
    expect(input.text).toContain('line 59!\nline 60')
    await press(...Array(20).fill(KEYS.up))
    expect(rows()[0]).toBe('line 39')
    await press('\x1b[1;5H', KEYS.down, KEYS.down, HOME, '>')
    expect(rows()[2]).toBe('>line 3')
    await press('\x1b[1;5F', KEYS.backspace)
    expect(rows().at(-1)).toBe('漢字漢字漢')
  })

  test('breaks a long line at words, and goes up and down in it by rows', async () => {
    const { press, rows, input } = await openInput({ text: 'select a, b, c from t where x' }, { columns: 20 })
    expect(rows().slice(0, 3)).toEqual(['select a, b, c', 'from t where x', ''])
    await press(KEYS.up, 'd', HOME, KEYS.down, '*')
    expect(input.text).toBe('select a, b, cd *from t where x')
  })

  test('leaves the text alone that stands where there is hardly any room', async () => {
    const { screen } = await openInput({ text: 'select 1' }, { rows: 7 })
    expect(screen()[4]).toMatch(/^ select 1/)
  })

  test('draws a megabyte that is pasted once', async () => {
    const { app, input, see } = await openInput()
    const plan = Array.from({ length: 10_000 }, (_, index) => `${index} ${'-> Seq Scan '.repeat(9)}`).join(
      '\r',
    )
    let draws = 0
    input.subscribe(() => {
      draws += 1
    })
    app.paste(plan)
    await see('line 10000 of 10000')
    expect(draws).toBe(1)
    expect(input.text).toBe(plan.replaceAll('\r', '\n'))
  })
})
