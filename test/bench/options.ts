/** The command line of the bench. */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface Options {
  /** Sizes of the crowd. */
  readonly sessions: readonly number[]
  readonly runs: number
  /** Refreshes, presses and launches of one turn. */
  readonly refreshes: number
  readonly presses: number
  readonly launches: number
  /** Waiters of each lock storm; none for no storm. */
  readonly waiters: readonly number[]
  readonly only: readonly string[]
  /** Directories of builds, the first one ours; each takes part. */
  readonly builds: readonly string[]
  readonly json: string | null
  /** Big plans are read and analysed instead, without a server. */
  readonly plans: boolean
  /** Tables of a database whose indexes and tables are looked at instead; null for none. */
  readonly catalog: number | null
  /** Prints each run and the statements that were sent. */
  readonly verbose: boolean
}

export const USAGE = `npm run bench -- [options]
  --sessions 10,200,2000   sizes of the crowd of sessions, 0 for none
  --runs 3                 runs of everything, the programs taking turns in each
  --waiters 50,200,500     sessions of the lock storms, 0 for none
  --only NAME,NAME         of pgtriage, pg_activity, pg_top
  --builds DIR,DIR         builds to measure instead of dist, to compare a change with what was before
  --json FILE              write all figures there as well
  --plans                  read and analyse big plans instead; no server is started
  --catalog 20000          look at the indexes and tables of so large a database instead
  --quick                  one short run with 10 and 200 sessions
  --verbose                print what each turn gave`

/** Reads the options, or throws a line that says what is wrong with them. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sessions: { type: 'string' },
      runs: { type: 'string' },
      waiters: { type: 'string' },
      only: { type: 'string' },
      builds: { type: 'string' },
      json: { type: 'string' },
      plans: { type: 'boolean', default: false },
      catalog: { type: 'string' },
      quick: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
    },
  })
  const { quick } = values
  return {
    sessions: (values.sessions ?? (quick ? '10,200' : '10,200,2000'))
      .split(',')
      .map((each) => count(each, 0))
      .filter((each) => each > 0),
    runs: count(values.runs ?? (quick ? '1' : '3'), 1),
    refreshes: quick ? 5 : 10,
    presses: quick ? 5 : 12,
    launches: quick ? 3 : 5,
    waiters: (values.waiters ?? (quick ? '0' : '500'))
      .split(',')
      .map((each) => count(each, 0))
      .filter((each) => each > 0),
    only: values.only?.split(',') ?? [],
    builds: (values.builds ?? 'dist').split(',').map((each) => resolve(each)),
    json: values.json ?? null,
    plans: values.plans,
    catalog: values.catalog === undefined ? null : count(values.catalog, 1),
    verbose: values.verbose,
  }
}

function count(text: string, least: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least)
    throw new Error(`${text} is not a whole number from ${least}`)
  return value
}
