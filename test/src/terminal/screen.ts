/** A terminal emulator to write to, and what it shows. */
import xterm from '@xterm/headless'
import type { Outlet } from '#src/terminal/outlet.ts'

export interface Screen {
  write(data: string): Promise<void>
  resize(columns: number, rows: number): void
  /** Each line with its look: the text, then the attributes of each cell where they are not the default. */
  snapshot(): string[]
  /** Each line without the blanks at its end. */
  text(): string[]
  readonly buffer: () => 'normal' | 'alternate'
}

export function createScreen(columns: number, rows: number): Screen {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 })
  return {
    write: (data) => new Promise((resolve) => terminal.write(data, resolve)),
    resize: (cols, lines) => terminal.resize(cols, lines),
    snapshot: () => Array.from({ length: terminal.rows }, (_, row) => describeRow(terminal, row)),
    text: () =>
      Array.from(
        { length: terminal.rows },
        (_, row) =>
          terminal.buffer.active.getLine(row)?.translateToString(false, 0, terminal.cols).trimEnd() ?? '',
      ),
    buffer: () => terminal.buffer.active.type,
  }
}

/** An outlet that keeps what was written and takes it at once, or when told to. */
export function createRecorder(options: { readonly stalled?: boolean } = {}): Outlet & {
  readonly writes: string[]
  /** Takes what was written so far. */
  drain(): void
} {
  const writes: string[] = []
  const pending: (() => void)[] = []
  return {
    writes,
    open: () => true,
    close: () => {},
    write(data, done) {
      writes.push(data)
      if (options.stalled) pending.push(done)
      else setImmediate(done)
    },
    writeNow: (data) => void writes.push(data),
    drain: () => {
      for (const done of pending.splice(0)) done()
    },
  }
}

function describeRow(terminal: InstanceType<typeof xterm.Terminal>, row: number): string {
  const line = terminal.buffer.active.getLine(row)
  let text = ''
  let looks = ''
  for (let column = 0; column < terminal.cols; column += 1) {
    const cell = line?.getCell(column)
    if (!cell) continue
    const characters = cell.getChars() || (cell.getWidth() === 0 ? '' : ' ')
    text += characters
    const isBlank = characters === ' ' && !cell.isInverse() && !cell.isUnderline() && !cell.isStrikethrough()
    const weight = isBlank
      ? ''
      : `${cell.isBold()}${cell.isDim()}${cell.isItalic()}${cell.isUnderline()}${cell.isInverse()}${cell.isStrikethrough()}/${cell.getFgColorMode()}:${cell.getFgColor()}`
    const look = `${weight}/${cell.getBgColorMode()}:${cell.getBgColor()}`
    looks += `${look} `
  }
  return `${text}\u2016${looks}`
}
