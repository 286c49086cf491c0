/** The composition root: argv to a command, with the catalog and the screens handed to it. */
import process from 'node:process'
import { EXIT } from '#src/commands/io.ts'
import { toSafeText } from '#src/text/safe.ts'
import { program } from './program.ts'

try {
  process.exitCode = await program(process.argv)
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error)
  process.stderr.write(`pgtriage: internal error: ${toSafeText(reason)}\n`)
  process.exitCode = EXIT.internal
}
// A connection that does not close must not keep a finished program; what was printed must all arrive, though.
const end = () => process.exit()
if (process.stdout.writableLength === 0) {
  end()
} else {
  process.stdout.write('', end)
}
