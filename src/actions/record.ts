/** The lines of the audit file. */
import { randomUUID } from 'node:crypto'
import type { Server } from '#src/server/contract.ts'
import type { Action } from './action.ts'
import type { AuditRecord } from './audit.ts'
import type { Clock } from './clock.ts'
import type { Operator } from './operator.ts'
import { redact } from './redact.ts'
import type { Target } from './target.ts'

/** Who does what where: the same in every line of one action. */
interface Circumstances {
  readonly server: Server
  readonly action: Action
  readonly operator: Operator
  readonly clock: Clock
}

/** Makes the lines of one action, which share an `action_id`; secrets in the query are taken out. */
export function recorder({ server, action, operator, clock }: Circumstances) {
  const action_id = randomUUID()
  const { endpoint, facts } = server
  return (target: Target, rest: AuditRecord): AuditRecord => ({
    time: clock.timeOfDay(),
    action_id,
    action,
    ...rest,
    ...operator,
    server: {
      system_identifier: facts?.systemIdentifier ?? null,
      host: endpoint.host,
      port: endpoint.port,
      database: endpoint.database,
    },
    role: facts?.role.name ?? endpoint.user,
    target: { ...target, query: target.query === null ? null : redact(target.query) },
  })
}
