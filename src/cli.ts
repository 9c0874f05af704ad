import { main } from './main.ts'

// `| head` closes the pipe early; that is the reader's choice and no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

// No top-level await: the single executable is CommonJS, which has none.
main(process.argv.slice(2)).then((code) => {
  process.exitCode = code
})
