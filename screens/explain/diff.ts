/** The shown plan beside the one that it is compared with. */
import { diffPlans } from '#src/plans/diff/diff.ts'
import { safe } from '#src/text/safe.ts'
import { lastCall } from '#src/ui/memo.ts'
import { diffLines } from '#src/view/plan/diff.ts'
import type { ExplainContext } from './context.ts'
import type { ShownStatement } from './shown-plan.ts'
import type { Content } from './views/text.ts'

export function diffContent({ history, app }: ExplainContext): Content {
  const diff = lastCall((before: ShownStatement, after: ShownStatement) =>
    diffPlans(before.model, after.model, {
      before: before.findings,
      after: after.findings,
      facts: { before: before.facts, after: after.facts },
    }),
  )
  return (width) => {
    const before = history.before?.statements[0]
    const { current, plan } = history
    const after = plan?.statements[history.statement]
    if (current === null || after === undefined) return []
    if (before === undefined)
      return [
        safe``,
        safe` There is no plan before this one: explain it once more, with other settings (x) or run (A).`,
      ]
    return diffLines(diff(before, after), width, app.theme)
  }
}
