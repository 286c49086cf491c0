/** Text of servers that do not store UTF-8 (manual: Character Set Support). */

/**
 * PostgreSQL's server encodings as the Encoding Standard calls them. SQL_ASCII means "bytes of any kind" and
 * EUC_TW and MULE_INTERNAL have no decoder: there a byte that is not UTF-8 is shown as its Latin-1 character,
 * so that nothing is lost.
 */
const LABELS: Readonly<Record<string, string>> = {
  LATIN1: 'iso-8859-1',
  LATIN2: 'iso-8859-2',
  LATIN3: 'iso-8859-3',
  LATIN4: 'iso-8859-4',
  LATIN5: 'iso-8859-9',
  LATIN6: 'iso-8859-10',
  LATIN7: 'iso-8859-13',
  LATIN8: 'iso-8859-14',
  LATIN9: 'iso-8859-15',
  LATIN10: 'iso-8859-16',
  ISO_8859_5: 'iso-8859-5',
  ISO_8859_6: 'iso-8859-6',
  ISO_8859_7: 'iso-8859-7',
  ISO_8859_8: 'iso-8859-8',
  KOI8R: 'koi8-r',
  KOI8U: 'koi8-u',
  WIN866: 'ibm866',
  WIN874: 'windows-874',
  WIN1250: 'windows-1250',
  WIN1251: 'windows-1251',
  WIN1252: 'windows-1252',
  WIN1253: 'windows-1253',
  WIN1254: 'windows-1254',
  WIN1255: 'windows-1255',
  WIN1256: 'windows-1256',
  WIN1257: 'windows-1257',
  WIN1258: 'windows-1258',
  EUC_JP: 'euc-jp',
  EUC_JIS_2004: 'euc-jp',
  EUC_KR: 'euc-kr',
  EUC_CN: 'gbk',
}

/** Gives the UTF-8 bytes of a text that arrived in whatever a server of this encoding sends. */
export type ToUtf8 = (bytes: Buffer) => Buffer

/**
 * The decoder for a server encoding, or null for UTF-8. What is valid UTF-8 is left as it is even there: the
 * query of a session in another database arrives in that database's encoding.
 */
export function toUtf8For(serverEncoding: string): ToUtf8 | null {
  if (serverEncoding === 'UTF8') return null
  const strict = new TextDecoder('utf-8', { fatal: true })
  const label = LABELS[serverEncoding]
  const own = label === undefined ? null : new TextDecoder(label)
  return (bytes) => {
    if (isAscii(bytes)) return bytes
    try {
      strict.decode(bytes)
      return bytes
    } catch {
      return Buffer.from(own === null ? bytes.toString('latin1') : own.decode(bytes), 'utf8')
    }
  }
}

function isAscii(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte > 0x7f) return false
  return true
}
