/** Every screen, in the order of their tabs. */
import type { Screen } from '#src/ui/screen.ts'
import { activityScreen } from './activity/screen.ts'

export const screens: readonly Screen[] = [activityScreen]
