/** Everything that is known of one node, to be read. */
import type { PlanNode } from '#src/plans/model/node.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import { command } from '#src/ui/command.ts'
import { copyText } from '#src/ui/copy.ts'
import { nodeDetailLines } from '#src/view/plan/detail.ts'
import type { ExplainContext, View } from './context.ts'
import { TextView } from './views/text.ts'

export function nodeDetail(context: ExplainContext, node: PlanNode, close: () => void): View {
  const findings = (context.current.get()?.findings ?? []).filter((finding) => finding.node === node)
  const remedy = findings.find((finding) => finding.remedy !== null)?.remedy ?? null
  const view = new TextView(context, (width) => {
    const current = context.current.get()
    if (current === null) return []
    return nodeDetailLines(current.model, node, { findings, width, theme: context.app.theme })
  })
  return {
    commands: [
      command('detail', ['enter'], 'Go back to the tree', close),
      ...(remedy === null
        ? []
        : [
            command(
              'detail',
              ['y'],
              'Copy the statement that is advised',
              () => copyText(context.app, remedy, safe`copied: ${toSafeText(remedy)}`),
              { label: 'copy SQL' },
            ),
          ]),
      ...view.commands,
    ],
    scopes: view.scopes,
    entries: view.entries,
    lines: (width, height) => view.lines(width, height),
    subscribe: view.subscribe,
    open: () => view.open(),
    close: () => view.close(),
    back: () => view.back(),
    summary: () => view.summary(),
  }
}
