/** The two things that can be done to a backend. */

/** `cancel` ends the running statement; `terminate` ends the session (manual: Server Signaling Functions). */
export type Action = 'cancel' | 'terminate'
