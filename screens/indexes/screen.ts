/** Indexes: which can go, which is missing, which is broken or bloated. */
import type { App } from '#src/ui/app.ts'
import type { Screen } from '#src/ui/screen.ts'
import { IndexesModel } from './model.ts'

export const indexesScreen: Screen<App> = {
  id: 'indexes',
  digit: '5',
  title: 'Indexes',
  create: (app) => new IndexesModel(app),
}
