/** Who is at the keyboard, as far as the operating system tells. */
import { readlinkSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'

/** The person behind an action, for the audit file. */
export interface Operator {
  readonly os_user: string
  readonly os_host: string
  /** `SSH_CLIENT`: address, port and own port of the login; null when not logged in over SSH. */
  readonly ssh_client: string | null
  /** The terminal's device, `/dev/pts/3`; null when it cannot be told. */
  readonly tty: string | null
}

/** Reads who runs this process. `SUDO_USER` is told with the user, who is root then. */
export function readOperator(env: NodeJS.ProcessEnv): Operator {
  const user = userName()
  return {
    os_user: env.SUDO_USER === undefined ? user : `${user} (sudo by ${env.SUDO_USER})`,
    os_host: hostname(),
    ssh_client: env.SSH_CLIENT ?? null,
    tty: terminalName() ?? env.SSH_TTY ?? null,
  }
}

// A container may run under a uid that has no entry in its passwd: userInfo() throws then.
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}

// Linux only; elsewhere the link does not name the device.
function terminalName(): string | null {
  try {
    const device = readlinkSync('/proc/self/fd/0')
    return device.startsWith('/dev/') && device !== '/dev/null' ? device : null
  } catch {
    return null
  }
}
