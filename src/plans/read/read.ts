import type { PlanDocument, RawStatement, ReadPlan } from '../plan.ts'
import { ReadFailure } from './failure.ts'
import { readJson, readJsonMembers } from './json.ts'
import { isBlank, type Line, offsetOf, placeOf, splitLines } from './lines.ts'
import { hasLogEntry } from './log-entries.ts'
import { type Draft, put } from './objects.ts'
import { statementsOf } from './statements.ts'
import { beginsText, readText } from './text.ts'
import { type Block, unwrap } from './unwrap.ts'
import { readXml } from './xml.ts'
import { readYaml } from './yaml.ts'

type Format = PlanDocument['format']

/**
 * Reads what EXPLAIN or auto_explain of PostgreSQL 13 to 18 printed, in any format and in whatever a client, a log
 * or a terminal wrapped it. Plans of other versions are read as far as they look the same.
 */
export function readPlan(text: string): ReadPlan {
  const alone = readAlone(text)
  if (alone !== null) return { ok: true, document: alone }
  const blocks = unwrap(splitLines(text))
  const statements: RawStatement[] = []
  let format: Format | null = null
  for (const block of blocks) {
    try {
      const read = readBlock(block)
      format ??= read.format
      for (const statement of read.statements) statements.push(statement)
    } catch (error) {
      if (!(error instanceof ReadFailure)) throw error
      return { ok: false, unreadable: { ...placeOf(block.lines, error.offset), reason: error.message } }
    }
  }
  if (format === null) {
    const reason = 'Expected a plan, got nothing; paste what EXPLAIN printed.'
    return { ok: false, unreadable: { line: 1, column: 1, reason } }
  }
  return { ok: true, document: { format, statements } }
}

/**
 * A single document in JSON with nothing around it, which most input is: without looking at its lines, of which there
 * may be half a million. Null for whatever needs a closer look, and for what cannot be read.
 */
function readAlone(text: string): PlanDocument | null {
  if (!/^\s*[[{]/.test(text) || text.includes('\r') || hasLogEntry(text)) return null
  try {
    const { value, end } = readJson(text, 0)
    return text.slice(end).trim() === '' ? { format: 'json', statements: statementsOf(value, 0) } : null
  } catch (error) {
    if (!(error instanceof ReadFailure)) throw error
    return null
  }
}

function readBlock({ lines, durationMs }: Block): PlanDocument {
  const begin = findBegin(lines, 0)
  if (begin === null) throw new ReadFailure(offsetOfFirst(lines), NOTHING_FOUND)
  const read = begin.format === 'text' ? readText(lines, begin.index) : readDocuments(lines, begin)
  if (durationMs === null) return { format: begin.format, statements: read }
  return { format: begin.format, statements: read.map((statement) => withDuration(statement, durationMs)) }
}

const NOTHING_FOUND =
  'Expected a plan, got no line that begins one: `[` of JSON, `<explain` of XML, `- Plan:` of YAML, or a node of text such as `Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)`.'

function offsetOfFirst(lines: readonly Line[]): number {
  const first = lines.findIndex((line) => !isBlank(line))
  return offsetOf(lines, Math.max(0, first))
}

/** auto_explain prints no execution time; how long the statement took stands in its message. */
function withDuration(statement: RawStatement, durationMs: number): RawStatement {
  const properties: Draft = { ...statement.properties }
  put(properties, 'Duration', durationMs)
  return { ...statement, properties }
}

interface Begin {
  readonly format: Format
  readonly index: number
  /** Members of an object without its braces. */
  readonly bare: boolean
}

/** The first line in which a plan of some format begins. */
function findBegin(lines: readonly Line[], from: number, only?: Format): Begin | null {
  for (let index = from; index < lines.length; index += 1) {
    const found = beginAt(lines, index)
    if (found !== null && (only === undefined || found.format === only)) return found
  }
  return null
}

function beginAt(lines: readonly Line[], index: number): Begin | null {
  const text = lines[index]?.text.trimStart() ?? ''
  if (beginsJson(lines, index, text)) return { format: 'json', index, bare: false }
  if (/^"(?:Plan|Query Text|Query Identifier)"\s*:/.test(text)) return { format: 'json', index, bare: true }
  if (/^<(?:explain|\?xml)[\s>]/.test(text)) return { format: 'xml', index, bare: false }
  if (/^(?:- )?(?:Plan:\s*$|(?:Query Text|Node Type): ")/.test(text) || /^- "[A-Z][\w ]+"\s*$/.test(text)) {
    return { format: 'yaml', index, bare: false }
  }
  return beginsText(lines, index) ? { format: 'text', index, bare: false } : null
}

/** A bracket alone may also belong to a prompt: what follows it must be JSON. */
function beginsJson(lines: readonly Line[], index: number, text: string): boolean {
  if (!text.startsWith('[') && !text.startsWith('{')) return false
  const rest = text.slice(1, 200).trimStart()
  const next = rest === '' ? lines.slice(index + 1, index + 4).find((line) => !isBlank(line)) : undefined
  const after = rest === '' ? (next?.text.trimStart() ?? '') : rest
  return after === '' || '"{[]'.includes(after[0] ?? ' ')
}

/** JSON, YAML or XML, as many documents as there are. */
function readDocuments(lines: readonly Line[], first: Begin): readonly RawStatement[] {
  const text = lines.map((line) => line.text).join('\n')
  const offsets = offsetsOf(lines)
  const statements: RawStatement[] = []
  for (let begin: Begin | null = first; begin !== null; ) {
    const start: number = offsets[begin.index] ?? text.length
    const { value, end } = readValue(text, start, begin)
    for (const statement of statementsOf(value, start)) statements.push(statement)
    let next: number = begin.index + 1
    while (next < lines.length && (offsets[next] ?? 0) < end) next += 1
    begin = findBegin(lines, next, first.format)
  }
  return statements
}

function readValue(text: string, start: number, { format, bare }: Begin) {
  if (format === 'yaml') return readYaml(text, start)
  if (format === 'xml') return readXml(text, start)
  return bare ? readJsonMembers(text, start) : readJson(text, start)
}

function offsetsOf(lines: readonly Line[]): readonly number[] {
  let offset = 0
  return lines.map((line) => {
    const start = offset
    offset += line.text.length + 1
    return start
  })
}
