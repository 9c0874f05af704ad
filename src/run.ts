import { main } from './main.ts'
import { systemReason } from './model/errors.ts'

/** The program from its process's words to its exit code. */
export function run(): void {
  // `| head` closes the pipe early; that is the reader's choice and no error. A full disk is one.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    process.stderr.write(`error: cannot write the output: ${systemReason(error)}\n`)
    process.exit(1)
  })
  // Where nobody can be told, nobody is: what goes to stdout is still worth printing.
  process.stderr.on('error', () => {})
  // No top-level await: the single executable is CommonJS, which has none.
  main(process.argv.slice(2)).then((code) => {
    process.exitCode = code
  })
}
