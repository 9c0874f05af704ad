/**
 * What the executable is made of: this runs when it is built, and all that is in memory by its end becomes part of it (nodejs.org/api/cli,
 * --build-snapshot). So what a trace needs is loaded and compiled when the program starts.
 */
import { readFileSync } from 'node:fs'
import { startupSnapshot } from 'node:v8'
import { main } from './main.ts'
import type { Io } from './model/io.ts'
import { run } from './run.ts'

startupSnapshot.setDeserializeMainFunction(() => {
  // Node keeps the folder that it was built in, and forgets it when it goes to another.
  try {
    process.chdir('.')
  } catch {
    // A folder that was removed.
  }
  run()
})
warmUp(JSON.parse(readFileSync('warm.json', 'utf8')))

/** Where Node keeps what the last file looked like. */
interface Bindings {
  binding(name: 'fs'): { statValues: Float64Array; bigintStatValues: BigInt64Array }
}

/** Runs these command lines; what they print goes nowhere. */
async function warmUp(commands: readonly string[][]): Promise<void> {
  const nowhere = { write: () => true, isTTY: false }
  const io = { stdin: null, stdout: nowhere, stderr: nowhere, env: {}, now: () => new Date(0) } as unknown as Io
  for (const words of commands) {
    const code = await main(words, io)
    if (code === 1) throw new Error(`this ended with 1: ${words.join(' ')}`)
  }
  // The archive is the same bytes whichever process made it, wherever it was made. Node sets these when it starts.
  const unset = { pid: 0, ppid: 0, execPath: '', argv0: '', argv: [], execArgv: [] }
  const { statValues, bigintStatValues } = (process as unknown as Bindings).binding('fs')
  statValues.fill(0)
  bigintStatValues.fill(0n)
  for (const [name, value] of Object.entries(unset))
    Object.defineProperty(process, name, { value, configurable: true, enumerable: true, writable: true })
}
