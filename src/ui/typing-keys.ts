/** The keys of typing: what they do to a text and its cursor. */
import { type Command, command } from './command.ts'
import type { TypedText } from './typed-text.ts'
import type { TypedWindow } from './typed-window.ts'

/** The last place, whatever the text. */
const END = Number.POSITIVE_INFINITY

/** What each key does; the commands hear of a change of the text, or of the cursor alone, afterwards. */
type Keys = readonly (readonly [keys: readonly string[], title: string, run: () => void])[]

/** The commands over a text in its window. */
export function typingCommands(
  typed: TypedText,
  window: TypedWindow,
  hears: { readonly onChange: () => void; readonly onMove: () => void },
): readonly Command[] {
  const commands = (keys: Keys, after: () => void) =>
    keys.map(([names, title, run]) =>
      command('dialog', names, title, () => {
        run()
        after()
      }),
    )
  const moved = () => {
    window.forgetColumn()
    hears.onMove()
  }
  return [
    ...commands(changes(typed), hears.onChange),
    ...commands(moves(typed), moved),
    ...commands(rowMoves(window), hears.onMove),
  ]
}

function changes(typed: TypedText): Keys {
  return [
    [['enter'], 'Begin a new line', () => typed.insert('\n')],
    [['tab'], 'Type a tab', () => typed.insert('\t')],
    [['backspace'], 'Delete the character before', () => typed.deleteBefore()],
    [['delete'], 'Delete the character at the cursor', () => typed.deleteAfter()],
    [['ctrl-w'], 'Delete the word before', () => typed.deleteWordBefore()],
    [['ctrl-u'], 'Delete all', () => typed.clear()],
    [['ctrl-y'], 'Put back what was deleted', () => typed.putBack()],
  ]
}

function moves(typed: TypedText): Keys {
  const inLine = (offset: number) => () => typed.moveTo({ line: typed.cursor.line, offset })
  return [
    [['left'], 'Go to the character before', () => typed.left()],
    [['right'], 'Go to the character after', () => typed.right()],
    [['ctrl-left', 'alt-left'], 'Go to the word before', () => typed.wordLeft()],
    [['ctrl-right', 'alt-right'], 'Go to the word after', () => typed.wordRight()],
    [['home', 'ctrl-a'], 'Go to the start of the line', inLine(0)],
    [['end'], 'Go to the end of the line', inLine(END)],
    [['ctrl-home'], 'Go to the start', () => typed.moveTo({ line: 0, offset: 0 })],
    [['ctrl-end'], 'Go to the end', () => typed.moveTo({ line: END, offset: END })],
  ]
}

function rowMoves(window: TypedWindow): Keys {
  return [
    [['up'], 'Go a row up', () => window.moveRows(-1)],
    [['down'], 'Go a row down', () => window.moveRows(1)],
    [['page-up'], 'Go a page up', () => window.moveRows(1 - window.height)],
    [['page-down'], 'Go a page down', () => window.moveRows(window.height - 1)],
  ]
}
