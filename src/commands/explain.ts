/** `pgtriage explain`: a plan from a file or a pipe, told truthfully. No server is asked. */
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { text as readAll } from 'node:stream/consumers'
import { modelJson } from '#src/plans/model/json.ts'
import { modelOf, type PlanModel } from '#src/plans/model/model.ts'
import { readPlan } from '#src/plans/read/read.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { latency } from '#src/text/units.ts'
import { cellWidth } from '#src/text/width.ts'
import { createTheme } from '#src/theme/theme.ts'
import { planColumns } from '#src/view/plan/tree.ts'
import { EXIT, type Io } from './io.ts'
import { jsonPlan } from './output/json.ts'
import { DEFAULT_WIDTH } from './output/rows.ts'
import { drawTable } from './output/table.ts'

export interface ExplainRequest {
  /** A path, or `-` for standard input. */
  readonly file: string
  readonly format: 'tree' | 'json'
  /** Cells of a line; the terminal's when not told. */
  readonly width?: number
}

/** Prints every plan that the input holds. Gives the exit code: 2 where there is none that can be read. */
export async function explain(request: ExplainRequest, io: Io): Promise<number> {
  const text = await inputOf(request.file, io)
  if (text === null) return EXIT.usage
  const read = readPlan(text)
  if (!read.ok) {
    const { line, column, reason } = read.unreadable
    io.err(`${nameOf(request.file)}:${line}:${column}: ${reason}`)
    return EXIT.usage
  }
  const models = read.document.statements.map(modelOf)
  if (request.format === 'json') {
    io.out(jsonPlan(read.document.format, models.map(modelJson)))
  } else {
    const width = request.width ?? process.stdout.columns ?? DEFAULT_WIDTH
    io.out(models.map((model) => planText(model, width)).join('\n'))
  }
  return EXIT.ok
}

/** The budget of a statement in a line or two, and its tree. */
export function planText(model: PlanModel, width: number): string {
  if (model.root === null) return `${toSafeText(model.statement.withoutPlan ?? 'no plan')}\n`
  const { glyphs } = createTheme({ colour: 'none', unicode: true })
  const columns = planColumns(model, glyphs)
  const cells = model.nodes.map((node) => columns.map(({ cell }) => cell(node)))
  const isFilled = columns.map((_, at) => cells.some((row) => (row[at] ?? '').length > 0))
  // A title is cut only where the tree would fill the line.
  const isDeep = cells.some(([title]) => cellWidth(title ?? '') > width / 2)
  const table = drawTable(
    columns
      .filter((_, at) => isFilled[at])
      .map(({ id, label, align }) => ({
        label,
        ...(align === undefined ? {} : { align }),
        ...(id === 'note' || (id === 'node' && isDeep) ? { flexible: true } : {}),
      })),
    cells.map((row) => row.filter((_, at) => isFilled[at])),
    width,
  )
  const budget = budgetText(model)
  return `${budget.length === 0 ? '' : `${budget}\n\n`}${table}`
}

/** Where the time of the whole statement went. */
function budgetText(model: PlanModel): SafeText {
  const jit = model.jit === null ? null : (model.jit.leaderMs ?? model.jit.totalMs)
  const parts = [
    part('execution', model.executionMs),
    part('planning', model.planningMs),
    part('in the tree', model.rootMs),
    part('outside of it', model.outsideRootMs === 0 ? null : model.outsideRootMs),
    part('triggers', model.triggersMs),
    part(model.jit?.leaderMs === null ? 'jit of all processes' : 'jit', jit),
    part('serialization', model.serializationMs),
    part('other', model.otherMs),
  ]
  return parts.filter((each) => each !== null).join(', ') as SafeText
}

function part(name: string, ms: number | null): SafeText | null {
  return ms === null ? null : safe`${toSafeText(name)} ${latency(ms / 1000)}`
}

async function inputOf(file: string, io: Io): Promise<string | null> {
  if (file === '-' && process.stdin.isTTY) {
    io.err('no plan was given: name a file with --file, or pipe what EXPLAIN printed')
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
