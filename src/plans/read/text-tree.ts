import type { PlanValue, RawStatement } from '../plan.ts'
import { COUNTER_LINES, type Entries, JIT_LINES } from './counters.ts'
import { type DraftNode, fillIn } from './fill.ts'
import { groupingOf, type KeyLine } from './grouping-sets.ts'
import { TEXT_LISTS } from './keys.ts'
import { readActual, readHeader } from './node-header.ts'
import { numberOrText } from './numbers.ts'
import { type Draft, put } from './objects.ts'
import { splitList } from './quotes.ts'
import { measuredScalarOf } from './scalars.ts'
import { isBesideTheTree, type PlanLine } from './text-lines.ts'

const SECTION = /^(InitPlan|SubPlan|CTE)(?:\s|$)/

/** Where a node, or a section that names the node below it, stands. */
interface Level {
  readonly position: number
  readonly node: DraftNode
  readonly section: string | null
}

/** Lines below one that opens a group: a worker, JIT, planning, a target table. */
interface Group {
  readonly indent: number
  readonly draft: Draft
  readonly isJit: boolean
}

/** The statement that the lines of one plan tell, its root in the first of them. */
export function buildStatement(lines: readonly PlanLine[], before: Draft): RawStatement {
  const builder = new StatementBuilder(before)
  for (const [index, line] of lines.entries()) {
    if (line.arrow || index === 0) builder.node(line)
    else if (SECTION.test(line.text) && lines[index + 1]?.arrow === true) builder.section(line)
    else builder.property(line)
  }
  return builder.finish()
}

class StatementBuilder {
  readonly #statement: Draft
  readonly #levels: Level[] = []
  readonly #groups: Group[] = []
  readonly #keys = new Map<DraftNode, KeyLine[]>()
  readonly #workers = new Map<DraftNode, Map<number, Draft>>()
  readonly #targets = new Map<DraftNode, Draft[]>()
  readonly #triggers: Draft[] = []
  #root: DraftNode | null = null
  #rootIndent = 0
  /** Whether actual rows have a fraction; null until there are some. */
  #decimals: boolean | null = null

  constructor(statement: Draft) {
    this.#statement = statement
  }

  node(line: PlanLine): void {
    this.#groups.length = 0
    const rows = / rows=(\d+(?:\.\d+)?) loops=\d+\)\s*$/.exec(line.text.slice(-200))?.[1]
    if (rows !== undefined) this.#decimals = this.#decimals === true || rows.includes('.')
    const node: DraftNode = { properties: readHeader(line.text).properties, workers: [], children: [] }
    while ((this.#levels.at(-1)?.position ?? -1) >= line.indent && this.#levels.length > 1) this.#levels.pop()
    const parent = this.#levels.at(-1)
    if (parent !== undefined) {
      if (parent.section !== null) {
        put(
          node.properties,
          'Parent Relationship',
          parent.section.startsWith('SubPlan') ? 'SubPlan' : 'InitPlan',
        )
        put(node.properties, 'Subplan Name', parent.section)
      }
      parent.node.children.push(node)
    } else {
      this.#root = node
      this.#rootIndent = line.indent
    }
    this.#levels.push({ position: line.indent, node, section: null })
  }

  section(line: PlanLine): void {
    this.#groups.length = 0
    const node = this.#owner(line.indent)
    if (node === undefined) return
    while ((this.#levels.at(-1)?.position ?? -1) >= line.indent && this.#levels.length > 1) this.#levels.pop()
    this.#levels.push({ position: line.indent, node, section: line.text })
  }

  property(line: PlanLine): void {
    while ((this.#groups.at(-1)?.indent ?? -1) >= line.indent) this.#groups.pop()
    const group = this.#groups.at(-1)
    if (group !== undefined) this.#addTo(group.draft, line, group.isJit)
    else if (line.indent <= this.#rootIndent || isBesideTheTree(line.text)) this.#beside(line)
    else this.#ofNode(line)
  }

  finish(): RawStatement {
    for (const [node, keys] of this.#keys) Object.assign(node.properties, groupingOf(keys))
    for (const [node, targets] of this.#targets) put(node.properties, 'Target Tables', targets)
    if (this.#triggers.length > 0) put(this.#statement, 'Triggers', this.#triggers)
    if (this.#root !== null) fillIn(this.#root, this.#statement, this.#decimals)
    return { root: this.#root, properties: this.#statement, withoutPlan: null }
  }

  #owner(indent: number): DraftNode | undefined {
    return (this.#levels.findLast((level) => level.position < indent) ?? this.#levels[0])?.node
  }

  #ofNode(line: PlanLine): void {
    const node = this.#owner(line.indent)
    if (node === undefined) return
    const worker = /^Worker (\d+):\s*/.exec(line.text)
    if (worker !== null) {
      this.#worker(node, Number(worker[1]), { ...line, text: line.text.slice(worker[0].length) })
    } else if (/^(?:Foreign )?(?:Insert|Update|Delete|Merge) on /.test(line.text)) {
      this.#targetTable(node, line)
    } else if (!this.#isKeyLine(node, line)) {
      this.#addTo(node.properties, line, false)
    }
  }

  #worker(node: DraftNode, number: number, line: PlanLine): void {
    const workers = entryOf(this.#workers, node, () => new Map<number, Draft>())
    const draft = entryOf(workers, number, () => {
      const worker = { 'Worker Number': number }
      node.workers.push(worker)
      return worker
    })
    this.#groups.push({ indent: line.indent, draft, isJit: false })
    if (line.text !== '') this.#addTo(draft, { ...line, indent: line.indent + 1 }, false)
  }

  #targetTable(node: DraftNode, line: PlanLine): void {
    const { 'Node Type': _type, Operation: _operation, ...draft } = readHeader(line.text).properties
    entryOf(this.#targets, node, () => []).push(draft)
    this.#groups.push({ indent: line.indent, draft, isJit: false })
  }

  #isKeyLine(node: DraftNode, { text, indent }: PlanLine): boolean {
    if (node.properties['Node Type'] !== 'Aggregate') return false
    const [, key, value] = /^(Group Key|Hash Key|Sort Key): (.*)$/s.exec(text) ?? []
    if (value === undefined || (key !== 'Group Key' && key !== 'Hash Key' && key !== 'Sort Key')) return false
    entryOf(this.#keys, node, () => []).push({ key, value, indent })
    return true
  }

  #addTo(target: Draft, line: PlanLine, isJit: boolean): void {
    if (/^JIT:\s*$/.test(line.text)) this.#openGroup(target, 'JIT', line.indent)
    else if (!line.text.startsWith('actual ') || !readActual(line.text, target)) {
      for (const [key, value] of entriesOf(line.text, isJit)) put(target, key, value)
    }
  }

  #openGroup(target: Draft, key: string, indent: number): Draft {
    const draft: Draft = {}
    put(target, key, draft)
    this.#groups.push({ indent, draft, isJit: key === 'JIT' })
    return draft
  }

  /** What stands beside the plan. */
  #beside(line: PlanLine): void {
    const [, key = '', value = ''] = /^([^:]*):\s*(.*)$/s.exec(line.text) ?? []
    if (line.text.startsWith('Trigger ')) this.#trigger(line.text)
    else if (value === '') this.#openGroup(this.#statement, key, line.indent)
    else if (key === 'Settings') put(this.#statement, key, settingsOf(value))
    else if (key === 'Serialization') {
      Object.assign(this.#openGroup(this.#statement, key, line.indent), serializationOf(value))
    } else if (key === 'Planning time' || key === 'Execution time' || key === 'Total runtime') {
      // The other formats have always begun every word of a key with a capital.
      put(
        this.#statement,
        key.replace(/ [a-z]/, (word) => word.toUpperCase()),
        measuredScalarOf(key, value),
      )
    } else if (key !== '') {
      for (const [name, content] of entriesOf(line.text, false)) put(this.#statement, name, content)
    }
  }

  #trigger(text: string): void {
    const numbers = /: (?:time=(\S+) )?calls=(\S+)$/.exec(text)
    if (numbers === null) return
    let head = text.slice('Trigger'.length, numbers.index)
    const trigger: Draft = {}
    const on = head.lastIndexOf(' on ')
    const relation = on < 0 ? null : head.slice(on + 4)
    if (on >= 0) head = head.slice(0, on)
    const constraint = head.indexOf(' for constraint ')
    const name = (constraint < 0 ? head : head.slice(0, constraint)).trim()
    if (name !== '') put(trigger, 'Trigger Name', name)
    if (constraint >= 0) put(trigger, 'Constraint Name', head.slice(constraint + ' for constraint '.length))
    if (relation !== null) put(trigger, 'Relation', relation)
    if (numbers[1] !== undefined) put(trigger, 'Time', numberOrText(numbers[1]))
    put(trigger, 'Calls', numberOrText(numbers[2] ?? ''))
    this.#triggers.push(trigger)
  }
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}

/** No line of counters is this long; one that is stays as it is. */
const LONGEST_COUNTERS = 5_000

function entriesOf(text: string, isJit: boolean): Entries {
  const colon = text.indexOf(':')
  if (colon < 0) return []
  const key = text.slice(0, colon)
  const value = text.slice(colon + 1).trim()
  const counters = isJit ? { ...COUNTER_LINES, ...JIT_LINES } : COUNTER_LINES
  const read = Object.hasOwn(counters, key) ? counters[key] : undefined
  if (read !== undefined && value.length <= LONGEST_COUNTERS) return read(value)
  return [[key, TEXT_LISTS.has(key) ? splitList(value) : measuredScalarOf(key, value)]]
}

/** `work_mem = '64MB', search_path = '"$user", public'`: the quotes inside are not doubled. */
function settingsOf(text: string): PlanValue {
  const settings: Draft = {}
  const names = [...text.matchAll(/(?:^|, )([\w.]+) = (?=N|')/g)]
  for (const [index, name] of names.entries()) {
    const value = text.slice(name.index + name[0].length, names[index + 1]?.index)
    put(settings, name[1] ?? '', value === 'NULL' ? null : value.replace(/^'|'$/g, ''))
  }
  return settings
}

function serializationOf(text: string): Draft {
  const draft: Draft = {}
  const [, time, output = '', format = ''] =
    /^(?:time=(\S+) ms {2})?output=(\S+)kB {2}format=(\S+)$/.exec(text) ?? []
  if (time !== undefined) put(draft, 'Time', numberOrText(time))
  put(draft, 'Output Volume', numberOrText(output))
  put(draft, 'Format', format)
  return draft
}
