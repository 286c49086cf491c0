/** What it takes to read a big plan and to say what is wrong with it. No server, nobody to compare with. */
import Table from 'cli-table3'
import { diffPlans } from '#src/plans/diff/diff.ts'
import { findingsOf } from '#src/plans/findings/findings.ts'
import { modelOf, type PlanModel } from '#src/plans/model/model.ts'
import { readPlan } from '#src/plans/read/read.ts'
import { asJson, asText, planTree } from './plan-tree.ts'
import { median } from './statistics.ts'

/** Steps, in ms. */
interface Step {
  readonly title: string
  readonly values: readonly number[]
}

interface Input {
  readonly title: string
  readonly text: string
  /** The plan of the same statement that it is compared with. */
  readonly other: string
}

/** Columns of an Output list make plans of 13 MB, which people really have. */
const SIZES: readonly {
  readonly format: 'JSON' | 'TEXT'
  readonly nodes: number
  readonly columns: number
}[] = [
  { format: 'JSON', nodes: 5_000, columns: 3 },
  { format: 'TEXT', nodes: 5_000, columns: 3 },
  { format: 'JSON', nodes: 3_000, columns: 19 },
  { format: 'TEXT', nodes: 5_000, columns: 63 },
]

/** A table for each input: the first time, which is that of a command, and the median of `runs` more. */
export function benchPlans(runs: number): string {
  return inputs()
    .map((input) => `${drawn(input, stepsOf(input, runs + 1))}\n`)
    .join('\n')
}

function inputs(): readonly Input[] {
  return SIZES.map(({ format, ...size }) => {
    const print = format === 'JSON' ? asJson : asText
    return {
      title: format,
      text: print(planTree({ ...size, variant: 0 })),
      other: print(planTree({ ...size, variant: 1 })),
    }
  })
}

function stepsOf({ text, other }: Input, runs: number): readonly Step[] {
  const second = model(other)
  const steps = { read: [], model: [], findings: [], diff: [] } as Record<string, number[]>
  for (let run = 0; run < runs; run += 1) {
    const read = timed(steps.read, () => statement(text))
    const made = timed(steps.model, () => modelOf(read))
    const findings = timed(steps.findings, () => findingsOf(made))
    timed(steps.diff, () => diffPlans(made, second, { before: findings, after: [] }))
  }
  return Object.entries(steps).map(([title, values]) => ({ title, values }))
}

function timed<T>(values: number[] | undefined, work: () => T): T {
  const start = performance.now()
  const result = work()
  values?.push(performance.now() - start)
  return result
}

function model(text: string): PlanModel {
  return modelOf(statement(text))
}

function statement(text: string) {
  const read = readPlan(text)
  const [first] = read.ok ? read.document.statements : []
  if (first === undefined) throw new Error('the plan of the bench cannot be read')
  return first
}

function drawn({ title, text }: Input, steps: readonly Step[]): string {
  const megabytes = (text.length / 1_000_000).toFixed(1)
  const table = new Table({
    head: [`${model(text).nodes.length} nodes, ${megabytes} MB ${title}`, 'first ms', 'median ms'],
    colAligns: ['left', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  const firsts = steps.map(({ values }) => values[0] ?? Number.NaN)
  const medians = steps.map(({ values }) => median(values.slice(1)))
  for (const [at, step] of steps.entries()) table.push([step.title, shown(firsts[at]), shown(medians[at])])
  const upTo = (values: readonly number[]) => values.slice(0, 3).reduce((sum, value) => sum + value, 0)
  table.push(['read, model and findings', shown(upTo(firsts)), shown(upTo(medians))])
  return table.toString()
}

function shown(value: number | undefined): string {
  return (value ?? Number.NaN).toFixed(0)
}
