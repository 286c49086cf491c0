/** Every rule. */
import { joinRules } from './joins/rules.ts'
import type { Rule } from './rule.ts'
import { scanRules } from './scans/rules.ts'
import { statementRules } from './statement/rules.ts'

export const rules: readonly Rule[] = [...scanRules, ...joinRules, ...statementRules]
