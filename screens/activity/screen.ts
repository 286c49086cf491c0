/** Activity: who is connected, what each does, who waits for whom. */
import type { App } from '#src/ui/app.ts'
import type { Screen } from '#src/ui/screen.ts'
import { ActivityModel } from './model.ts'

export const activityScreen: Screen<App> = {
  id: 'activity',
  digit: '2',
  title: 'Activity',
  create: (app) => new ActivityModel(app),
}
