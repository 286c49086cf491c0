/** A watcher outside our process that clears up when we die without doing it ourselves. */
import { spawn } from 'node:child_process'

/** What the guard has to end: nothing, initdb (killed with its children), or a server (immediate shutdown). */
export type Ward = { readonly kind: 'initdb' | 'postgres'; readonly pid: number } | null

/** Tells the guard what runs now; `release` ends it once all is gone. */
export interface Guard {
  watch(ward: Ward): void
  release(): void
}

// It reads until our end of its pipe closes, which the kernel does however we die (SIGKILL, a crash, an OOM
// kill). Detached, so that the terminal's Ctrl-C and hang-up do not reach it. The last line read says what
// runs; a server is given ten seconds to end, as PostgreSQL itself gives its children five. That it has ended
// is seen by its lock file too: in a container whose init does not reap, its process stays as a zombie.
const SCRIPT = `
trap '' INT TERM HUP
kind=none pid=0
while read -r a b; do kind=$a pid=$b; done
case $kind in
  initdb) kill -KILL "-$pid" ;;
  postgres)
    kill -QUIT "$pid"
    tries=0
    while [ -e "$1/data/postmaster.pid" ] && kill -0 "$pid" && [ $tries -lt 200 ]; do sleep 0.05; tries=$((tries + 1)); done
    kill -KILL "$pid" ;;
esac 2>/dev/null
[ "$kind" = released ] && exit
for again in 1 2 3; do rm -rf -- "$1" && exit; sleep 1; done
`

/** Starts a guard for the directory `root`: it removes it, and ends what was watched, once we are gone. */
export function startGuard(root: string): Guard {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'pgtriage-guard', root], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.on('error', () => undefined)
  // A guard that was killed by hand must not take us along.
  child.stdin.on('error', () => undefined)
  child.unref()
  unrefStream(child.stdin)
  return {
    watch(ward) {
      child.stdin.write(ward === null ? 'none 0\n' : `${ward.kind} ${ward.pid}\n`)
    },
    release() {
      child.stdin.end('released 0\n')
    },
  }
}

// The pipe is a socket to Node, and an idle one would keep a finished program alive.
function unrefStream(stream: object): void {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref()
}
