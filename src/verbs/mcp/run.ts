import { PassThrough, Writable } from 'node:stream'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { SvcpathError } from '../../model/errors.ts'
import type { Io } from '../../model/io.ts'
import { printableLines } from '../../model/printable.ts'
import { hideSecrets } from '../../model/secrets.ts'

/** What an answer may hold, in UTF-16 units: some 10,000 tokens. */
export const MOST = 40_000

/** Runs a verb and gives what it printed, and what it said about it, as the answer of a tool; an error as one that the assistant may read, too. */
export async function answerOf(
  verb: (io: Io) => number | Promise<number>,
  { env, now }: Pick<Io, 'env' | 'now'>,
): Promise<CallToolResult> {
  const printed = collector()
  const said = collector()
  const { NO_COLOR: _, FORCE_COLOR: __, COLUMNS: ___, ...others } = env
  const io: Io = {
    stdin: new PassThrough().end(),
    stdout: printed.stream,
    stderr: said.stream,
    env: { ...others, NO_COLOR: '1' },
    now,
  }
  try {
    const code = await verb(io)
    const notes = said.text().trim()
    return text([printed.text().trimEnd(), ...(notes ? [`Messages of this run:\n${notes}`] : []), MEANINGS[code]])
  } catch (error) {
    if (!(error instanceof SvcpathError)) throw error
    const hint = error.hint ? `\n${error.hint}` : ''
    return { ...text([`error: ${error.message}${hint}`, MEANINGS[error.exitCode]]), isError: true }
  }
}

/** One call after the other, however they come: a cluster is read once at a time. */
export function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work, work)
    last = next.catch(() => {})
    return next
  }
}

/** What each exit code means here: see docs/exit-codes.md. */
const MEANINGS: Record<number, string> = {
  0: 'Result: nothing is broken, and everything that matters was seen.',
  1: 'Result: svcpath could not do its work, so nothing is known about the cluster.',
  2: 'Result: the arguments of this call, or those that the server was started with, cannot be used. Nothing was read.',
  3: 'Result: something is broken.',
  4: 'Result: unknown in part: not everything that matters was seen, and nothing broken was found.',
  6: 'Result: there is no service, namespace, node, pod or port of this name. This says nothing about what does exist.',
}

const text = (parts: readonly (string | undefined)[]): CallToolResult => ({
  content: [{ type: 'text', text: bounded(printableLines(hideSecrets(parts.filter(Boolean).join('\n\n')))) }],
})

/** At most so much, cut at the end of a line; it says so, and how to ask for less. */
export function bounded(all: string, most = MOST): string {
  if (all.length <= most) return all
  const room = most - NOTE.length - 50
  const end = all.lastIndexOf('\n', room)
  const kept = all.slice(0, end < 0 ? room : end)
  const left = all.slice(kept.length + 1).split('\n').length
  return `${kept}\n… ${left} more ${left === 1 ? 'line is' : 'lines are'} left out. ${NOTE}`
}

const NOTE = 'Ask for one Service, one namespace or some nodes, and without rules, to see less at once.'

function collector() {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(Buffer.from(chunk))
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') }
}
