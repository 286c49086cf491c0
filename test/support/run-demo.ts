/** The demo command as a program of its own, with stand-ins for the screens: `node run-demo.ts <incident> [--print]`. */
import { demo } from '#src/commands/demo.ts'

const [incident, mode] = process.argv.slice(2)
process.exitCode = await demo(
  { incident: incident ?? null, print: mode === '--print' },
  {
    io: { out: (text) => process.stdout.write(text), err: (line) => process.stderr.write(`${line}\n`) },
    isTerminal: mode === '--terminal',
    top: async (uri) => {
      console.log(`top ${uri}`)
      return 0
    },
    oneShot: async (uri) => {
      console.log(`one-shot ${uri}`)
      return 2
    },
  },
)
