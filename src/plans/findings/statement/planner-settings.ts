import { things } from '#src/text/units.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { settingsOf } from './settings.ts'

/** Says where names are looked up, nothing of how a plan is chosen. */
const NO_MATTER: ReadonlySet<string> = new Set(['search_path'])

/** For information: a plan is only comparable with others made under the same settings. */
export const plannerSettings = {
  id: 'planner-settings',
  about: 'Settings that the planner heeds differ from their defaults (EXPLAIN with SETTINGS).',
  source: 'manual 19.7; EXPLAIN (SETTINGS)',
  find: (context) => {
    const settings = Object.entries(settingsOf(context)).filter(([name]) => !NO_MATTER.has(name))
    return settings.length === 0
      ? []
      : [findFor(settings.map(([name, value]) => ({ name, value: String(value) })))]
  },
} satisfies Rule

interface Setting {
  readonly name: string
  readonly value: string
}

function findFor(settings: readonly Setting[]): Found {
  const off = settings.filter(({ name, value }) => name.startsWith('enable_') && value === 'off')
  return {
    node: null,
    savesMs: null,
    severity: off.length > 0 ? 'warning' : 'notice',
    title:
      off.length > 0
        ? `ways of planning are switched off: ${namesOf(off)}`
        : `${things(settings.length, 'planner setting')} not at the default`,
    advice:
      off.length > 0
        ? 'The enable_ settings are meant for trying: switched off for all statements they leave slower plans. Compare with the plan under the defaults.'
        : 'Plans are comparable only under the same settings; see that production has these too.',
    remedy: off.length > 0 ? off.map(({ name }) => `SET ${name} = on;`).join('\n') : null,
    evidence: settings.map(({ name, value }) => ({ label: name, value, unit: 'text' })),
  }
}

function namesOf(settings: readonly Setting[]): string {
  return settings.map(({ name }) => name).join(', ')
}
