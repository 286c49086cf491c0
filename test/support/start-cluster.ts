/** A program that starts a cluster, for tests of how it ends: `stop` stops it at once, `stay` waits for a signal. */
import { startCluster } from '#src/demo/cluster.ts'

const [mode, settings = '{}'] = process.argv.slice(2)
const cluster = await startCluster({
  settings: JSON.parse(settings),
  onProgress: (step) => console.log(step),
})
console.log('ready')
if (mode === 'stay') {
  setInterval(() => undefined, 1_000)
} else {
  await cluster.stop()
  console.log('stopped')
}
