/** How the client is connected, and what the session holds that others may feel. */
import type { backend } from '#queries/backend.ts'
import type { EntryRow } from '#queries/define.ts'
import type { Session } from '#src/activity/sessions.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { bytes, things } from '#src/text/units.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { drawRuns, run } from '#src/view/run.ts'

/** One or two lines; none before the backend has answered. */
export function connectionLines(
  [row]: readonly EntryRow<typeof backend>[],
  session: Session,
  { width, theme }: { readonly width: number; readonly theme: Theme },
): readonly Drawable[] {
  if (row === undefined || row.visible === false) {
    return []
  }
  const facts = [encryption(row), holdings(row, session.row.xact_start !== null)].filter(
    (text) => text.length > 0,
  )
  const overflow =
    row.subxact_overflowed === true
      ? [
          drawRuns(
            [
              run(
                safe`   ${theme.glyphs.warning} its subtransactions have overflowed: snapshots of all sessions pay for it`,
                'warning',
              ),
            ],
            width,
            theme,
          ),
        ]
      : []
  return [...facts.map((text) => drawRuns([run(safe`   ${text}`)], width, theme)), ...overflow]
}

function encryption(row: EntryRow<typeof backend>): SafeText {
  if (row.ssl === true) {
    const client = row.ssl_client_dn === null ? '' : `, client certificate ${row.ssl_client_dn}`
    return toSafeText(`${row.ssl_version ?? 'TLS'} (${row.ssl_cipher ?? 'cipher not known'})${client}`)
  }
  if (row.gss_encrypted === true) {
    return toSafeText(`GSSAPI, encrypted${row.gss_principal === null ? '' : `, as ${row.gss_principal}`}`)
  }
  return row.ssl === false ? safe`not encrypted` : safe``
}

function holdings(row: EntryRow<typeof backend>, isInTransaction: boolean): SafeText {
  const parts = [
    row.locks_held === null
      ? safe``
      : safe`${things(row.locks_held, 'lock')} held on ${things(row.relations_locked ?? 0, 'relation')}`,
    row.subxact_count === null || Number(row.subxact_count) === 0
      ? safe``
      : things(row.subxact_count, 'subtransaction'),
    // The server counts it at the end of a transaction: before, it would say that nothing was written.
    row.wal_bytes === null || isInTransaction ? safe`` : safe`${bytes(row.wal_bytes)} of WAL written`,
  ]
  return parts.filter((part) => part.length > 0).join(', ') as SafeText
}
