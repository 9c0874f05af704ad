import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

/**
 * Asks on the terminal without showing what is typed; null where standard input is none, or at ^C, which then also ends the run as it always does.
 * `hold` keeps progress off the line meanwhile.
 */
export function askPassphrase(hold: () => () => void): (question: string) => Promise<string | null> {
  let last: Promise<unknown> = Promise.resolve()
  return (question) => {
    // One after the other: two nodes may need two keys.
    const answer = last.then(() => (process.stdin.isTTY ? askOnce(question, hold()) : null))
    last = answer
    return answer
  }
}

function askOnce(question: string, release: () => void): Promise<string | null> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  process.stderr.write(question)
  return new Promise((resolve) => {
    const finish = (answer: string | null) => {
      lines.close()
      process.stdin.pause()
      process.stderr.write('\n')
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
