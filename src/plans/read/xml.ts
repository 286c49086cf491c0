import type { PlanValue } from '../plan.ts'
import { MAX_NESTING, nestsTooDeep, ReadFailure } from './failure.ts'
import type { JsonValue } from './json.ts'
import { GROUP_LISTS, TEXT_LISTS } from './keys.ts'
import { type Draft, isList, put } from './objects.ts'
import { scalarOf } from './scalars.ts'

interface Element {
  readonly key: string
  readonly children: [key: string, value: PlanValue][]
  text: string
}

/** Keys with a hyphen, which a tag cannot spell: `-` stands for everything but letters, digits, `_` and `.`. */
const SPELLED: Readonly<Record<string, string>> = {
  'One-Time-Filter': 'One-Time Filter',
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** The XML element at an offset, as the value that the other formats print. */
export function readXml(text: string, start: number): JsonValue {
  const stack: Element[] = []
  let at = start
  for (;;) {
    const open = text.indexOf('<', at)
    const close = open < 0 ? -1 : text.indexOf('>', open)
    if (open < 0 || close < 0) throw endsEarly(text, stack)
    const top = stack.at(-1)
    if (top !== undefined) top.text += text.slice(at, open)
    const tag = text.slice(open + 1, close)
    at = close + 1
    if (tag.startsWith('?') || tag.startsWith('!')) continue
    if (tag.startsWith('/')) {
      const ended = stack.pop()
      if (ended === undefined || ended.key !== keyOf(tag.slice(1)))
        throw new ReadFailure(open, `Expected the end of \`${ended?.key ?? 'nothing'}\`, got \`<${tag}>\`.`)
      const parent = stack.at(-1)
      if (parent === undefined) return { value: elementValue(ended, ''), end: at }
      parent.children.push([ended.key, elementValue(ended, parent.key)])
    } else if (tag.endsWith('/')) {
      if (top === undefined) return { value: {}, end: at }
      // A statement without a plan, in the words of the other formats.
      top.children.push(['', keyOf(tag.slice(0, -1)).trim()])
    } else {
      if (stack.length >= MAX_NESTING) throw nestsTooDeep(open)
      stack.push({ key: keyOf(tag), children: [], text: '' })
    }
  }
}

function keyOf(tag: string): string {
  const name = /^[^\s]*/.exec(tag)?.[0] ?? ''
  return SPELLED[name] ?? name.replace(/(^|-)I-O(?=-)/, '$1I/O').replaceAll('-', ' ')
}

function elementValue({ key, children, text }: Element, parent: string): PlanValue {
  const first = children[0]
  if (key === 'explain' || GROUP_LISTS.has(key) || TEXT_LISTS.has(key)) {
    return key === 'explain' ? statementsOf(children) : children.map(([, value]) => value)
  }
  if (first === undefined) {
    if (key === 'Settings') return {}
    // The items of a list and the values of settings are texts in every format.
    return key === 'Item' || parent === 'Settings' ? decoded(text) : scalarOf(key, decoded(text))
  }
  if (first[0] === 'Item' || `${first[0]}s` === key) return children.map(([, value]) => value)
  return objectOf(children)
}

function objectOf(children: Element['children']): Draft {
  const object: Draft = {}
  for (const [name, value] of labelled(children)) put(object, name, value)
  return object
}

/**
 * Tags of groups tell the kind where the other formats tell the name: an incremental sort first prints its full
 * sorts, and each of them memory before disk; a space of one kind has the methods of that kind.
 */
function labelled(children: Element['children']): Element['children'] {
  const spaces = children.filter(([name]) => name === 'Sort Space').length
  const methods = children.find(([name]) => name === 'Sort Methods Used')?.[1]
  const onDisk = isList(methods) && methods.every((method) => String(method).startsWith('external'))
  let groups = 0
  let space = 0
  return children.map(([name, value]) => {
    if (name === 'Incremental Sort Groups') {
      groups += 1
      return [groups === 1 ? 'Full-sort Groups' : 'Pre-sorted Groups', value]
    }
    if (name !== 'Sort Space') return [name, value]
    space += 1
    return [(spaces === 1 ? onDisk : space === 2) ? 'Sort Space Disk' : 'Sort Space Memory', value]
  })
}

/** `<Query>` elements; auto_explain puts the parts of its one statement straight into the root. */
function statementsOf(children: Element['children']): PlanValue {
  if (children.every(([name]) => name === 'Query' || name === '')) return children.map(([, value]) => value)
  return [objectOf(children)]
}

function decoded(text: string): string {
  return text.replaceAll(/&(?:#x([\da-fA-F]{1,6})|#(\d{1,7})|([a-z]+));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

function endsEarly(text: string, stack: readonly Element[]): ReadFailure {
  const inside = stack.at(-1)?.key ?? 'explain'
  return new ReadFailure(
    text.length,
    `Expected the end of \`${inside}\`, got the end of the input; paste all of the plan.`,
  )
}
