/** Writes docs/keys.md from the key bindings themselves; `--check` only tells whether it is stale. */
import { readFileSync, writeFileSync } from 'node:fs'
import { catalog } from '#queries/catalog.ts'
import { screens } from '#screens/index.ts'
import type { Scope } from '#src/keys/binding.ts'
import { keyLabel } from '#src/keys/hints.ts'
import { Monitor } from '#src/monitor/monitor.ts'
import type { Server } from '#src/server/contract.ts'
import { defaultSettings } from '#src/settings/settings.ts'
import { createTheme } from '#src/theme/theme.ts'
import { App } from '#src/ui/app.ts'
import type { Command } from '#src/ui/command.ts'
import { frameCommands } from '#src/ui/frame-commands.ts'
import { Leaving } from '#src/ui/leaving.ts'

const FILE = new URL('./keys.md', import.meta.url)

/** A server that never answers: the bindings do not depend on one. */
const nowhere: Server = {
  endpoint: { host: '', port: 5432, database: '', user: '', label: '', tls: false },
  facts: null,
  link: { status: 'connecting' },
  hasControl: false,
  roundTripMs: 0,
  run: () => new Promise(() => {}),
  dedicated: () => new Promise(() => {}),
  subscribe: () => () => {},
  reconnectNow: () => {},
  close: async () => {},
}

const SCOPES = [
  ['global', 'Everywhere'],
  ['table', 'In the table'],
  ['screen', 'On the chosen row'],
  ['detail', 'In the detail'],
] as const satisfies readonly (readonly [Scope, string])[]

/** The whole page. */
export function keysPage(): string {
  const sections = screens.map((screen) => {
    const app = new App({
      server: nowhere,
      monitor: new Monitor(nowhere, { intervalMs: 1000 }),
      screens,
      commands: frameCommands,
      startScreen: screen.id,
      catalog,
      theme: createTheme({ colour: 'none', unicode: true }),
      terminal: {
        redraw: () => {},
        whenShown: () => {},
        suspend: async () => {},
        page: async () => null,
        edit: async () => ({ ok: false, reason: 'no editor' }),
        copy: () => null,
      },
      settings: defaultSettings,
      size: { columns: 80, rows: 24 },
      leaving: new Leaving(),
      quit: () => {},
    })
    const { bindings } = app.situation()
    app.close()
    return [
      `## ${screen.title}`,
      ...SCOPES.flatMap(([scope, title]) =>
        table(
          title,
          bindings.filter((each) => each.scope === scope),
        ),
      ),
    ].join('\n\n')
  })
  return `# Keys\n\nGenerated from the key bindings by \`npm run docs\`.\n\n${sections.join('\n\n')}\n`
}

function table(title: string, commands: readonly Command[]): readonly string[] {
  if (commands.length === 0) {
    return []
  }
  const rows = commands.map(({ keys, title: does, danger }) => {
    const names = keys
      .map((key) => `\`${keyLabel(key)}\``)
      .join(' ')
      .replaceAll('|', '\\|')
    return `| ${names} | ${does}${danger === undefined ? '' : ' (not with `--read-only`)'} |`
  })
  return [`### ${title}`, ['| keys | do |', '|---|---|', ...rows].join('\n')]
}

if (import.meta.main) {
  const page = keysPage()
  if (!process.argv.includes('--check')) {
    writeFileSync(FILE, page)
  } else if (readFileSync(FILE, 'utf8') !== page) {
    console.error('docs/keys.md is stale: run `npm run docs`')
    process.exitCode = 1
  }
}
