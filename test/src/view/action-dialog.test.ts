import { describe, expect, test } from 'vitest'
import type { Action } from '#src/actions/action.ts'
import { openDialog } from '#src/actions/dialog.ts'
import { planAction } from '#src/actions/plan.ts'
import { radiusOf } from '#src/actions/radius.ts'
import { createTheme } from '#src/theme/theme.ts'
import { drawActionDialog } from '#src/view/action-dialog.ts'
import { makeFacts, makeTarget } from '#test/src/actions/make-target.ts'
import { type Actor, analysisOf, lockRow } from '#test/src/locks/fixtures.ts'

const theme = createTheme({ colour: 'none', unicode: true })

/** What a dialog about pid 1 tells, amid these locks. */
function told(action: Action, ...actors: readonly Actor[]): string {
  const target = makeTarget({ pid: 1, backend_start: lockRow({ pid: 1 }).backend_start })
  const dialog = openDialog(planAction(action, [target], makeFacts()), { production: null, nowMs: 0 })
  const radius = radiusOf(action, [target], analysisOf(...actors))
  const lines = drawActionDialog(dialog, { kind: 'known', radius }, { width: 160, height: 30, theme })
  return lines.map((line) => line.replace(/\x1b\[[0-9;]*m/g, '').trim()).join('\n')
}

const root: Actor = { pid: 1, holds: ['RowExclusive orders'] }

describe('the dialog tells who is freed', () => {
  test('and that nobody is', () => {
    expect(told('terminate')).toContain('frees: nobody waits for it')
  })

  test('at once and in turn, and for how long they have waited at most', () => {
    const queue = [
      { pid: 2, wants: 'AccessExclusive orders', waited: 591 },
      { pid: 3, wants: 'AccessShare orders', waited: 9 },
    ]
    expect(told('terminate', root, ...queue)).toContain('frees: 1 at once, 2 in all, the longest waits 9m51s')
  })

  test('about for how long where the server does not tell when a wait began', () => {
    const waiter = { pid: 2, wants: 'Share orders', waited: 591, row: { wait_start: null } }
    expect(told('terminate', root, waiter)).toContain('the longest waits about 9m51s')
  })

  test('at most, where others may have locked the row as well', () => {
    const actors = [
      { pid: 1, holds: ['Exclusive xid 7', 'RowShare orders'] },
      { pid: 2, holds: ['Exclusive row orders 1,1', 'RowShare orders'], wants: 'Share xid 7', sharers: 3 },
    ]
    expect(told('terminate', ...actors)).toContain('frees: up to 1 at once')
  })

  test('and who else is in the way of the others, by pid and by gid', () => {
    const others = [2, 3, 4, 5, 6].map((pid) => ({ pid, holds: ['RowExclusive orders'] }))
    const waiters = [7, 8].map((pid) => ({ pid, wants: 'Share orders' }))
    const text = told(
      'terminate',
      root,
      ...others,
      { gid: 'a\x1b', holds: ['RowExclusive orders'] },
      ...waiters,
    )
    expect(text).toContain('frees: nobody at once')
    expect(text).toMatch(
      /2 wait on, blocked by (\d, |prepared 'a\\x1b', ){4}(\d|prepared 'a\\x1b') and 1 more as well/,
    )
  })

  test('and what it does not know', () => {
    const lost = { pid: 9, wants: 'Share ledger', row: { total_waiters: 9000 } }
    const text = told('terminate', lost, root)
    expect(text).toContain('of 1 more waiters it is not known whom they wait for')
    expect(text).toContain('more sessions wait than were read')
  })
})
