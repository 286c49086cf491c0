/** The command line: which words lead to which command. Commands are loaded when they are called. */
import { homedir, userInfo } from 'node:os'
import process from 'node:process'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { ConnectionRequest } from '#src/commands/connect.ts'
import { EXIT, type Io } from '#src/commands/io.ts'
import { VERSION } from '#src/commands/version.ts'
import { toSafeText } from '#src/text/safe.ts'
import { type ExplainOptions, explainRequest, settings } from './explain-options.ts'

let isWriting = false

const io: Io = {
  out: (text) => {
    if (!isWriting) {
      isWriting = true
      // Whoever reads may leave early, as `head` does; there is nobody to tell then.
      process.stdout.on('error', (error: NodeJS.ErrnoException) => {
        process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.internal)
      })
    }
    process.stdout.write(text)
  },
  err: (line) => {
    process.stderr.write(`pgtriage: ${toSafeText(line)}\n`)
  },
}

/** Runs the command that `argv` names and gives its exit code. */
export async function program(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok
  const finish = (code: number) => {
    exitCode = code
  }
  try {
    await commands(finish).parseAsync(argv)
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      throw error
    }
    // Help and version are asked for; everything else is a mistake that commander has already told in a line.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  }
  return exitCode
}

function commands(finish: (code: number) => void): Command {
  const root = prepared(new Command('pgtriage'))
    .description('Live terminal triage for PostgreSQL: who blocks, who waits, what frees it.')
    .version(VERSION, '-V, --version')
    .argument('[conninfo...]', 'URI, key=value string or database name, as psql takes them')
    .option('--screen <name>', 'the screen to open', 'activity')
    .option('--interval <seconds>', 'seconds between refreshes', seconds)
    .option('--read-only', 'take the actions out of the key map')
    .option('--no-audit', 'allow actions when the audit file cannot be written')
    .action(async (conninfo: string[], options: Options) => {
      const [{ top }, { screens }] = await Promise.all([
        import('#src/commands/top.ts'),
        import('#screens/index.ts'),
      ])
      finish(await top({ ...connection(conninfo, options), ...topOptions(options) }, { screens, io }))
    })
  withConnection(root)

  withConnection(
    root
      .command('activity')
      .description('the sessions as the Activity screen would show them now')
      .argument('[conninfo...]'),
  )
    .addOption(formats())
    .action(async (conninfo: string[], _own: Options, command: Command) => {
      const options: Options = command.optsWithGlobals()
      const { activity } = await import('#src/commands/activity.ts')
      finish(await activity({ ...connection(conninfo, options), format: options.format ?? 'table' }, io))
    })

  withConnection(
    root
      .command('locks')
      .description('who blocks whom, who is to blame and what frees them, as the Locks screen would show it')
      .argument('[conninfo...]'),
  )
    .addOption(new Option('--format <format>', 'how to print').choices(['tree', 'json']).default('tree'))
    .option('--all-edges', 'in JSON, every pair that pg_blocking_pids() would tell as well')
    .action(async (conninfo: string[], _own: Options, command: Command) => {
      const options: Options = command.optsWithGlobals()
      const { locks } = await import('#src/commands/locks.ts')
      finish(
        await locks(
          {
            ...connection(conninfo, options),
            format: options.format === 'json' ? 'json' : 'tree',
            allEdges: options.allEdges === true,
          },
          io,
        ),
      )
    })

  withConnection(
    root
      .command('indexes')
      .description('which indexes can go, are missing, broken or bloated, as the Indexes screen would say it')
      .argument('[conninfo...]'),
  )
    .addOption(formats())
    .option(
      '--statistics-days <days>',
      'how long scans must be counted before an index is called unused',
      days,
      30,
    )
    .action(
      async (conninfo: string[], { statisticsDays = 30 }: { statisticsDays?: number }, command: Command) => {
        const options: Options = command.optsWithGlobals()
        const { indexes } = await import('#src/commands/indexes.ts')
        finish(
          await indexes(
            { ...connection(conninfo, options), format: options.format ?? 'table', statisticsDays },
            io,
          ),
        )
      },
    )

  withConnection(
    root
      .command('tables')
      .description('which tables are sick and which sequences run out, as the Tables screen would say it')
      .argument('[conninfo...]'),
  )
    .addOption(formats())
    .action(async (conninfo: string[], _own: Options, command: Command) => {
      const options: Options = command.optsWithGlobals()
      const { tables } = await import('#src/commands/tables.ts')
      finish(await tables({ ...connection(conninfo, options), format: options.format ?? 'table' }, io))
    })

  withConnection(
    root
      .command('show')
      .description('one catalog entry, once')
      .argument('<entry>', 'its id; `pgtriage catalog` lists them')
      .argument('[conninfo...]'),
  )
    .addOption(formats())
    .option('--columns <ids>', 'these columns only, separated by commas', list)
    .option('--sort <column>', 'sort by a column; -column for descending')
    .option('--filter <text>', 'rows that match, as the filter of a screen')
    .option('--limit <rows>', 'at most so many rows', positiveInteger)
    .option('--watch <seconds>', 'again every so many seconds', seconds)
    .action(async (entry: string, conninfo: string[], _own: Options, command: Command) => {
      const options: Options = command.optsWithGlobals()
      const { show } = await import('#src/commands/show.ts')
      finish(await show({ ...connection(conninfo, options), ...showOptions(entry, options) }, io))
    })

  withConnection(
    root
      .command('explain')
      .description('a plan with the time that each node really took, and what to do about it')
      .argument('[conninfo...]'),
  )
    .option('--file <path>', 'what EXPLAIN printed, also in a log or a client; - is standard input', '-')
    .option('--sql <path>', 'a statement, to be planned on the server; - is standard input')
    .option('--analyze', 'run the statement (EXPLAIN ANALYZE) and roll it back, after a question')
    .option('--yes', 'consent to running it')
    .option('--set <name=value>', 'a setting for it, as often as needed', settings, {})
    .option('--timeout <seconds>', 'how long it may run', positiveInteger, 30)
    .option('--diff <path>', 'another plan of the statement (B), to be compared with this one (A)')
    .addOption(new Option('--format <format>', 'how to print').choices(['tree', 'json']).default('tree'))
    .action(async (conninfo: string[], own: ExplainOptions, command: Command) => {
      const options: Options = command.optsWithGlobals()
      const { explain } = await import('#src/commands/explain.ts')
      const request = explainRequest(own, connection(conninfo, options))
      if (typeof request === 'string') {
        io.err(request)
        finish(EXIT.usage)
      } else {
        finish(await explain(request, io))
      }
    })

  root
    .command('catalog')
    .description('what can be asked of a server, and the exact SQL for a version')
    .argument('[entry]')
    .option('--sql', 'print the SQL')
    .option('--server-version <version>', 'for this version: 16, 16.4 or 160004')
    .action(async (entry: string | undefined, options: Options) => {
      const { catalog } = await import('#src/commands/catalog.ts')
      finish(await catalog(catalogOptions(entry, options), io))
    })

  root
    .command('demo')
    .description('a throw-away real server with a scripted incident, and the screens on it')
    .option('--incident <name>', 'which incident; an unknown name lists them')
    .option('--print', 'print the connection string and keep the server running until interrupted')
    .action(async (_own: Options, command: Command) => {
      const options: Options = command.optsWithGlobals()
      const { runDemo } = await import('./demo.ts')
      finish(await runDemo({ ...options, ...topOptions(options) }, connection([], {}), io))
    })
  return root
}

/** Every option of every command; commander gives those that were used. */
interface Options {
  readonly host?: string
  readonly port?: string
  readonly username?: string
  readonly dbname?: string
  readonly password?: boolean
  readonly askPassword?: true
  readonly allowPlaintextPassword?: true
  readonly screen?: string
  readonly interval?: number
  readonly readOnly?: true
  readonly audit?: boolean
  readonly format?: 'table' | 'json' | 'csv'
  readonly allEdges?: true
  readonly file?: string
  readonly columns?: readonly string[]
  readonly sort?: string
  readonly filter?: string
  readonly limit?: number
  readonly watch?: number
  readonly sql?: true
  readonly serverVersion?: string
  readonly incident?: string
  readonly print?: true
}

function connection(conninfo: readonly string[], options: Options): ConnectionRequest {
  const { host, port, username, dbname, password, askPassword, allowPlaintextPassword } = options
  const prompt = password === false ? 'never' : askPassword === true ? 'always' : undefined
  return {
    positional: conninfo,
    flags: {
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(username === undefined ? {} : { username }),
      ...(dbname === undefined ? {} : { dbname }),
      ...(prompt === undefined ? {} : { prompt }),
      ...(allowPlaintextPassword === undefined ? {} : { allowPlaintextPassword }),
    },
    env: process.env,
    home: process.env.HOME ?? homedir(),
    osUser: osUser(),
  }
}

/** In a container the process may run under a uid without a name; a role must be given then. */
function osUser(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}

function showOptions(entry: string, { format = 'table', columns, sort, filter, limit, watch }: Options) {
  return {
    entry,
    format,
    ...(columns === undefined ? {} : { columns }),
    ...(sort === undefined ? {} : { sort }),
    ...(filter === undefined ? {} : { filter }),
    ...(limit === undefined ? {} : { limit }),
    ...(watch === undefined ? {} : { watchSeconds: watch }),
  }
}

function catalogOptions(entry: string | undefined, { sql, serverVersion }: Options) {
  return {
    ...(entry === undefined ? {} : { entry }),
    ...(sql === undefined ? {} : { sql }),
    ...(serverVersion === undefined ? {} : { serverVersion }),
  }
}

function topOptions({ screen = 'activity', interval, readOnly, audit }: Options) {
  return {
    screen,
    settings: {
      ...(interval === undefined ? {} : { interval }),
      ...(readOnly === undefined ? {} : { readOnly }),
      ...(audit === false ? { noAudit: true } : {}),
    },
  }
}

/** The flags of psql. `-h` is the host there, so help is `--help` alone. */
function withConnection(command: Command): Command {
  return command
    .option('-h, --host <host>', 'host name, address or socket directory')
    .option('-p, --port <port>', 'port')
    .option('-U, --username <role>', 'role to connect as')
    .option('-d, --dbname <dbname>', 'database name or connection string')
    .option('-w, --no-password', 'never ask for a password')
    .option('-W, --ask-password', 'ask for the password before connecting')
    .option('--allow-plaintext-password', 'send a password over a link that is not encrypted')
}

function prepared(command: Command): Command {
  return command
    .helpOption('--help', 'show this help')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeErr: (text) =>
        io.err(
          withoutPasswords(text)
            .replace(/^error: /, '')
            .trim()
            .replace(/\s*\n\s*/g, ' '),
        ),
    })
}

/** A word in the wrong place is repeated in the message, and may be a connection string. */
function withoutPasswords(text: string): string {
  return text
    .replace(/(\w+:\/\/[^\s:@/]*:)[^\s]*@/g, '$1***@')
    .replace(/(\bpassword\s*=\s*)('(?:[^'\\]|\\.)*'?|[^\s&']+)/gi, '$1***')
}

function formats(): Option {
  return new Option('--format <format>', 'how to print').choices(['table', 'json', 'csv']).default('table')
}

function seconds(text: string): number {
  const value = Number(text)
  if (!(value >= 0.5 && value <= 60)) {
    throw new InvalidArgumentError('It is a number of seconds from 0.5 to 60.')
  }
  return value
}

function positiveInteger(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError('It is a whole number above 0.')
  }
  return value
}

function days(text: string): number {
  const value = Number(text)
  if (!(value >= 0 && value <= 3650)) throw new InvalidArgumentError('It is a number from 0 to 3650.')
  return value
}

function list(text: string): readonly string[] {
  return text.split(',').map((each) => each.trim())
}
