import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Binding, Scope } from '#src/keys/binding.ts'
import { conflicts } from '#src/keys/conflicts.ts'
import { bindingFor, dispatch, type Situation } from '#src/keys/dispatch.ts'
import { footerHints, helpSections, keyLabel } from '#src/keys/hints.ts'

interface Desk {
  readonly ran: string[]
  paused: boolean
}

const command = (id: string, keys: readonly string[], rest: Partial<Binding<Desk>> = {}): Binding<Desk> => ({
  id,
  keys,
  scope: 'global',
  title: `Do ${id}`,
  label: id,
  run: (desk) => desk.ran.push(id),
  ...rest,
})

const bindings = [
  command('help', ['?']),
  command('redraw', ['ctrl-l'], { always: true }),
  command('next', ['j', 'down']),
  command('fold', ['left', 'j'], { scope: 'table' }),
  command('kill', ['K'], { scope: 'table', danger: 'terminate' }),
  command('resume', ['p'], { when: (desk) => desk.paused || 'not paused' }),
  command('no', ['escape', 'n'], { scope: 'dialog' }),
  command('accept', ['enter'], { scope: 'prompt' }),
]

const at = (scopes: readonly Scope[], rest: Partial<Situation<Desk>> = {}): Situation<Desk> => ({
  scopes,
  bindings,
  context: { ran: [], paused: false },
  ...rest,
})

describe('dispatch', () => {
  it('gives a key to the innermost scope that knows it', () => {
    const situation = at(['global', 'table'])
    expect(dispatch(['j', 'down'], () => situation)).toMatchObject([{ id: 'fold' }, { id: 'next' }])
    expect(situation.context.ran).toEqual(['fold', 'next'])
  })

  it('hides everything below a modal scope but what always holds', () => {
    const situation = at(['global', 'table', 'dialog'])
    expect(dispatch(['j', 'K', '?', 'ctrl-l', 'n'], () => situation)).toMatchObject([
      { kind: 'unknown' },
      { kind: 'unknown' },
      { kind: 'unknown' },
      { kind: 'ran', id: 'redraw' },
      { kind: 'ran', id: 'no' },
    ])
  })

  it('says why a command cannot run, and does not run it', () => {
    const situation = at(['global'])
    expect(dispatch(['p'], () => situation)).toEqual([
      { key: 'p', kind: 'disabled', id: 'resume', reason: 'not paused' },
    ])
    expect(situation.context.ran).toEqual([])
  })

  it('does not know dangerous commands in read-only mode', () => {
    expect(dispatch(['K'], () => at(['global', 'table'], { readOnly: true }))).toEqual([
      { key: 'K', kind: 'unknown' },
    ])
  })

  it('drops what was typed ahead of a dangerous command', () => {
    const situation = at(['global', 'table'])
    expect(dispatch(['K', 'enter', 'y', 'K'], () => situation).map(({ kind }) => kind)).toEqual([
      'ran',
      'dropped',
      'dropped',
      'dropped',
    ])
    expect(situation.context.ran).toEqual(['kill'])
  })

  it('types into a prompt that an earlier key of the same packet opened', () => {
    let text = ''
    let prompting = false
    const open = command('filter', ['/'], {
      run: () => {
        prompting = true
      },
    })
    const now = () =>
      at(prompting ? ['global', 'prompt'] : ['global'], {
        bindings: [open, ...bindings],
        type: (typed) => {
          text += typed
        },
      })
    dispatch(['/', 'j', 'space', '?', 'enter'], now)
    expect(text).toBe('j ?')
  })
})

describe('hints', () => {
  const anyScopes = fc.subarray<Scope>(['global', 'screen', 'table', 'detail', 'overlay', 'prompt', 'dialog'])
  const anyBindings = fc.array(
    fc.record({
      id: fc.uuid(),
      keys: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'enter'), { minLength: 1 }),
      scope: fc.constantFrom<Scope>('global', 'screen', 'table', 'overlay', 'dialog'),
      danger: fc.boolean(),
      always: fc.boolean(),
    }),
    { maxLength: 12 },
  )

  it('never name a key that calls something else, and leave out no command that a key calls', () => {
    fc.assert(
      fc.property(anyScopes, anyBindings, fc.boolean(), (scopes, drawn, readOnly) => {
        const made = drawn.map(({ id, keys, scope, danger, always }) =>
          command(id, keys, {
            scope,
            ...(danger ? { danger: 'cancel' as const } : {}),
            ...(always ? { always: true as const } : {}),
          }),
        )
        const situation = at(scopes, { bindings: made, readOnly })
        const hints = footerHints(situation)
        const told = new Map(hints.flatMap((hint) => hint.keys.map((key) => [key, hint.id] as const)))
        for (const key of ['a', 'b', 'c', 'd', 'enter']) {
          expect(told.get(key)).toBe(bindingFor(key, situation)?.id)
        }
        expect(helpSections(situation).flatMap(({ entries }) => entries)).toEqual(hints)
      }),
    )
  })

  it('carry the reason of a command that cannot run now', () => {
    expect(footerHints(at(['global'])).find(({ id }) => id === 'resume')?.disabled).toBe('not paused')
  })

  it('keep a command without a footer word for the help', () => {
    const { label: _, ...quiet } = command('quiet', ['x'])
    const situation = at(['global'], { bindings: [quiet] })
    expect(footerHints(situation)).toEqual([])
    expect(helpSections(situation)).toMatchObject([{ scope: 'global', entries: [{ label: 'Do quiet' }] }])
  })

  it('write keys as people read them', () => {
    expect(
      ['ctrl-d', 'escape', 'page-up', 'shift-tab', 'up', 'K', 'ctrl-right', '-'].map((key) => keyLabel(key)),
    ).toEqual(['^d', 'Esc', 'PgUp', 'Shift-Tab', '↑', 'K', 'Ctrl-→', '-'])
    expect(keyLabel('up', true)).toBe('Up')
  })
})

describe('conflicts', () => {
  it('finds a key that two commands of one scope claim', () => {
    expect(
      conflicts([command('a', ['x', 'y']), command('b', ['y']), command('c', ['y'], { scope: 'table' })]),
    ).toEqual([{ key: 'y', scope: 'global', ids: ['a', 'b'] }])
  })
})
