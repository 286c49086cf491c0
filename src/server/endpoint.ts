/** Where a target leads, as the header and JSON documents tell it. */
import type { Target } from './conninfo/target.ts'
import type { Endpoint } from './contract.ts'
import { isLocal, placeOf } from './wire/place.ts'

/** The endpoint of a target; holds no secret. */
export function endpointOf(target: Target, tls: boolean): Endpoint {
  const { host, port, database, user } = target
  const place = isLocal(target) ? `[local]:${port}` : placeOf(target)
  return { host, port, database, user, label: `${database}@${place}`, tls }
}
