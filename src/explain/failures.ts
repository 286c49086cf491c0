/** The server's failures as refusals: what they mean here, and what to try. */
import type { Asked, Failure } from '#src/server/contract.ts'
import type { Refusal } from './contract.ts'

type Failed = Extract<Asked, { readonly ok: false }>

const LOCK_NOT_AVAILABLE = '55P03'
const QUERY_CANCELED = '57014'
const TOO_MANY_CONNECTIONS = '53300'

/** What to try, by SQLSTATE (manual: Appendix A). */
const REMEDIES: Readonly<Record<string, readonly string[]>> = {
  '3F000': ['names are looked for in the search_path of this role: name the schema, or give a search_path'],
  '42P01': ['names are looked for in the search_path of this role: name the schema, or give a search_path'],
  '42883': [
    'functions are looked for in the search_path of this role: name the schema, or give a search_path',
  ],
  '42704': ['types are looked for in the search_path of this role: name the schema, or give a search_path'],
  '42P18': ['write the type of the placeholder that has none: $1::integer'],
  '42501': ['EXPLAIN needs the rights that the statement itself needs'],
  '22P02': ['a value must be written as its type is: 2026-01-31 for a date'],
  '40001': ['try it again'],
  '40P01': ['try it again'],
}

/** The server tells what is wrong with a setting; what helps a statement does not help there. */
function remediesOf(step: Refusal['step']): typeof REMEDIES {
  return step === 'settings' ? {} : REMEDIES
}

/** A failed question; its position is left to whoever knows what was sent. */
export function refusalFor(step: Refusal['step'], { failure }: Pick<Failed, 'failure'>): Refusal {
  const { sqlstate } = failure
  if (sqlstate === LOCK_NOT_AVAILABLE) return lockRefusal(step, failure)
  if (sqlstate === QUERY_CANCELED || (failure.kind === 'timeout' && sqlstate === null))
    return timeoutRefusal(step, failure)
  const remedies = sqlstate === null ? [] : (remediesOf(step)[sqlstate] ?? [])
  return { failure, position: null, step, remedies }
}

/** Nobody got in. */
export function connectionRefusal(failure: Failure): Refusal {
  const remedies =
    failure.sqlstate === TOO_MANY_CONNECTIONS
      ? ['it needs a connection of its own: try it when one is free, or raise the limit of this role']
      : []
  return { failure, position: null, step: 'connect', remedies }
}

/** Ended by the person. */
export function canceled(step: Refusal['step']): Refusal {
  const failure: Failure = { kind: 'statement', message: 'canceled', sqlstate: QUERY_CANCELED }
  return { failure, position: null, step, remedies: [] }
}

/** Planning locks each table of the statement and each of their indexes, as little as that may be. */
function lockRefusal(step: Refusal['step'], failure: Failure): Refusal {
  const what = step === 'run' ? 'a lock that it needs' : 'a lock on a table or an index that planning needs'
  const message = `${what} was not to be had within half a second: another session holds it, or waits for it`
  return {
    failure: { ...failure, message, detail: failure.message },
    position: null,
    step,
    remedies: ['Locks shows who holds it', 'try it again later'],
  }
}

function timeoutRefusal(step: Refusal['step'], failure: Failure): Refusal {
  if (step !== 'run')
    return { failure, position: null, step, remedies: ['try it again when the server has less to do'] }
  return {
    failure: { ...failure, message: 'it did not end in time', detail: failure.message },
    position: null,
    step,
    remedies: [
      'a longer timeout',
      'without timing, where reading the clock costs much',
      'the plan without running it',
    ],
  }
}
