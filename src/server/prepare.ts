/** Makes a fresh connection ours: who serves it, what is known of the server, which settings hold. */
import type { ServerFacts } from '#queries/define.ts'
import { lateSettings, startSettings, unconvertedTexts } from '#queries/session.ts'
import type { Connected } from './connect.ts'
import { readFacts } from './facts.ts'
import type { Session } from './session.ts'

/**
 * Finds out whether a pooler is between, and reads the facts (`alone`: without extensions and names), all in
 * one round trip on a server that stores UTF-8. Behind a pooler nothing is ever set outside a transaction:
 * another client would get the connection with it.
 */
export async function prepareSession(
  { session, settingsRefused }: Connected,
  alone: boolean,
): Promise<ServerFacts> {
  const utf8 = session.parameters.get('server_encoding') === 'UTF8'
  const pooled = utf8 ? startSettings : { ...startSettings, client_encoding: 'SQL_ASCII' }
  if (settingsRefused) session.pooled = pooled
  let { facts, backendPid } = await readFacts(session, alone || !utf8)
  if (backendPid !== session.key.pid) session.pooled = pooled
  if (!utf8) {
    if (session.pooled === null) await session.messages(unconvertedTexts)
    if (!alone) facts = (await readFacts(session, false)).facts
  }
  return { ...facts, pooled: session.pooled !== null }
}

/**
 * The same for a session with the user's own settings, its search_path among them: until that is proven harmless,
 * what is asked brings our settings along for its one transaction, and leaves none of them behind.
 */
export async function prepareDedicated({ session, settingsRefused }: Connected): Promise<ServerFacts> {
  session.pooled = startSettings
  const { facts, backendPid } = await readFacts(session, false)
  const isPooled = settingsRefused || backendPid !== session.key.pid
  if (!isPooled) session.pooled = null
  return { ...facts, pooled: isPooled }
}

/** The settings that can wait until after the first answer. A server that refuses one works without it. */
export async function settleSession(session: Session, applicationName: string): Promise<void> {
  if (session.pooled === null) await session.messages(lateSettings(applicationName)).catch(() => {})
}
