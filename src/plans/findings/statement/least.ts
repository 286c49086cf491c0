/** Below a millisecond the start of the executor and chance decide, and nobody looks at the one statement. */
export const LEAST_MS = 1
