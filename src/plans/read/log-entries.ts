import { readJson } from './json.ts'
import { cut, isBlank, type Line, undoubled } from './lines.ts'
import { numberOf } from './numbers.ts'
import { isObject } from './objects.ts'
import { endOfQuoted } from './quotes.ts'

/** One plan as auto_explain logged it. */
export interface LogEntry {
  readonly lines: readonly Line[]
  readonly durationMs: number
}

const BEGIN = /duration: (\d+(?:\.\d+)?) ms {2}plan:/

/** What begins another message, for clients that print messages without a tab before their further lines. */
const NEXT_MESSAGE =
  /^(?:\S.*?\s)?(?:LOG|NOTICE|INFO|DEBUG\d?|WARNING|ERROR|FATAL|STATEMENT|CONTEXT|DETAIL|HINT): /

/** Whether a plan of auto_explain begins anywhere in a text. */
export function hasLogEntry(text: string): boolean {
  return BEGIN.test(text)
}

/**
 * The plans of auto_explain in a log or among a client's messages; empty where there are none. Whatever
 * log_line_prefix says, the message begins with `duration: … plan:`, and the server's own log puts a tab before its
 * further lines. csvlog quotes the message, jsonlog escapes it.
 */
export function logEntries(lines: readonly Line[]): readonly LogEntry[] {
  const entries: LogEntry[] = []
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]
    const begin = line === undefined ? null : BEGIN.exec(line.text)
    if (line === undefined || begin === null) continue
    const end = begin.index + begin[0].length
    const quoted = line.text[begin.index - 1] === '"'
    const escaped = quoted && line.text.startsWith('\\n', end)
    const ofServer = quoted ? ofCsv(lines, at, end) : ofText(lines, at, end)
    const durationMs = Number(numberOf(begin[1] ?? '') ?? 0)
    entries.push({ lines: escaped ? ofJson(line) : ofServer, durationMs })
    if (!escaped) at += ofServer.length - 1
  }
  return entries
}

/** stderr, or a client's messages. */
function ofText(lines: readonly Line[], begin: number, end: number): readonly Line[] {
  const first = lines[begin]
  if (first === undefined) return []
  const taken = [cut(first, end)]
  const tabbed = lines[begin + 1]?.text.startsWith('\t') === true
  for (const line of lines.slice(begin + 1, nextEntry(lines, begin + 1))) {
    if (tabbed) {
      if (!line.text.startsWith('\t')) break
      taken.push(cut(line, 1))
    } else {
      if (NEXT_MESSAGE.test(line.text)) break
      taken.push(line)
    }
  }
  return taken
}

function nextEntry(lines: readonly Line[], from: number): number {
  for (let at = from; at < lines.length; at += 1) if (BEGIN.test(lines[at]?.text ?? '')) return at
  return lines.length
}

/** csvlog: up to the quote that is not doubled. */
function ofCsv(lines: readonly Line[], begin: number, end: number): readonly Line[] {
  const taken: Line[] = []
  for (let at = begin; at < lines.length; at += 1) {
    const whole = lines[at]
    if (whole === undefined) break
    const line = at === begin ? cut(whole, end) : whole
    const close = endOfQuoted(line.text, 0, '"')
    taken.push(undoubled(cut(line, 0, close), '"'))
    if (close < line.text.length) break
  }
  return taken
}

/** jsonlog: one object a line. */
function ofJson(line: Line): readonly Line[] {
  const start = line.text.indexOf('{')
  const { value } = readJson(line.text, Math.max(0, start))
  const message = isObject(value) ? value.message : undefined
  if (typeof message !== 'string') return []
  const begin = BEGIN.exec(message)
  const plan = begin === null ? message : message.slice(begin.index + begin[0].length)
  return plan.split(/\r?\n/).map((text) => ({ text, line: line.line, column: 1, doubled: null }))
}

/** Whether an entry has more than its first line; a log cut there has no plan. */
export function hasPlan({ lines }: LogEntry): boolean {
  return lines.some((line) => !isBlank(line))
}
