/** `postgresql://user:secret@db1:5432/orders?sslmode=require` (manual: Connection URIs). */
import { ConninfoError, isKeyword, type KeywordName, type Settings, unknownKeyword } from './keywords.ts'

const SCHEME = /^postgres(?:ql)?:\/\//

/** Tells a URI of PostgreSQL from other strings. */
export function isUri(text: string): boolean {
  return SCHEME.test(text)
}

/** Reads a URI with libpq's rules: it is stricter and more lenient than the web's, so `URL` is not used. */
export function parseUri(text: string): Settings {
  const settings = new Map<KeywordName, string>()
  const store = (name: KeywordName, raw: string): void => {
    if (raw !== '') settings.set(name, decode(raw))
  }
  let rest = text.replace(SCHEME, '')

  // As in libpq, the first "@" before any "/" ends the credentials, even if it stands in the query.
  const credentials = /^([^@/]*)@/.exec(rest)
  if (credentials) {
    const [whole, inside = ''] = credentials
    const colon = inside.indexOf(':')
    store('user', colon === -1 ? inside : inside.slice(0, colon))
    if (colon !== -1) store('password', inside.slice(colon + 1))
    rest = rest.slice(whole.length)
  }

  const place = /^(?<hosts>[^/?]*)(?:\/(?<dbname>[^?]*))?(?:\?(?<query>.*))?$/s.exec(rest)?.groups
  if (place === undefined) throw new ConninfoError('the connection URI cannot be read')
  readHost(place.hosts ?? '', store)
  store('dbname', place.dbname ?? '')
  for (const parameter of (place.query ?? '').split('&')) {
    if (parameter !== '') readParameter(parameter, settings)
  }
  return settings
}

function readHost(hosts: string, store: (name: KeywordName, raw: string) => void): void {
  if (hosts.includes(','))
    throw new ConninfoError('the connection URI names several hosts: only one is supported yet')
  const bracketed = /^\[(?<address>[^\]]*)\](?::(?<port>.*))?$/.exec(hosts)?.groups
  if (hosts.startsWith('[') && !bracketed?.address)
    throw new ConninfoError(
      'the connection URI has an IPv6 address that is not in brackets: [2001:db8::1]:5432',
    )
  const plain = /^(?<address>[^:]*)(?::(?<port>.*))?$/.exec(hosts)?.groups
  const found = bracketed ?? plain
  store('host', found?.address ?? '')
  store('port', found?.port ?? '')
}

function readParameter(parameter: string, settings: Map<KeywordName, string>): void {
  const [rawName = '', rawValue, ...more] = parameter.split('=')
  if (rawValue === undefined || more.length > 0)
    throw new ConninfoError('the connection URI has a query parameter that is not one "name=value"')
  const name = decode(rawName)
  const value = decode(rawValue)
  // JDBC's spelling, accepted by libpq in this one form.
  if (name === 'ssl' && value === 'true') settings.set('sslmode', 'require')
  else if (isKeyword(name)) settings.set(name, value)
  else throw unknownKeyword(name)
}

function decode(raw: string): string {
  if (/%(?![0-9a-f]{2})/i.test(raw))
    throw new ConninfoError(
      'the connection URI has a "%" that is not followed by two hexadecimal digits (%25)',
    )
  if (/%00/.test(raw)) throw new ConninfoError('the connection URI has a forbidden %00')
  try {
    return decodeURIComponent(raw)
  } catch {
    throw new ConninfoError('the connection URI has percent-encoded bytes that are not UTF-8')
  }
}
