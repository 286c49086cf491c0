/** The control sequences this program writes; the wall lets nothing else through. */

/** Sequences with their names in xterm's ctlseqs. */
export const SEQUENCE = {
  /** DECSET 1049: the alternate screen, with the cursor saved. */
  enterScreen: '\x1b[?1049h',
  leaveScreen: '\x1b[?1049l',
  hideCursor: '\x1b[?25l',
  showCursor: '\x1b[?25h',
  /** DECSET 2026: the terminal draws what lies between at once; others ignore it. */
  beginFrame: '\x1b[?2026h',
  endFrame: '\x1b[?2026l',
  /** DECSET 2004: what is pasted arrives marked. */
  bracketPastes: '\x1b[?2004h',
  plainPastes: '\x1b[?2004l',
  resetStyle: '\x1b[m',
  eraseScreen: '\x1b[H\x1b[J',
  eraseLine: '\x1b[K',
} as const

/** Brings a terminal back from whatever state a frame may have been cut in; harmless when nothing is wrong. */
export const RESTORE =
  SEQUENCE.endFrame + SEQUENCE.resetStyle + SEQUENCE.plainPastes + SEQUENCE.showCursor + SEQUENCE.leaveScreen
