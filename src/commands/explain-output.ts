/** What `pgtriage explain` prints. */
import { diffPlans } from '#src/plans/diff/diff.ts'
import { diffJson } from '#src/plans/diff/json.ts'
import type { PlanFacts } from '#src/plans/findings/facts.ts'
import type { Finding } from '#src/plans/findings/finding.ts'
import { findingsOf } from '#src/plans/findings/findings.ts'
import { findingJson } from '#src/plans/findings/json.ts'
import { modelJson } from '#src/plans/model/json.ts'
import { modelOf, type PlanModel } from '#src/plans/model/model.ts'
import type { PlanDocument } from '#src/plans/plan.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { diffLines } from '#src/view/plan/diff.ts'
import { inputName } from './explain-input.ts'
import type { Io } from './io.ts'
import { jsonPlan } from './output/json.ts'
import { plainTheme, statementText } from './output/plan.ts'

/** The plans of one input, and what is said of them. */
export interface Judged {
  /** Where they came from: a path, or `-`. */
  readonly file: string
  readonly format: PlanDocument['format']
  readonly statements: readonly JudgedStatement[]
  /** Whether it was planned without the values of its placeholders, as far as that is known. */
  readonly isGeneric: boolean
}

export interface JudgedStatement {
  readonly model: PlanModel
  readonly findings: readonly Finding[]
}

/** What a server that made the plan has told beside it. */
export interface Known {
  readonly facts: PlanFacts | null
  readonly isGeneric: boolean
}

const NOTHING: Known = { facts: null, isGeneric: false }

export function judge(
  file: string,
  { format, statements }: PlanDocument,
  { facts, isGeneric }: Known = NOTHING,
): Judged {
  return {
    file,
    format,
    isGeneric,
    statements: statements.map((statement) => {
      const model = modelOf(statement)
      return { model, findings: findingsOf(model, facts) }
    }),
  }
}

/** Every plan with its findings. */
export function plansText({ statements, isGeneric }: Judged, width: number): string {
  return statements.map((each) => statementText({ ...each, isGeneric }, width)).join('\n')
}

export function plansJson(plans: Judged): string {
  return jsonPlan(planPart(plans))
}

/** The first plan of each side by side, A before B. */
export function diffText(before: Judged, after: Judged, width: number): string {
  const names = safe`A is ${nameOf(before)}, B is ${nameOf(after)}`
  const lines = diffLines(diffOf(before, after), width, plainTheme)
  return [names, ...lines].map((line) => `${line.replace(/^ {1,2}/, '').trimEnd()}\n`).join('')
}

/** The same; `diff.plan` holds the plans of the second input. */
export function diffDocument(before: Judged, after: Judged): string {
  return jsonPlan(planPart(before), { ...diffJson(diffOf(before, after)), plan: planPart(after) })
}

/** Says which of several plans of an input is compared. */
export function tellMore({ file, statements }: Judged, io: Io): void {
  const plans = statements.filter(({ model }) => model.root !== null)
  if (plans.length > 1) io.err(`${inputName(file)} holds ${plans.length} plans: the first one is compared`)
}

function planPart({ format, statements }: Judged) {
  return {
    format,
    statements: statements.map(({ model, findings }) => ({
      ...modelJson(model),
      findings: findings.map(findingJson),
    })),
  }
}

function diffOf(before: Judged, after: Judged) {
  const [first, second] = [firstOf(before), firstOf(after)]
  return diffPlans(first.model, second.model, { before: first.findings, after: second.findings })
}

/** The first that has a plan; an input always holds a statement. */
function firstOf({ statements }: Judged): JudgedStatement {
  return (statements.find(({ model }) => model.root !== null) ?? statements[0]) as JudgedStatement
}

function nameOf({ file }: Judged): SafeText {
  return toSafeText(inputName(file))
}
