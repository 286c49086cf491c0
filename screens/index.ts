/** Every screen, in the order of their tabs. */
import type { App } from '#src/ui/app.ts'
import type { Screen } from '#src/ui/screen.ts'
import { activityScreen } from './activity/screen.ts'
import { explainScreen } from './explain/screen.ts'
import { indexesScreen } from './indexes/screen.ts'
import { locksScreen } from './locks/screen.ts'
import { tablesScreen } from './tables/screen.ts'

export const screens: readonly Screen<App>[] = [
  activityScreen,
  locksScreen,
  explainScreen,
  indexesScreen,
  tablesScreen,
]
