import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEAF_MS, type Dialog, instructionOf, openDialog, pressKey, questionOf } from '#src/actions/dialog.ts'
import { planAction } from '#src/actions/plan.ts'
import { makeFacts, makeTarget } from './make-target.ts'

const open = (count = 1, production: string | null = null): Dialog =>
  openDialog(
    planAction(
      'terminate',
      Array.from({ length: count }, (_, index) => makeTarget({ pid: 200 + index })),
      makeFacts(),
    ),
    { production, nowMs: 0 },
  )

const press = (dialog: Dialog, keys: readonly string[], nowMs = DEAF_MS): Dialog =>
  keys.reduce((state, key) => pressKey(state, key, nowMs), dialog)

describe('the dialog', () => {
  it('takes y for one target, but only after 400 ms', () => {
    expect(press(open(), ['y'], 399).answer).toBe('asking')
    expect(press(open(), ['y'], 400).answer).toBe('yes')
  })

  it.each(['enter', 'n', 'q', 'escape', 'ctrl-c'])('takes %s as No', (key) => {
    expect(press(open(), [key]).answer).toBe('no')
  })

  it('takes Escape at once, for a No is never wrong', () => {
    expect(press(open(), ['escape'], 1).answer).toBe('no')
  })

  it('stays open and says what confirms on any other key', () => {
    expect(press(open(), ['Y', 'K', 'space', 'tab'])).toMatchObject({
      answer: 'asking',
      notice: 'only y confirms',
    })
  })

  it('never confirms with a packet of up to 200 keys typed ahead', () => {
    const keys = fc.array(fc.constantFrom('K', 'enter', 'y', '1', 'j', 'escape', 'space'), { maxLength: 200 })
    fc.assert(
      fc.property(
        keys,
        fc.integer({ min: 0, max: 399 }),
        (typed, nowMs) => press(open(), typed, nowMs).answer !== 'yes',
      ),
    )
  })

  it('never confirms without a y, whatever is pressed and whenever', () => {
    const keys = fc.array(fc.constantFrom('K', 'enter', 'Y', '1', '2', 'j', 'backspace', 'space', 'o'), {
      maxLength: 50,
    })
    fc.assert(
      fc.property(
        keys,
        fc.constantFrom(1, 2, 12),
        fc.constantFrom(null, 'shop'),
        (typed, count, production) => press(open(count, production), typed, 10_000).answer !== 'yes',
      ),
    )
  })

  it('asks for the number of many targets, and then y', () => {
    expect(press(open(12), ['y']).answer).toBe('asking')
    expect(press(open(12), ['1', 'y'])).toMatchObject({
      answer: 'asking',
      typed: '',
      notice: 'the number is 12',
    })
    expect(press(open(12), ['1', '2', 'enter'])).toMatchObject({ answer: 'asking' })
    expect(press(open(12), ['1', '3', 'backspace', '2', 'y']).answer).toBe('yes')
  })

  it('asks for the name of a production database before that', () => {
    const named = press(open(1, 'y shop'), ['y', 'space', ...'shop', 'enter'])
    expect(named).toMatchObject({ answer: 'asking', questions: [{ kind: 'yes' }] })
    expect(press(named, ['y'], DEAF_MS).answer).toBe('asking')
    expect(press(named, ['y'], 2 * DEAF_MS).answer).toBe('yes')
    expect(press(open(1, 'shop'), [...'ship', 'enter'])).toMatchObject({ answer: 'asking', typed: '' })
    expect(press(open(1, 'shop'), ['enter']).answer).toBe('no')
  })

  it('takes the name of a database as it is shown when no key types it', () => {
    expect(press(open(1, 'a\tb'), [...'a', 'space', ...'b', 'enter']).questions).toEqual([{ kind: 'yes' }])
  })

  it('does not change after its answer', () => {
    expect(press(press(open(), ['n']), ['y'], 9999).answer).toBe('no')
  })

  it('has nothing to ask when every target is refused', () => {
    const refused = openDialog(planAction('cancel', [makeTarget({ state: 'idle' })], makeFacts()), {
      production: null,
      nowMs: 0,
    })
    expect(refused.answer).toBe('no')
    expect(questionOf(refused)).toBe('Nothing here can be cancelled.')
  })

  it('says what it asks and what to type', () => {
    expect(questionOf(open())).toBe('Terminate the session of pid 200?')
    expect(questionOf(open(3))).toBe('Terminate 3 sessions?')
    expect(instructionOf(open(3))).toBe('type 3 and then y to do it, n or Esc to leave')
    expect(instructionOf(open(1, 'shop\x1b'))).toContain('(shop\\x1b)')
  })

  it('holds on to the targets as they were when it opened', () => {
    const dialog = open()
    expect(Object.isFrozen(dialog.plan.aims[0]?.target)).toBe(true)
  })
})
