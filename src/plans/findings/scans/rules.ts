import type { Rule } from '../rule.ts'

export const scanRules: readonly Rule[] = []
