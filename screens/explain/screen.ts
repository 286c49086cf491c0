/** Explain: what a query does with its time, told truthfully. */
import type { App } from '#src/ui/app.ts'
import type { Screen } from '#src/ui/screen.ts'
import { ExplainModel } from './model.ts'

export const explainScreen: Screen<App> = {
  id: 'explain',
  digit: '4',
  title: 'Explain',
  create: (app) => new ExplainModel(app),
}
