/** Every screen, in the order of their tabs. */
import type { App } from '#src/ui/app.ts'
import type { Screen } from '#src/ui/screen.ts'
import { activityScreen } from './activity/screen.ts'
import { explainScreen } from './explain/screen.ts'
import { locksScreen } from './locks/screen.ts'

export const screens: readonly Screen<App>[] = [activityScreen, locksScreen, explainScreen]
