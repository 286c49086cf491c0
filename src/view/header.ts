/** The two lines on top of every screen: which server this is and how it is, and how fresh that is. */
import type { ServerFacts } from '#queries/define.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { bytes, count, duration, percent, rate } from '#src/text/units.ts'
import { cellWidth, cut } from '#src/text/width.ts'
import type { StyledText, Theme, Token } from '#src/theme/theme.ts'
import { blank, drawRuns, fitSegments, joinSegments, type Run, run, runsWidth, type Segment } from './run.ts'
import { bar, sparkline } from './spark.ts'

/** What is told of the server and of our connection to it. */
export interface Identity {
  /** `orders@db1:5432`, raw. */
  readonly label: string
  readonly facts: ServerFacts | null
  readonly uptimeSeconds: number | null
  readonly readOnly: boolean
  /** A profile marked it as production. */
  readonly production: boolean
}

/** How fresh the data is. */
export type Freshness =
  | { readonly kind: 'connecting' }
  | {
      readonly kind: 'live'
      readonly intervalMs: number
      /** What the person chose, where our own cost makes it longer; null otherwise. */
      readonly askedMs: number | null
      readonly ownCost: number
    }
  | { readonly kind: 'paused'; readonly forSeconds: number }
  | { readonly kind: 'stale'; readonly ageSeconds: number | null; readonly retryInSeconds: number | null }

/** The numbers of the second line; null is shown as `-`, never as zero. */
export interface Vitals {
  readonly sessions: number | null
  readonly usable: number | null
  readonly active: number | null
  readonly idleInTransaction: number | null
  readonly waiting: number | null
  /** Sessions hide what they do from this role: `active` and `idleInTransaction` may be more. */
  readonly isAtLeast: boolean
  readonly tps: number | null
  readonly hitRatio: number | null
  readonly walBytesPerSecond: number | null
  readonly tempBytesPerSecond: number | null
  readonly deadlocksPerSecond: number | null
  /** One value a refresh, oldest first; gaps are NaN. */
  readonly tpsHistory: readonly number[]
  readonly walHistory: readonly number[]
}

/** ` pgtriage  orders@db1:5432  17.5 primary  up 41d      ● live 1s  own 0.2%  14:03:22 UTC` */
export function drawIdentity(
  identity: Identity,
  freshness: Freshness,
  clock: SafeText | null,
  width: number,
  theme: Theme,
): StyledText {
  const right = fitSegments(freshnessSegments(freshness, clock, theme), Math.floor(width * 0.6), 2)
  const rightRuns = joinSegments(right, 2)
  const room = width - runsWidth(rightRuns) - 3
  const left = identityRuns(identity, room, theme)
  return drawRuns([blank(1), ...left, blank(room - runsWidth(left) + 1), ...rightRuns], width, theme)
}

/** A name longer than the room (a cloud's host names are) is cut: freshness must not leave the screen for it. */
function identityRuns(identity: Identity, room: number, theme: Theme): readonly Run[] {
  const draw = (label: SafeText) => joinSegments(fitSegments(identitySegments(identity, label), room, 2), 2)
  const label = toSafeText(identity.label)
  const whole = draw(label)
  const excess = runsWidth(whole) - room
  if (excess <= 0) return whole
  return draw(safe`${cut(label, Math.max(0, cellWidth(label) - excess - 1))}${theme.glyphs.ellipsis}`)
}

function identitySegments(
  { facts, uptimeSeconds, readOnly, production }: Identity,
  label: SafeText,
): Segment[] {
  const segments: Segment[] = [
    { runs: [run(safe`pgtriage`, 'strong')], priority: 4 },
    { runs: [run(label, 'accent')], priority: 0 },
  ]
  if (production) {
    segments.push({ runs: [run(safe`PRODUCTION`, 'badge')], priority: 0 })
  }
  if (facts !== null) {
    const version = toSafeText(facts.version.split(' ')[0] ?? facts.version)
    const role = facts.inRecovery ? run(safe`standby`, 'notice') : run(safe`primary`)
    segments.push({ runs: [run(safe`${version} `), role], priority: 1 })
    if (facts.pooled) {
      segments.push({ runs: [run(safe`via pooler`, 'notice')], priority: 2 })
    }
  }
  if (readOnly) {
    segments.push({ runs: [run(safe`read-only`, 'notice')], priority: 2 })
  }
  if (uptimeSeconds !== null) {
    segments.push({ runs: [run(safe`up ${duration(uptimeSeconds)}`)], priority: 5 })
  }
  return segments
}

function freshnessSegments(freshness: Freshness, clock: SafeText | null, theme: Theme): Segment[] {
  const time: Segment = { runs: clock === null ? [] : [run(safe`${clock} UTC`)], priority: 3 }
  switch (freshness.kind) {
    case 'connecting':
      return [{ runs: [run(safe`connecting…`, 'notice')], priority: 0 }]
    case 'paused':
      return [{ runs: [run(safe` PAUSED ${duration(freshness.forSeconds)} `, 'badge')], priority: 0 }, time]
    case 'stale':
      return [
        { runs: [run(staleText(freshness.ageSeconds), 'badge')], priority: 0 },
        {
          runs:
            freshness.retryInSeconds === null
              ? []
              : [run(safe`retry in ${Math.max(0, Math.ceil(freshness.retryInSeconds))}s`, 'warning')],
          priority: 1,
        },
        time,
      ]
    case 'live': {
      const every = safe`live ${inSeconds(freshness.intervalMs)}`
      return [
        {
          runs: [
            run(theme.glyphs.bullet, 'good'),
            run(safe` ${every}`, freshness.askedMs === null ? 'plain' : 'notice'),
          ],
          priority: 1,
        },
        {
          runs:
            freshness.askedMs === null ? [] : [run(safe`asked ${inSeconds(freshness.askedMs)}`, 'notice')],
          priority: 4,
        },
        { runs: [run(safe`own ${percent(freshness.ownCost)}`)], priority: 2 },
        time,
      ]
    }
  }
}

/** `0.5s`, `1s`, `12s`. */
function inSeconds(ms: number): SafeText {
  const seconds = ms / 1000
  return safe`${seconds < 10 ? Number(seconds.toFixed(1)) : Math.round(seconds)}s`
}

function staleText(ageSeconds: number | null): SafeText {
  return ageSeconds === null ? safe` no data ` : safe` data ${duration(ageSeconds)} old `
}

/** ` sessions 187/197 ███████▌ 95%  active 12  idle-tx 3  waiting 41  tps 1.2k ▂▃▅▃▁  hit 99.1%  wal 3 MB/s` */
export function drawVitals(vitals: Vitals, width: number, theme: Theme): StyledText {
  const segments = fitSegments(vitalsSegments(vitals, width, theme), width - 2, 2)
  return drawRuns([blank(1), ...joinSegments(segments, 2)], width, theme)
}

/** Above these shares of the usable connections a person has to act soon, and now. */
const SESSIONS_WARNING = 0.8
const SESSIONS_CRITICAL = 0.95

function vitalsSegments(vitals: Vitals, width: number, theme: Theme): Segment[] {
  const { sessions, usable } = vitals
  const share = sessions === null || usable === null || usable <= 0 ? null : sessions / usable
  const token: Token =
    share === null || share < SESSIONS_WARNING ? 'plain' : share < SESSIONS_CRITICAL ? 'warning' : 'critical'
  const barCells = width >= 100 ? 8 : 0
  return [
    {
      priority: 0,
      runs: [
        run(safe`sessions ${number(sessions)}/${number(usable)}`, token),
        ...(share === null || barCells === 0
          ? []
          : [blank(1), run(bar(share, barCells, theme.glyphs), token)]),
        ...(share === null ? [] : [run(safe` ${percent(share)}`, token)]),
      ],
    },
    counted('active', vitals.active, 2, null, vitals.isAtLeast),
    counted('idle-tx', vitals.idleInTransaction, 1, 'warning', vitals.isAtLeast),
    counted('waiting', vitals.waiting, 0, 'critical'),
    { priority: 3, runs: [run(safe`tps ${count(vitals.tps)}`), ...spark(vitals.tpsHistory, width, theme)] },
    { priority: 4, runs: [run(safe`hit ${percent(vitals.hitRatio)}`)] },
    {
      priority: 5,
      runs: [
        run(safe`wal ${rateOfBytes(vitals.walBytesPerSecond)}`),
        ...spark(vitals.walHistory, width, theme),
      ],
    },
    eventful('temp', vitals.tempBytesPerSecond, (value) => safe`${bytes(value)}/s`, 'warning'),
    eventful('deadlocks', vitals.deadlocksPerSecond, rate, 'critical'),
  ]
}

/** The minutes behind a number, where the line is long enough. */
function spark(history: readonly number[], width: number, theme: Theme): readonly Run[] {
  return width < 120 ? [] : [blank(1), run(sparkline(history, SPARK_CELLS, theme.glyphs), 'accent')]
}

const SPARK_CELLS = 12

/** Told in its token only when it is not zero. */
function counted(
  label: string,
  value: number | null,
  priority: number,
  token: Token | null,
  isAtLeast = false,
): Segment {
  const text = safe`${toSafeText(label)} ${number(value)}${isAtLeast && value !== null ? safe`+` : safe``}`
  return { priority, runs: [token !== null && value !== null && value > 0 ? run(text, token) : run(text)] }
}

/** Not told at all while nothing happens. */
function eventful(
  label: string,
  value: number | null,
  format: (value: number) => SafeText,
  token: Token,
): Segment {
  const isEventful = value !== null && value > 0
  return { priority: 1, runs: isEventful ? [run(safe`${toSafeText(label)} ${format(value)}`, token)] : [] }
}

function rateOfBytes(value: number | null): SafeText {
  return value === null ? safe`-` : safe`${bytes(value)}/s`
}

function number(value: number | null): SafeText {
  return value === null ? safe`-` : safe`${value}`
}
