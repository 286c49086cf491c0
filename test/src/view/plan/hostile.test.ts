import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PlanModel } from '#src/plans/model/model.ts'
import type { PlanObject, RawNode } from '#src/plans/plan.ts'
import { toSafeText } from '#src/text/safe.ts'
import { cellWidth } from '#src/text/width.ts'
import type { Drawable, StyledText, Theme } from '#src/theme/theme.ts'
import { planTableColumns } from '#src/view/plan/columns.ts'
import { nodeDetailLines } from '#src/view/plan/detail.ts'
import { headLines } from '#src/view/plan/head.ts'
import { findingColumns, findingRowKey } from '#src/view/plan/hotspots.ts'
import type { Look } from '#src/view/plan/look.ts'
import { rawLines } from '#src/view/plan/raw.ts'
import { relationRollup, rollupColumns, typeRollup } from '#src/view/plan/rollups.ts'
import { planRows } from '#src/view/plan/rows.ts'
import { waterfallColumns } from '#src/view/plan/waterfall.ts'
import { modelFrom } from '../../plans/model-plans.ts'
import { mono, tableLines } from './draw.ts'

/** Adds no sequence of its own, so that any that is drawn came with the plan. */
const theme: Theme = {
  ...mono,
  paint: (_, text) => text as string as StyledText,
  under: (_, text) => text as string as StyledText,
}

/** Controls, escapes, bidi overrides, wide and combining characters, lone surrogates. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '\x1b[2J\x1b]0;x\x07',
    'x\x1b[8mhidden',
    'a\r\nb',
    '\u202eevil\u2066',
    '表の名前'.repeat(8),
    'שלום עולם',
    'e\u0301\u0301\u0301',
    '\ud800',
    '👩‍👩‍👧',
  ),
)
const number = fc.oneof(
  fc.integer({ min: -5, max: 1e9 }),
  fc.double({ noNaN: true, min: 0, max: 1e15 }),
  fc.constant(0),
)

const properties: fc.Arbitrary<PlanObject> = fc.record(
  {
    'Node Type': fc.oneof(
      hostile,
      fc.constantFrom('Gather', 'Index Scan', 'Limit', 'CTE Scan', 'Aggregate', 'Nested Loop'),
    ),
    'Parent Relationship': fc.constantFrom('Outer', 'Inner', 'InitPlan', 'SubPlan'),
    'Subplan Name': fc.oneof(hostile, fc.constantFrom('CTE c', 'InitPlan 1')),
    'Relation Name': hostile,
    'CTE Name': fc.oneof(hostile, fc.constant('c')),
    Alias: hostile,
    'Index Name': hostile,
    Filter: hostile,
    'Sort Key': fc.array(hostile, { maxLength: 3 }),
    'Total Cost': number,
    'Plan Rows': number,
    'Actual Startup Time': number,
    'Actual Total Time': number,
    'Actual Rows': number,
    'Actual Loops': fc.constantFrom(0, 1, 2, 90_000),
    'Rows Removed by Filter': number,
    'Workers Planned': number,
    'Workers Launched': number,
    'Shared Hit Blocks': number,
    'Temp Written Blocks': number,
    'I/O Read Time': number,
  },
  { requiredKeys: ['Node Type'] },
)

const { node } = fc.letrec<{ node: RawNode }>((tie) => ({
  node: fc.record({
    properties: fc
      .tuple(properties, fc.dictionary(hostile, hostile, { maxKeys: 2 }))
      .map(([known, other]) => ({ ...other, ...known })),
    workers: fc.array(properties, { maxLength: 2 }),
    children: fc.oneof({ depthSize: 'small' }, fc.constant([]), fc.array(tie('node'), { maxLength: 3 })),
  }),
}))

const plans = fc
  .tuple(
    node,
    fc.record({
      'Execution Time': number,
      'Planning Time': number,
      Settings: fc.dictionary(hostile, hostile, { maxKeys: 2 }),
    }),
  )
  .map(([root, statement]) => modelFrom(root, statement))

const looks: fc.Arbitrary<Look> = fc.record({
  lens: fc.constantFrom('wall', 'leader', 'cpu'),
  metric: fc.constantFrom('time', 'rows', 'buffers', 'io', 'cost'),
})

function everything(model: PlanModel, look: Look, width: number): readonly Drawable[] {
  const { glyphs } = theme
  const rows = planRows(model, new Set(), glyphs)
  const finding = (text: string) =>
    ({
      node: model.root,
      rule: 'x',
      savesMs: 1,
      share: 0.5,
      severity: 'warning',
      title: text,
      advice: text,
      remedy: text,
      evidence: [{ label: text, value: text, unit: 'text' }],
    }) as const
  const findings = model.nodes.map(({ type }) => finding(type))
  return [
    ...headLines(model, { look, width, theme }),
    ...[planTableColumns(model, { look, findings, glyphs }), waterfallColumns(model, glyphs, look)].flatMap(
      (columns) => tableLines({ columns, rows, keyOf: ({ key }) => key, width, theme }),
    ),
    ...(['relations', 'types'] as const).flatMap((kind) =>
      tableLines({
        columns: rollupColumns(kind, model, { look, glyphs }),
        rows: (kind === 'relations' ? relationRollup : typeRollup)(model, look),
        keyOf: ({ key }) => key,
        width,
        theme,
      }),
    ),
    ...tableLines({ columns: findingColumns(glyphs), rows: findings, keyOf: findingRowKey, width, theme }),
    ...model.nodes.flatMap((each) => nodeDetailLines(model, each, { findings, width, theme })),
  ]
}

describe('whatever a plan holds', () => {
  test('no line is longer than its width, and nothing escapes', () => {
    fc.assert(
      fc.property(plans, looks, fc.constantFrom(20, 60, 80, 100, 160), (model, look, width) => {
        for (const line of everything(model, look, width)) {
          expect(cellWidth(line)).toBeLessThanOrEqual(width)
          expect(toSafeText(line)).toBe(line)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('no line of the given text is either', () => {
    fc.assert(
      fc.property(
        fc.array(hostile).map((parts) => parts.join('\n')),
        fc.integer({ min: 2, max: 100 }),
        (text, width) => {
          for (const line of rawLines(text, width)) {
            expect(cellWidth(line)).toBeLessThanOrEqual(width)
            expect(toSafeText(line)).toBe(line)
          }
        },
      ),
    )
  })
})
