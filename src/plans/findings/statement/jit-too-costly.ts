import { latency } from '#src/text/units.ts'
import { groupIn, numberIn } from '../../model/values.ts'
import type { PlanObject } from '../../plan.ts'
import type { RuleContext } from '../context.ts'
import type { Evidence, Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { LEAST_MS } from './least.ts'

const LEAST_SHARE = 0.25

/**
 * `JIT.Timing.Total` is the sum over all processes, so only what the leader compiled is a part of the execution. Where
 * that is not known (a Gather without VERBOSE), the mean of the processes stands for it: all compile the same, at the
 * same time.
 */
export const jitTooCostly = {
  id: 'jit-too-costly',
  about: 'Compiling expressions takes a quarter of the execution or more.',
  source: 'manual 32.3; threshold of pgexplain',
  find: (context) => {
    const { jit, hasTiming } = context.model
    if (jit === null || !hasTiming) return []
    const ms = jit.leaderMs ?? jit.totalMs / mostParticipants(context)
    return ms >= LEAST_MS && context.isWorth(ms) && ms >= LEAST_SHARE * context.wholeMs
      ? [findFor(ms, context)]
      : []
  },
} satisfies Rule

function mostParticipants({ executed }: RuleContext): number {
  return executed.reduce((most, { participants }) => Math.max(most, participants), 1)
}

function findFor(ms: number, { model, wholeMs }: RuleContext): Found {
  const jit = groupIn(model.statement.properties, 'JIT')
  const timing = groupIn(jit, 'Timing')
  const cost = model.root === null ? null : numberIn(model.root.raw.properties, 'Total Cost')
  return {
    node: null,
    savesMs: ms,
    title: `JIT takes ${model.jit?.leaderMs === null ? 'about ' : ''}${latency(ms / 1000)} of ${latency(wholeMs / 1000)}`,
    advice: `Switch JIT off for this statement or role, or raise jit_above_cost over its cost${cost === null ? '' : ` of ${Math.ceil(cost)}`}. What was compiled then runs interpreted, which takes back a part of the gain.`,
    remedy: 'SET jit = off;',
    evidence: [
      { label: 'JIT', value: ms, unit: 'ms' },
      ...(model.jit === null
        ? []
        : [{ label: 'in all processes', value: model.jit.totalMs, unit: 'ms' as const }]),
      ...PHASES.flatMap((phase) => phaseOf(timing, phase)),
      ...(model.jit?.functions == null
        ? []
        : [{ label: 'functions', value: model.jit.functions, unit: 'count' as const }]),
    ],
  }
}

const PHASES = ['Generation', 'Inlining', 'Optimization', 'Emission']

/** Generation is a group of its own from PostgreSQL 17 on. */
function phaseOf(timing: PlanObject, phase: string): readonly Evidence[] {
  const ms = numberIn(timing, phase) ?? numberIn(groupIn(timing, phase), 'Total')
  return ms === null ? [] : [{ label: phase.toLowerCase(), value: ms, unit: 'ms' }]
}
