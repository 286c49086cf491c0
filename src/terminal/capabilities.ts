/** What the terminal is and can show, from the environment and the standard streams. */

/** The part of a stream that is looked at. */
export interface TerminalStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** What is known of the terminal before anything is written. */
export interface Capabilities {
  /** Standard input and output are both a terminal: the screens can be shown. */
  readonly isTerminal: boolean
  readonly columns: number
  readonly rows: number
  readonly colour: 'none' | '16' | '256' | 'truecolor'
  /** The locale says UTF-8; without it every sign is ASCII. */
  readonly unicode: boolean
  /** `TERM` is missing or `dumb`: no cursor movement, so no screens. */
  readonly dumb: boolean
  readonly multiplexer: 'tmux' | 'screen' | null
}

type Env = Readonly<Record<string, string | undefined>>

const MANY_COLOURS = /256|direct|truecolor|kitty|alacritty|foot|wezterm|ghostty/
const NO_COLOURS = /^(?:vt\d|.*-m(?:ono)?$)/

/**
 * Reads the capabilities. `NO_COLOR` leaves the attributes (https://no-color.org); `FORCE_COLOR` is ignored:
 * it speaks to programs whose output goes to a pipe. `CI` is ignored as well: where there is a terminal
 * there is a person.
 */
export function readCapabilities(
  env: Env,
  streams: { readonly stdin: TerminalStream; readonly stdout: TerminalStream },
): Capabilities {
  const { stdin, stdout } = streams
  const term = env.TERM ?? ''
  const dumb = term === '' || term === 'dumb'
  return {
    isTerminal: stdin.isTTY === true && stdout.isTTY === true,
    columns: stdout.columns || 80,
    rows: stdout.rows || 24,
    colour: dumb ? 'none' : colourLevel(env, term),
    unicode: /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || ''),
    dumb,
    multiplexer:
      env.TMUX || term.startsWith('tmux') ? 'tmux' : env.STY || term.startsWith('screen') ? 'screen' : null,
  }
}

function colourLevel(env: Env, term: string): Capabilities['colour'] {
  if (env.NO_COLOR || NO_COLOURS.test(term)) return 'none'
  if (/^(?:truecolor|24bit)$/i.test(env.COLORTERM ?? '')) return 'truecolor'
  return MANY_COLOURS.test(term) ? '256' : '16'
}
