import type { RawStatement } from '../plan.ts'
import { ReadFailure } from './failure.ts'
import { isBlank, type Line, offsetOf } from './lines.ts'
import type { Draft } from './objects.ts'
import { isRule } from './psql-frame.ts'
import { SqlScanner } from './query-text.ts'
import { REWRITES_TO_NOTHING } from './statements.ts'
import { isRoot, planLines } from './text-lines.ts'
import { buildStatement } from './text-tree.ts'

/** What text says instead of a plan, and the words for it in the other formats. */
const WITHOUT_PLAN: Readonly<Record<string, string>> = {
  'Utility statements have no plan structure': 'Utility Statement',
  [REWRITES_TO_NOTHING]: REWRITES_TO_NOTHING,
}

const QUERY_TEXT = 'Query Text: '
const QUERY_PARAMETERS = 'Query Parameters: '

/** Whether a plan in text begins in this line, or what EXPLAIN prints before or instead of it. */
export function beginsText(lines: readonly Line[], at: number): boolean {
  const text = lines[at]?.text.trim() ?? ''
  return text in WITHOUT_PLAN || text.startsWith(QUERY_TEXT) || isRoot(lines, at, () => isExpected(lines, at))
}

/** All plans in text from `start` on. */
export function readText(lines: readonly Line[], start: number): readonly RawStatement[] {
  const statements: RawStatement[] = []
  for (let at = start; at < lines.length; ) {
    const text = lines[at]?.text.trim() ?? ''
    const why = WITHOUT_PLAN[text]
    if (why !== undefined) {
      statements.push({ root: null, properties: {}, withoutPlan: why })
      at += 1
      continue
    }
    if (
      !beginsText(lines, at) &&
      !(statements.length > 0 && isRoot(lines, at, () => isBlankLine(lines[at - 1])))
    ) {
      at += 1
      continue
    }
    const before: Draft = {}
    const root = text.startsWith(QUERY_TEXT) ? readQuery(lines, at, before) : at
    if (root >= lines.length)
      throw new ReadFailure(offsetOf(lines, at), 'Expected a plan below the query text.')
    const plan = planLines(lines, root)
    statements.push(buildStatement(plan.lines, before))
    at = plan.next
  }
  return statements
}

/** A plan without numbers may begin the input, or stand below the rule of a header. */
function isExpected(lines: readonly Line[], at: number): boolean {
  let above = at - 1
  while (above >= 0 && isBlankLine(lines[above])) above -= 1
  const text = lines[above]?.text
  return text === undefined || isRule(text) || text.trim() === 'QUERY PLAN'
}

function isBlankLine(line: Line | undefined): boolean {
  return line !== undefined && isBlank(line)
}

/** auto_explain's query and parameters; gives the line of the root. */
function readQuery(lines: readonly Line[], start: number, into: Draft): number {
  const first = lines[start]?.text.trimStart() ?? ''
  const root = rootBelowQuery(lines, start)
  let end = root
  for (let at = start + 1; at < root; at += 1) {
    const text = lines[at]?.text.trimStart() ?? ''
    if (!text.startsWith(QUERY_PARAMETERS)) continue
    end = at
    const rest = lines.slice(at + 1, root).map((line) => line.text)
    into['Query Parameters'] = [text.slice(QUERY_PARAMETERS.length), ...rest].join('\n')
  }
  const rest = lines.slice(start + 1, end).map((line) => line.text)
  into['Query Text'] = [first.slice(QUERY_TEXT.length), ...rest].join('\n')
  return root
}

/** The query may hold lines that look like a plan: those inside a literal or a comment are none. */
function rootBelowQuery(lines: readonly Line[], start: number): number {
  const sql = new SqlScanner()
  let inQuotes: number | null = null
  sql.line(lines[start]?.text.trimStart().slice(QUERY_TEXT.length) ?? '')
  for (let at = start + 1; at < lines.length; at += 1) {
    const isCode = sql.isCode
    if (inQuotes !== null && lines[at]?.text.trimStart().startsWith(QUERY_TEXT)) break
    if (isRoot(lines, at, () => false) && !/^\s*->/.test(lines[at]?.text ?? '')) {
      if (isCode) return at
      inQuotes ??= at
    }
    sql.line(lines[at]?.text ?? '')
  }
  return inQuotes ?? lines.length
}
