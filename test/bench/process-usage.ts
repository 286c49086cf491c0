/** Processor time and memory of processes, from /proc (manual: proc(5)); Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

/** A process and all its descendants. */
export function treeOf(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    const parent = Number.isInteger(pid) ? parentOf(pid) : null
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const tree = [root]
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

/** Ms of processor time that the threads alive now have used; to the microsecond, unlike the clock ticks of `stat`. */
export function cpuMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuOf(pid), 0)
}

/** Ms that children of a process used which have ended and were waited for; in clock ticks of 10 ms. */
export function endedChildrenMs(pid: number): number {
  const fields = statOf(pid)
  return fields === null ? 0 : (Number(fields[13]) + Number(fields[14])) * 10
}

/** Resident memory in MiB, shared pages counted in each process. */
export function residentMib(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const kib = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1]
    return sum + Number(kib ?? 0) / 1024
  }, 0)
}

function cpuOf(pid: number): number {
  let threads: string[]
  try {
    threads = readdirSync(`/proc/${pid}/task`)
  } catch {
    return 0
  }
  return threads.reduce((sum, thread) => {
    const nanoseconds = read(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ')[0]
    return sum + Number(nanoseconds ?? 0) / 1e6
  }, 0)
}

function parentOf(pid: number): number | null {
  const fields = statOf(pid)
  return fields === null ? null : Number(fields[1])
}

/** The fields of `stat` after the name, which may hold anything: the state is the first. */
function statOf(pid: number): string[] | null {
  const text = read(`/proc/${pid}/stat`)
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** Null when the process has ended meanwhile. */
function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
