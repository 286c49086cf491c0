import { describe, expect, test } from 'vitest'
import { sharedCluster } from '#test/support/cluster.ts'
import { type LaunchOptions, launch, type Robot } from '#test/support/robot.ts'

const EDITOR_KEY = '\x05'

/** The Explain screen with its input open. */
async function onInput(options: LaunchOptions = {}): Promise<Robot> {
  const top = launch({ args: ['--screen', 'explain', sharedCluster().uri], ...options })
  await top.see('Nothing is explained yet.')
  top.press('i')
  await top.see('^d accept')
  return top
}

describe('the input of a query or a plan', () => {
  test('takes a megabyte with keys of ours in it, and executes none', async () => {
    const top = await onInput()
    const lines = Array.from(
      { length: 9000 },
      (_, index) => `${index}\tK q :q \x04 \x1b[A ${'-> Seq Scan '.repeat(8)}`,
    )
    top.paste(lines.join('\r'))
    await top.see('line 9000 of 9000')
    await top.see('8999    K q :q \\x04 \\x1b[A -> Seq Scan')
    top.press('up', 'up', '!')
    await top.see('line 8999 of 9000')
    top.press('escape')
    await top.see('Nothing is explained yet.')
    top.press('q')
    expect(await top.exit).toBe(0)
    expect(await top.leftovers()).toEqual([])
  })

  test('goes to the editor and comes back as a plan', async () => {
    const replace = `sh -c 'sed -i s/of_before/of_after/ "$1"' -`
    const top = await onInput({ env: { VISUAL: replace } })
    top.press('SELECT count(*)', 'enter', 'tab', 'AS of_before FROM pg_class')
    await top.see('    AS of_before FROM pg_class')
    top.press(EDITOR_KEY)
    await top.see('EXPLAIN: from the editor')
    top.press('i')
    await top.see('    AS of_after FROM pg_class')
  })

  test('tells when nothing is taken from the editor', async () => {
    const top = await onInput({ env: { EDITOR: 'false' } })
    top.press('SELECT 1', EDITOR_KEY)
    await top.see('the editor ended with code 1; nothing is taken')
  })
})
