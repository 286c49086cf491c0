/** Asks for a password and tells what it got. */
import { askPassword } from '#src/terminal/password.ts'

console.log(`got ${JSON.stringify(await askPassword('Password for \x1b[2J:'))}`)
