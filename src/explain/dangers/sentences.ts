/** How dangers of calls are told; the same for the same call, so that one look can be compared with the next. */
import type { Danger } from '../contract.ts'
import type { FunctionNode } from './nodes.ts'
import type { Reached } from './reach.ts'

export const MORE: Danger = {
  kind: 'volatile function',
  sentence: 'leads to more functions than were looked at: what they do outside of the transaction stays',
  isUndone: false,
}

/** `calls public.f(), which may lead to nextval(): a sequence advances, …` */
export function dangerOf(begins: string, { effect, by }: Reached): Danger {
  const leads = by === null ? '' : `, which may lead to ${labelOf(by)}`
  return { kind: effect.kind, sentence: `${begins}${leads}: ${effect.says}`, isUndone: effect.isUndone }
}

export function labelOf(node: FunctionNode | undefined): string {
  if (node === undefined) return 'a function'
  return node.isBuiltin ? `${node.name}()` : `${node.schema}.${node.name}()`
}
