/** The whole frame over a scripted server, drawn by Ink into memory: for tests of what a person sees. */
import { render } from 'ink-testing-library'
import { expect, onTestFinished, vi } from 'vitest'
import { catalog } from '#queries/catalog.ts'
import type { Row, ServerFacts } from '#queries/define.ts'
import { counters } from '#queries/vitals.ts'
import { screens } from '#screens/index.ts'
import { Monitor } from '#src/monitor/monitor.ts'
import type { Failure, Link, Outcome, Server, ServerEvent } from '#src/server/contract.ts'
import { defaultSettings, type Settings } from '#src/settings/settings.ts'
import { createTheme } from '#src/theme/theme.ts'
import { App } from '#src/ui/app.ts'
import { announceEvents } from '#src/ui/events.ts'
import { Frame } from '#src/ui/frame.tsx'
import { frameCommands } from '#src/ui/frame-commands.ts'
import { frameParts } from '#src/ui/frame-parts.ts'
import { Leaving } from '#src/ui/leaving.ts'
import { VitalsModel } from '#src/ui/vitals-model.ts'
import { facts as someFacts } from '#test/src/activity/fixtures.ts'

/** A server that answers each entry with the rows set for it, and remembers what it was asked. */
export class ScriptedServer implements Server {
  endpoint = { host: 'db1', port: 5432, database: 'orders', user: 'dba', label: 'orders@db1:5432', tls: true }
  facts: ServerFacts | null = someFacts
  link: Link = { status: 'up' }
  hasControl = true
  roundTripMs = 0
  readonly answers = new Map<string, readonly Row[] | Failure>()
  readonly asked: { readonly entry: string; readonly parameters: readonly unknown[] }[] = []
  reconnects = 0
  readonly #listeners = new Set<(event: ServerEvent) => void>()

  dedicated: Server['dedicated'] = async () => ({
    ok: false,
    failure: { kind: 'unavailable', message: 'no connection of its own here', sqlstate: null },
  })

  run: Server['run'] = async (entry, options) => {
    this.asked.push({ entry: entry.id, parameters: options?.parameters ?? [] })
    const answer = this.answers.get(entry.id) ?? []
    const outcome: Outcome<Row> =
      'message' in answer ? { ok: false, failure: answer, tookMs: 1 } : { ok: true, rows: answer, tookMs: 1 }
    return outcome as never
  }

  subscribe = (listener: (event: ServerEvent) => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  tell(event: ServerEvent): void {
    if (event.kind === 'link') {
      this.link = event.link
    }
    for (const listener of this.#listeners) {
      listener(event)
    }
  }

  reconnectNow = () => {
    this.reconnects += 1
  }

  close = async () => {}
}

export interface AppUnderTest {
  readonly app: App
  readonly server: ScriptedServer
  readonly copied: string[]
  readonly paged: string[][]
  readonly quits: { count: number }
  /** The lines on screen now, without their colours, as wide as they are. */
  screen(): readonly string[]
  /** Presses keys one after the other; names as Ink reads them from a terminal. */
  press(...keys: readonly string[]): Promise<void>
  /** As a terminal pastes that was asked for brackets. */
  paste(text: string): Promise<void>
  /** Waits until the screen, read as one text with its line breaks as spaces, holds a text or matches. */
  see(what: string | RegExp): Promise<void>
  refresh(): Promise<void>
}

/** What the keys of a terminal send. */
export const KEYS = {
  enter: '\r',
  escape: '\x1b',
  down: '\x1b[B',
  up: '\x1b[A',
  tab: '\t',
  backspace: '\x7f',
} as const

export interface AppTestOptions {
  readonly columns?: number
  readonly rows?: number
  readonly activity?: readonly Row[]
  /** Who holds and wants locks; asked when the rows of activity tell that somebody waits. */
  readonly locks?: readonly Row[]
  readonly vitals?: Row
  readonly facts?: ServerFacts
  readonly startScreen?: string
  readonly settings?: Partial<Settings>
  readonly unicode?: boolean
  /** What a person makes of a text in their editor. */
  readonly editor?: (text: string) => string
}

/** Opens the frame at a size, with rows for what it asks; it is closed after the test. */
export async function openApp(options: AppTestOptions = {}): Promise<AppUnderTest> {
  const { columns = 80, rows = 24, settings, unicode = true, startScreen = 'activity' } = options
  const server = new ScriptedServer()
  const vitalsRows = options.vitals === undefined ? [] : [options.vitals]
  server.facts = options.facts ?? someFacts
  server.answers.set('activity', options.activity ?? [])
  server.answers.set('locks', options.locks ?? [])
  server.answers.set('counters', vitalsRows.map(withoutSessions))
  server.answers.set('vitals', vitalsRows)
  const monitor = new Monitor(server, { intervalMs: 60_000 })
  const copied: string[] = []
  const paged: string[][] = []
  const quits = { count: 0 }
  const app = new App({
    server,
    monitor,
    screens,
    commands: frameCommands,
    startScreen,
    catalog,
    theme: createTheme({ colour: 'none', unicode }),
    terminal: {
      redraw: () => {},
      whenShown: (done) => done(),
      suspend: async () => {},
      page: async (lines) => {
        paged.push([...lines])
        return null
      },
      edit: async (text) => {
        const edited = options.editor?.(text) ?? null
        return edited === null
          ? { ok: false, reason: 'no editor in this test' }
          : { ok: true, text: edited, isChanged: edited !== text }
      },
      copy: (text) => {
        copied.push(text)
        return null
      },
    },
    settings: { ...defaultSettings, ...settings },
    size: { columns, rows },
    leaving: new Leaving(),
    quit: () => {
      quits.count += 1
    },
  })
  const vitals = new VitalsModel(monitor, app.screen, app.locks)
  const endEvents = announceEvents(app)
  // The test stdout of the library tells a width of 100 whatever is set: Ink would cut a wider frame.
  const ink = render(<Frame app={app} parts={frameParts(app, vitals)} />)
  Object.defineProperty(ink.stdout, 'columns', { get: () => columns })
  ink.stdout.emit('resize')
  onTestFinished(() => {
    endEvents()
    vitals.close()
    app.close()
    monitor.close()
    ink.unmount()
  })
  const screen = () => (ink.lastFrame() ?? '').replace(/\x1b\[[0-9;]*m/g, '').split('\n')
  const settle = () => new Promise((resolve) => setTimeout(resolve, 5))
  const see = (what: string | RegExp) =>
    vi.waitFor(() => {
      const text = screen().join('\n').replace(/\s+/g, ' ')
      if (typeof what === 'string' ? !text.includes(what) : !what.test(text)) {
        throw new Error(`not on the screen: ${what}\n${screen().join('\n')}`)
      }
    })
  if (options.vitals !== undefined) {
    await see('/97')
  }
  if (options.locks !== undefined) {
    await vi.waitFor(() => expect(app.locks.analysis).not.toBe(null))
    await settle()
  }
  return {
    app,
    server,
    copied,
    paged,
    quits,
    screen,
    see,
    press: async (...keys) => {
      for (const key of keys) {
        ink.stdin.write(key)
        // A lone escape is only told from an arrow key by the silence after it.
        await new Promise((resolve) => setTimeout(resolve, key === KEYS.escape ? 40 : 1))
      }
      await settle()
    },
    paste: async (text) => {
      ink.stdin.write(`\x1b[200~${text}\x1b[201~`)
      await settle()
    },
    refresh: async () => {
      monitor.refresh()
      await settle()
    },
  }
}

/** A row of `vitals` as a row of `counters`. */
function withoutSessions(row: Row): Row {
  const ids = new Set<string>(counters.columns.map(({ id }) => id))
  return Object.fromEntries(Object.entries(row).filter(([id]) => ids.has(id)))
}
