import type { PlanValue } from '../plan.ts'
import { numberOrText } from './numbers.ts'
import { splitList } from './quotes.ts'

/** The properties that one line of text holds. */
export type Entries = readonly (readonly [key: string, value: PlanValue])[]

/** Lines that hold several values, by the word they begin with. */
export const COUNTER_LINES: Readonly<Record<string, (value: string) => Entries>> = {
  Buffers: (value) => scoped(value, (scope, what) => `${capital(scope)} ${capital(what)} Blocks`),
  'I/O Timings': (value) => scoped(value, ioKey),
  WAL: (value) => assigned(value, WAL_KEYS),
  Memory: (value) => assigned(value, { used: 'Memory Used', allocated: 'Memory Allocated' }),
  Tuples: (value) => assigned(value, MERGE_KEYS),
  'Heap Blocks': (value) => assigned(value, { exact: 'Exact Heap Blocks', lossy: 'Lossy Heap Blocks' }),
  Estimates: (value) => assigned(value, ESTIMATE_KEYS),
  'Sort Method': sortMethod,
  Buckets: (value) => labelled(`Buckets: ${value}`, HASH_KEYS).flatMap(withOriginal),
  'Planned Partitions': (value) => labelled(`Planned Partitions: ${value}`, HASH_AGGREGATE_KEYS),
  Batches: (value) => labelled(`Batches: ${value}`, HASH_AGGREGATE_KEYS),
  Hits: (value) => labelled(`Hits: ${value}`, MEMOIZE_KEYS),
  Storage: (value) => labelled(`Storage: ${value}`, { 'Maximum Storage': 'Maximum Storage' }),
  'Full-sort Groups': (value) => [['Full-sort Groups', sortGroups(value)]],
  'Pre-sorted Groups': (value) => [['Pre-sorted Groups', sortGroups(value)]],
  Sampling: sampling,
}

/** The lines below `JIT:`. */
export const JIT_LINES: Readonly<Record<string, (value: string) => Entries>> = {
  Timing: timing,
  Options: (value) => [['Options', Object.fromEntries(value.split(', ').map(flag))]],
}

const WAL_KEYS = {
  records: 'WAL Records',
  fpi: 'WAL FPI',
  bytes: 'WAL Bytes',
  'buffers full': 'WAL Buffers Full',
}

const MERGE_KEYS = {
  inserted: 'Tuples Inserted',
  updated: 'Tuples Updated',
  deleted: 'Tuples Deleted',
  skipped: 'Tuples Skipped',
}

const ESTIMATE_KEYS = {
  capacity: 'Estimated Capacity',
  'distinct keys': 'Estimated Distinct Lookup Keys',
  lookups: 'Estimated Lookups',
  'hit percent': 'Estimated Hit Percent',
}

const HASH_KEYS = { Buckets: 'Hash Buckets', Batches: 'Hash Batches', 'Memory Usage': 'Peak Memory Usage' }

const HASH_AGGREGATE_KEYS = { Batches: 'HashAgg Batches', 'Memory Usage': 'Peak Memory Usage' }

const MEMOIZE_KEYS = {
  Hits: 'Cache Hits',
  Misses: 'Cache Misses',
  Evictions: 'Cache Evictions',
  Overflows: 'Cache Overflows',
  'Memory Usage': 'Peak Memory Usage',
}

/** `shared hit=1 read=2, temp read=3` and `I/O Timings: read=1`, which PostgreSQL up to 14 prints without a scope. */
function scoped(value: string, keyOf: (scope: string, what: string) => string): Entries {
  const entries: [string, PlanValue][] = []
  let scope = ''
  for (const word of value.split(/[\s,]+/)) {
    const equals = word.indexOf('=')
    if (equals < 0) scope = word
    else entries.push([keyOf(scope, word.slice(0, equals)), numberOrText(word.slice(equals + 1))])
  }
  return entries
}

/** PostgreSQL 15 and 16 add up shared and local, and 15 says so. */
function ioKey(scope: string, what: string): string {
  const prefix = scope === '' || scope === 'shared/local' ? '' : `${capital(scope)} `
  return `${prefix}I/O ${capital(what)} Time`
}

/** `exact=1 lossy=2`, also with blanks in a name: `buffers full=3`. */
function assigned(value: string, keys: Readonly<Record<string, string>>): Entries {
  return [...value.matchAll(/([a-z][a-z ]{0,40})=([^\s%]+)/g)].map(([, name = '', number = '']) => [
    keys[name] ?? capital(name),
    quantity(number),
  ])
}

/** `Hits: 1  Misses: 2`: parts two blanks apart. */
function labelled(line: string, keys: Readonly<Record<string, string>>): Entries {
  return line.split(/ {2,}/).map((part) => {
    const colon = part.indexOf(': ')
    const label = part.slice(0, colon)
    return [keys[label] ?? label, quantity(part.slice(colon + 2))]
  })
}

/** `16384 (originally 1024)`: the other formats print both numbers always. */
function withOriginal([key, value]: readonly [string, PlanValue]): Entries {
  if (key === 'Peak Memory Usage') return [[key, value]]
  const [, now = '', before = ''] = /^(\d+) \(originally (\d+)\)$/.exec(String(value)) ?? []
  if (now === '') {
    return [
      [key, value],
      [`Original ${key}`, value],
    ]
  }
  return [
    [key, numberOrText(now)],
    [`Original ${key}`, numberOrText(before)],
  ]
}

function sortMethod(value: string): Entries {
  const [, method = value, type, space] = /^(.*?) {2}(Memory|Disk): (\S+)kB$/.exec(value) ?? []
  if (type === undefined || space === undefined) return [['Sort Method', method.trim()]]
  return [
    ['Sort Method', method.trim()],
    ['Sort Space Used', numberOrText(space)],
    ['Sort Space Type', type],
  ]
}

/** `2  Sort Methods: top-N heapsort, quicksort  Average Memory: 27kB  Peak Memory: 30kB`. */
function sortGroups(value: string): PlanValue {
  const groups: Record<string, PlanValue> = {}
  for (const [label, content] of labelled(`Group Count: ${value}`, {})) {
    const [, which, type] = /^(Average|Peak) (Memory|Disk)$/.exec(label) ?? []
    if (which !== undefined && type !== undefined) {
      const key = `Sort Space ${type}`
      groups[key] = { ...Object(groups[key]), [`${which} Sort Space Used`]: content }
    } else if (label.startsWith('Sort Method')) {
      groups['Sort Methods Used'] = String(content).trim().split(', ')
    } else {
      groups[label] = content
    }
  }
  return groups
}

/** `bernoulli ('50'::real) REPEATABLE ('1'::double precision)`. */
function sampling(value: string): Entries {
  const [, method = value, parameters = '', seed] =
    /^(\S+) \((.*?)\)(?: REPEATABLE \((.*)\))?$/.exec(value) ?? []
  return [
    ['Sampling Method', method],
    ['Sampling Parameters', parameters === '' ? [] : splitList(parameters)],
    ...(seed === undefined ? [] : [['Repeatable Seed', seed] as const]),
  ]
}

/** JIT: `Generation 1.0 ms (Deform 0.2 ms), Inlining 0.0 ms, …`; `Deform` came with 17. */
function timing(value: string): Entries {
  const times: [string, PlanValue][] = []
  let deform: PlanValue | undefined
  for (const [, name = '', number = ''] of value.matchAll(/([A-Z][a-z]+) ([\d.]+) ms/g)) {
    if (name === 'Deform') deform = numberOrText(number)
    else times.push([name, numberOrText(number)])
  }
  const timings = times.map(([name, total]) =>
    name === 'Generation' && deform !== undefined ? [name, { Deform: deform, Total: total }] : [name, total],
  )
  return [['Timing', Object.fromEntries(timings)]]
}

function flag(option: string): readonly [string, PlanValue] {
  const [name = '', value] = option.split(' ')
  return [name, value === 'true']
}

/** A number, with its unit taken off. */
function quantity(text: string): PlanValue {
  return numberOrText(text.endsWith('kB') ? text.slice(0, -2) : text)
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
