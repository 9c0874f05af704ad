import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { Io } from '../../model/io.ts'

/**
 * Asks on the terminal without showing what is typed; null where standard input is none, or at ^C, which then also ends the run as it always does.
 * `hold` keeps progress off the line meanwhile.
 */
export function askPassphrase(io: Io, hold: () => () => void): (question: string) => Promise<string | null> {
  let last: Promise<unknown> = Promise.resolve()
  return (question) => {
    // One after the other: two nodes may need two keys.
    const answer = last.then(() => (io.stdin.isTTY ? askOnce(io, question, hold()) : null))
    last = answer
    return answer
  }
}

function askOnce({ stdin, stderr }: Io, question: string, release: () => void): Promise<string | null> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: silent, terminal: true })
  stderr.write(question)
  return new Promise((resolve) => {
    const finish = (answer: string | null) => {
      lines.close()
      stdin.pause()
      stderr.write('\n')
      release()
      resolve(answer)
    }
    lines.once('line', finish)
    lines.once('SIGINT', () => {
      finish(null)
      process.kill(process.pid, 'SIGINT')
    })
    lines.once('close', () => resolve(null))
  })
}
