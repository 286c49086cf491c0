/** `pgtriage explain`: a plan from a file, a pipe or a server, told truthfully, alone or beside another. */
import process from 'node:process'
import { inputOf, plansIn } from './explain-input.ts'
import {
  diffDocument,
  diffText,
  type Judged,
  judge,
  plansJson,
  plansText,
  tellMore,
} from './explain-output.ts'
import { planOnServer, type SqlRequest } from './explain-sql.ts'
import { EXIT, type Io } from './io.ts'
import { DEFAULT_WIDTH } from './output/rows.ts'

export interface ExplainRequest {
  /** The plan, or the statement where a server is asked: a path, or `-` for standard input. */
  readonly file: string
  /** Has the file's statement explained on a server; without, the file holds a plan. */
  readonly server?: Omit<SqlRequest, 'text' | 'canAsk'>
  /** Another plan of the statement, to be compared with it: a path, or `-`. */
  readonly diff?: string
  readonly format: 'tree' | 'json'
  /** Cells of a line; the terminal's when not told. */
  readonly width?: number
}

/**
 * Prints every plan that the input holds, the one that a server made, or two plans side by side. Gives the exit code: 2
 * where there is none.
 */
export async function explain(request: ExplainRequest, io: Io): Promise<number> {
  const { file, diff, format } = request
  if (file === '-' && diff === '-') {
    io.err('standard input can be read once: name a file for one of the plans')
    return EXIT.usage
  }
  const plans = request.server === undefined ? await readIn(file, io) : await askedFor(request, io)
  if (plans === null) return EXIT.usage
  const width = request.width ?? process.stdout.columns ?? DEFAULT_WIDTH
  if (diff === undefined) {
    io.out(format === 'json' ? plansJson(plans) : plansText(plans, width))
    return EXIT.ok
  }
  const others = await readIn(diff, io)
  if (others === null) return EXIT.usage
  for (const each of [plans, others]) tellMore(each, io)
  io.out(format === 'json' ? diffDocument(plans, others) : diffText(plans, others, width))
  return EXIT.ok
}

async function readIn(file: string, io: Io): Promise<Judged | null> {
  const nobody = 'no plan was given: name a file with --file, or pipe what EXPLAIN printed'
  const text = await inputOf(file, nobody, io)
  const document = text === null ? null : plansIn(file, text, io)
  return document === null ? null : judge(file, document)
}

async function askedFor({ server, file }: ExplainRequest, io: Io): Promise<Judged | null> {
  const text = await inputOf(file, 'no statement was given: name a file with --sql, or pipe it in', io)
  if (text === null || server === undefined) return null
  // Where the statement came by standard input nobody is there to answer.
  const canAsk = file !== '-' && process.stdin.isTTY
  const planned = await planOnServer({ ...server, text, canAsk }, io)
  if (planned === null) return null
  const { document, facts, plannedAs } = planned
  return judge(file, document, { facts, isGeneric: plannedAs !== 'itself' })
}
