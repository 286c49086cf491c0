/** `pgtriage explain`: a plan from a file, a pipe or a server, told truthfully. */
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { text as readAll } from 'node:stream/consumers'
import type { PlanFacts } from '#src/plans/findings/facts.ts'
import { findingsOf } from '#src/plans/findings/findings.ts'
import { findingJson } from '#src/plans/findings/json.ts'
import { modelJson } from '#src/plans/model/json.ts'
import { modelOf } from '#src/plans/model/model.ts'
import type { PlanDocument } from '#src/plans/plan.ts'
import { readPlan } from '#src/plans/read/read.ts'
import { planOnServer, type SqlRequest } from './explain-sql.ts'
import { EXIT, type Io } from './io.ts'
import { jsonPlan } from './output/json.ts'
import { statementText } from './output/plan.ts'
import { DEFAULT_WIDTH } from './output/rows.ts'

export interface ExplainRequest {
  /** The plan, or the statement where a server is asked: a path, or `-` for standard input. */
  readonly file: string
  /** Has the file's statement explained on a server; without, the file holds a plan. */
  readonly server?: Omit<SqlRequest, 'text' | 'canAsk'>
  readonly format: 'tree' | 'json'
  /** Cells of a line; the terminal's when not told. */
  readonly width?: number
}

/** Prints every plan that the input holds, or the one that a server made. Gives the exit code: 2 where there is none. */
export async function explain(request: ExplainRequest, io: Io): Promise<number> {
  const text = await inputOf(request, io)
  if (text === null) return EXIT.usage
  const known =
    request.server === undefined ? readIn(request.file, text, io) : await askedFor(request, text, io)
  if (known === null) return EXIT.usage
  const statements = known.document.statements.map((statement) => {
    const model = modelOf(statement)
    return { model, findings: findingsOf(model, known.facts) }
  })
  if (request.format === 'json') {
    const documents = statements.map(({ model, findings }) => ({
      ...modelJson(model),
      findings: findings.map(findingJson),
    }))
    io.out(jsonPlan(known.document.format, documents))
  } else {
    const width = request.width ?? process.stdout.columns ?? DEFAULT_WIDTH
    io.out(statements.map(({ model, findings }) => statementText(model, findings, width)).join('\n'))
  }
  return EXIT.ok
}

interface Known {
  readonly document: PlanDocument
  readonly facts: PlanFacts | null
}

function readIn(file: string, text: string, io: Io): Known | null {
  const read = readPlan(text)
  if (read.ok) return { document: read.document, facts: null }
  const { line, column, reason } = read.unreadable
  io.err(`${nameOf(file)}:${line}:${column}: ${reason}`)
  return null
}

async function askedFor({ server, file }: ExplainRequest, text: string, io: Io): Promise<Known | null> {
  if (server === undefined) return null
  // Where the statement came by standard input nobody is there to answer.
  const canAsk = file !== '-' && process.stdin.isTTY
  return await planOnServer({ ...server, text, canAsk }, io)
}

async function inputOf({ file, server }: ExplainRequest, io: Io): Promise<string | null> {
  if (file === '-' && process.stdin.isTTY) {
    io.err(
      server === undefined
        ? 'no plan was given: name a file with --file, or pipe what EXPLAIN printed'
        : 'no statement was given: name a file with --sql, or pipe it in',
    )
    return null
  }
  try {
    return file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    io.err(`${nameOf(file)}: ${REASONS[code ?? ''] ?? message}`)
    return null
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'may not be read',
  EISDIR: 'is a directory',
}

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file
}
