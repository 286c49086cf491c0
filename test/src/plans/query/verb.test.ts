import { expect, test } from 'vitest'
import { verbOf } from '#src/plans/query/verb.ts'

test.each([
  ...[
    'select 1',
    ' /* a */ (select 1)',
    'with x as (select 1) table x',
    'insert into t values (1)',
    'VALUES (1)',
  ],
  ...['merge into t using s on a = b when matched then do nothing', 'table t', '; select 1;'],
  ...['select \'into\', "into", a.into, 1 as into -- into', 'with d as (insert into t values (1)) select 1'],
])('%s may be explained', (text) => {
  expect(verbOf(text)).toEqual({ kind: 'explainable' })
})

test.each([
  ['', { kind: 'empty' }],
  [' -- nothing', { kind: 'empty' }],
  [';;', { kind: 'empty' }],
  ['create table t ()', { kind: 'other', word: 'create', start: 0 }],
  ['/* a */ DO $$ $$', { kind: 'other', word: 'DO', start: 8 }],
  ['(analyze) delete from t', { kind: 'other', word: 'analyze', start: 1 }],
  ['EXPLAIN select 1', { kind: 'explain', start: 0 }],
  ['select 1 into t', { kind: 'into', start: 9 }],
  ['(select * INTO temp t from x)', { kind: 'into', start: 10 }],
  ["select 'a", { kind: 'open', what: 'a string', start: 7 }],
  ['select 1 /* a', { kind: 'open', what: 'a comment', start: 9 }],
])('%s is something else', (text, expected) => {
  expect(verbOf(text)).toEqual(expected)
})
