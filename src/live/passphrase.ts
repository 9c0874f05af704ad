import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { Progress } from './progress.ts'

/** Asks for a passphrase on the terminal, without showing it; undefined where nobody is there to be asked. One question at a time. */
export function askPassphrase(progress: Progress): ((prompt: string) => Promise<string>) | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined
  let last: Promise<unknown> = Promise.resolve()
  return (prompt) => {
    const answer = last.then(() => ask(prompt, progress))
    last = answer.catch(() => {})
    return answer
  }
}

function ask(prompt: string, progress: Progress): Promise<string> {
  progress.done()
  process.stderr.write(prompt)
  // readline shows what is typed by writing it to its output.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true })
  return new Promise((resolve, reject) => {
    reader.once('SIGINT', () => {
      reader.close()
      process.kill(process.pid, 'SIGINT')
      reject(new Error('no passphrase was given'))
    })
    reader.question('', (text) => {
      reader.close()
      process.stderr.write('\n')
      resolve(text)
    })
  })
}
