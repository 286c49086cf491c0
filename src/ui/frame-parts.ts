/** The lines of the frame's three parts. Together they are exactly as many as the terminal has. */
import { footerHints, keyLabel } from '#src/keys/hints.ts'
import { isProduction } from '#src/settings/settings.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import { clock } from '#src/text/units.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { drawIdentity, drawVitals } from '#src/view/header.ts'
import { blank, drawRuns, fitSegments, joinSegments, type Run, run, runsWidth } from '#src/view/run.ts'
import type { App } from './app.ts'
import { Computed, isSameText, type Source } from './computed.ts'
import { freshnessOf } from './freshness.ts'
import type { Readable } from './store.ts'
import type { VitalsModel } from './vitals-model.ts'

export interface FrameParts {
  readonly header: Readable<readonly Drawable[]>
  readonly body: Readable<readonly Drawable[]>
  readonly footer: Readable<readonly Drawable[]>
}

/** Lines above the body: identity, vitals, tabs, a rule. */
const HEADER_LINES = 4
const FOOTER_LINES = 1

/** The parts over an app, as readable lines. */
export function frameParts(app: App, vitalsModel: VitalsModel): FrameParts {
  const { monitor, server } = app.options
  const link: Source = server
  return {
    header: new Computed(
      [app.size, app.screen, app.ticker, monitor, link, vitalsModel],
      () => headerLines(app, vitalsModel),
      isSameText,
    ),
    body: new Computed([app.size, app.overlay, follow(app)], () => bodyLines(app), isSameText),
    footer: new Computed(
      [app.size, app.toasts, app.overlay, app.prompt, follow(app)],
      () => footerLines(app),
      isSameText,
    ),
  }
}

/** How many lines the body has. */
export function bodyHeight(rows: number): number {
  return Math.max(1, rows - HEADER_LINES - FOOTER_LINES)
}

function headerLines(app: App, vitalsModel: VitalsModel): readonly Drawable[] {
  const { server, settings } = app.options
  const { columns, rows } = app.size.get()
  const row = vitalsModel.row
  const identity = {
    label: server.endpoint.label,
    facts: server.facts,
    uptimeSeconds: row?.uptime_seconds ?? null,
    readOnly: settings.readOnly,
    production: isProduction(settings, server.endpoint),
  }
  const freshness = freshnessOf(app)
  return [
    drawIdentity(identity, freshness, row === null ? null : clock(row.server_time), columns, app.theme),
    drawVitals(vitalsModel.vitals, columns, app.theme),
    tabsLine(app, columns),
    app.theme.paint('dim', toSafeText(app.theme.glyphs.horizontal.repeat(columns))),
  ].slice(0, Math.max(0, rows - 1))
}

function tabsLine(app: App, width: number): Drawable {
  const tabs = app.options.screens.flatMap((screen): Run[] => [
    run(safe` ${toSafeText(screen.digit)}`, 'key'),
    run(safe` ${toSafeText(screen.title)} `, screen === app.current ? 'strong' : 'plain'),
  ])
  const help = [run(safe`?`, 'key'), run(safe` help `)]
  const space = width - runsWidth(tabs) - runsWidth(help)
  return drawRuns([...tabs, blank(space), ...help], width, app.theme)
}

function bodyLines(app: App): readonly Drawable[] {
  const { columns, rows } = app.size.get()
  const height = Math.min(bodyHeight(rows), Math.max(0, rows - 1 - HEADER_LINES))
  const overlay = app.overlay.get()
  const body = overlay ?? app.screen.get()
  const lines = height === 0 ? [] : body.lines(columns, height)
  return Array.from({ length: height }, (_, index) => lines[index] ?? safe``)
}

function footerLines(app: App): readonly Drawable[] {
  const { columns } = app.size.get()
  const prompt = app.prompt.get()
  if (prompt !== null) {
    return [prompt.line(columns, app.theme)]
  }
  const toast = app.toasts.get()
  if (toast !== null) {
    return [drawRuns([run(safe` ${toast.text}`, toast.token)], columns, app.theme)]
  }
  return [hintsLine(app, columns, app.theme)]
}

const ALWAYS: ReadonlySet<string> = new Set(['quit', 'help', 'close', 'leave'])

/** As many hints as fit, innermost scope first; how to act, to get help and to leave is never missing. */
function hintsLine(app: App, width: number, theme: Theme): Drawable {
  const isAscii = theme.glyphs.bar.length === 1
  const hints = footerHints(app.situation())
  const segments = hints.map((hint, index) => ({
    priority: ALWAYS.has(hint.label) || hint.danger ? 0 : index + 1,
    runs: [
      run(toSafeText(keyLabel(hint.keys[0] ?? '', isAscii)), 'key'),
      run(safe` ${toSafeText(hint.label)}`, hint.disabled === null ? 'plain' : 'dim'),
    ],
  }))
  return drawRuns([blank(1), ...joinSegments(fitSegments(segments, width - 2, 2), 2)], width, theme)
}

/** Tells when the screen on top, the overlay on it, or the prompt in front tells. */
function follow(app: App): Source {
  return {
    subscribe(listener) {
      let ends: (() => void)[] = []
      const attach = () => {
        for (const end of ends) {
          end()
        }
        ends = [app.screen.get(), app.overlay.get(), app.prompt.get()].flatMap((each) =>
          each === null ? [] : [each.subscribe(listener)],
        )
      }
      const attachAndTell = () => {
        attach()
        listener()
      }
      attach()
      const own = [app.screen, app.overlay, app.prompt].map((store) => store.subscribe(attachAndTell))
      return () => {
        for (const end of [...ends, ...own]) {
          end()
        }
      }
    },
  }
}
