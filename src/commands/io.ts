/** The ways out of a one-shot command, so that tests can read them. */

export interface Io {
  /** Writes to standard output as it is: the caller has made it safe. */
  out(text: string): void
  /** Writes one line to standard error, sanitised. */
  err(line: string): void
}

/** Exit codes by contract: 2 for usage and connection errors, 70 for a fault of our own. */
export const EXIT = { ok: 0, usage: 2, internal: 70 } as const
