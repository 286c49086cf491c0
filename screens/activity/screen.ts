/** Activity: who is connected, what each does, who waits for whom. */
import type { Screen } from '#src/ui/screen.ts'
import { ActivityModel } from './model.ts'

export const activityScreen: Screen = {
  id: 'activity',
  digit: '2',
  title: 'Activity',
  create: (app) => new ActivityModel(app),
}
