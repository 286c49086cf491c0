/** How much memory to propose, as a setting to copy. */
import type { PlanNode } from '../../model/node.ts'
import { groupIn, textIn } from '../../model/values.ts'
import type { PlanObject } from '../../plan.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'

const MB = 1024 * 1024

/** PostgreSQL's own prints in kB (`Sort Space Used`, `Peak Memory Usage`, `Disk Usage`) are of 1024 bytes. */
export const KB = 1024

/** From here on a setting for each process is more than a server with other sessions can be expected to have … */
const LARGE_BYTES = 1024 * MB
/** … and from here on nobody should copy it. */
const UNREASONABLE_BYTES = 4096 * MB

/** What memory would do, with the statement that gives it; without one where that would be unreasonable. */
export type MemoryAdvice = Pick<Found, 'advice' | 'remedy'>

/** Advice for a work_mem of so many bytes; `does` goes on with what it does: `it would stay in memory`. */
export function adviseWorkMem(bytes: number, does: string): MemoryAdvice {
  const setting = `${Math.max(1, Math.ceil(bytes / MB))}MB`
  const caveat =
    bytes > LARGE_BYTES
      ? ' That is more than most servers can spare for each process: first make the rows fewer or narrower.'
      : ''
  return {
    advice: `With a work_mem of about ${setting} ${does}.${caveat}`,
    remedy: bytes > UNREASONABLE_BYTES ? null : `SET work_mem = '${setting}';`,
  }
}

/**
 * The same for a hash table. Its limit is work_mem times hash_mem_multiplier, which is only printed where SETTINGS was
 * asked for and it is not the default (1 up to PostgreSQL 14, then 2); the smaller is assumed, so that the proposal is
 * enough for both.
 */
export function adviseHashMem(bytes: number, does: string, context: RuleContext): MemoryAdvice {
  const printed = textIn(groupIn(context.model.statement.properties, 'Settings'), 'hash_mem_multiplier')
  return printed === null
    ? adviseWorkMem(
        bytes,
        `${does}, and half of it is enough where hash_mem_multiplier is 2, the default from 15 on`,
      )
    : adviseWorkMem(bytes / (Number(printed) || 1), does)
}

/**
 * What each process that ran the node printed of its own: the node's properties are the leader's, and may lack what
 * only workers did.
 */
export function processesOf(node: PlanNode): readonly PlanObject[] {
  return [node.raw.properties, ...node.workers.map(({ properties }) => properties)]
}
