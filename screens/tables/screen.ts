/** Tables: which are sick, how large they are and grow, and who keeps VACUUM from its work. */
import type { App } from '#src/ui/app.ts'
import type { Screen } from '#src/ui/screen.ts'
import { TablesModel } from './model.ts'

export const tablesScreen: Screen<App> = {
  id: 'tables',
  digit: '6',
  title: 'Tables',
  create: (app) => new TablesModel(app),
}
