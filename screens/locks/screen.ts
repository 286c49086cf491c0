/** Locks: who blocks whom, who is to blame, and what frees them. */
import type { App } from '#src/ui/app.ts'
import type { Screen } from '#src/ui/screen.ts'
import { LocksModel } from './model.ts'

export const locksScreen: Screen<App> = {
  id: 'locks',
  digit: '3',
  title: 'Locks',
  create: (app) => new LocksModel(app),
}
