/** The few questions that a connection string asks of the file system. */
import { readFileSync, statSync } from 'node:fs'

/** What is asked of a file: its kind, who may read it, its owner. */
export interface FileFacts {
  readonly isFile: boolean
  readonly isSocket: boolean
  /** Permission bits, `0o600`. */
  readonly mode: number
  readonly uid: number
}

/** The file system as the connection rules see it; null for what is not there or cannot be read. */
export interface Files {
  facts(path: string): FileFacts | null
  text(path: string): string | null
}

/** The real file system; follows symbolic links, as libpq does. */
export const realFiles: Files = {
  facts(path) {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) return null
    return { isFile: found.isFile(), isSocket: found.isSocket(), mode: found.mode & 0o777, uid: found.uid }
  },
  text(path) {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return null
    }
  },
}
