import type { Rule } from '../rule.ts'

export const joinRules: readonly Rule[] = []
