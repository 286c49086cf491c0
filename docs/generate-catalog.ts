/** Writes docs/catalog.md from the catalog itself; `--check` only tells whether it is stale. */
import { readFileSync, writeFileSync } from 'node:fs'
import { catalog } from '#queries/catalog.ts'
import type { Column, Entry } from '#queries/define.ts'
import { factsFor, NEWEST } from '#queries/server-version.ts'

const FILE = new URL('./catalog.md', import.meta.url)

const INTRODUCTION = `# Catalog

Generated from \`queries/\` by \`npm run docs\`.

Every statement that pgtriage can send about your server, and all that it can do to one. \`pgtriage show <entry>\`
asks one, \`pgtriage catalog <entry> --sql --server-version 16\` prints its text for another version. (Besides these
there are the settings of its own sessions, in \`queries/session.ts\`, and those of the demo, which only run on a
server that the demo has started.)

- *pace*: \`live\` up to once a second, while a screen shows it; \`onDemand\` when somebody asks.
- *waits*: what the statement can wait behind, at worst. \`nothing\`: it answers while any table, pg_database and
  pg_authid are locked ACCESS EXCLUSIVE, once the session has run it (proven by a test with such locks).
  \`catalog locks\`: it waits for an ACCESS EXCLUSIVE lock on a system catalog, as VACUUM FULL of that catalog takes;
  never for one on a table of yours. \`table locks\`: it opens tables of yours, but none that somebody has locked or
  waits to lock ACCESS EXCLUSIVE; a lock taken in that very moment makes it fail after half a second. An entry with two has a second text for when the first had to wait.
- *counter*: grows until it is reset; screens show its rate a second.
- A column without a value is NULL; what that means is told where it is not plain.`

/** The whole page. */
export function catalogPage(): string {
  const contents = catalog.map(({ id, about }) => `| [\`${id}\`](#${id}) | ${cell(about)} |`)
  return `${[INTRODUCTION, ['| entry | question |', '|---|---|', ...contents].join('\n'), ...catalog.map(section)].join('\n\n')}\n`
}

function section(entry: Entry): string {
  const { parameters = [], fallback, timeoutMs } = entry
  const facts = [
    `- pace: ${entry.pace}`,
    `- waits: ${fallback === undefined ? entry.waits : `${entry.waits}, then by its second text ${fallback.waits}`}`,
    `- reads: ${entry.reads.map((each) => `\`${each}\``).join(', ')}`,
    ...(timeoutMs === undefined ? [] : [`- bound: ${timeoutMs / 1000} s`]),
    ...(entry.identity.length === 0
      ? ['- one row']
      : [`- a row is: ${entry.identity.map((id) => `\`${id}\``).join(', ')}`]),
  ]
  return [
    `## ${entry.id}`,
    entry.about,
    ...(entry.acts === undefined ? [] : [`**It ${entry.acts}.** The screens ask before they send it.`]),
    facts.join('\n'),
    ...(parameters.length === 0
      ? []
      : [
          [
            '| parameter | type | meaning |',
            '|---|---|---|',
            ...parameters.map(
              ({ name, type, meaning }, at) => `| \`$${at + 1}\` ${name} | ${type} | ${cell(meaning)} |`,
            ),
          ].join('\n'),
        ]),
    ['| column | kind | meaning |', '|---|---|---|', ...entry.columns.map(row)].join('\n'),
    sql(entry),
  ].join('\n\n')
}

function row({ id, kind, counter, since, meaning }: Column): string {
  const notes = [
    ...(counter === true ? ['Counter.'] : []),
    ...(since === undefined ? [] : [`NULL before ${Math.floor(since / 10_000)}.`]),
  ]
  return `| \`${id}\` | ${kind} | ${cell([meaning, ...notes].join(' '))} |`
}

function sql(entry: Entry): string {
  const text = entry.sql(factsFor(NEWEST))
  if (typeof text !== 'string') return `Not possible: ${text.unavailable}.`
  const summary = `SQL for ${Math.floor(NEWEST / 10_000)}`
  return `<details><summary>${summary}</summary>\n\n\`\`\`sql\n${text}\n\`\`\`\n\n</details>`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

if (import.meta.main) {
  const page = catalogPage()
  if (!process.argv.includes('--check')) {
    writeFileSync(FILE, page)
  } else if (readFileSync(FILE, 'utf8') !== page) {
    console.error('docs/catalog.md is stale: run `npm run docs`')
    process.exitCode = 1
  }
}
