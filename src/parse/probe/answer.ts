/** What a node answers to the script that makes connections. */
import type { Attempted, NodeProbe, Result } from '../../model/probe/request.ts'
import type { Problem } from '../../model/rules.ts'
import { parseConntrack } from '../host/conntrack.ts'
import { linesOf, ProblemLog, quote } from '../parsed.ts'

/**
 * `results`: `r 7 refused 0.31 61007 ECONNREFUSED` for a connection, `p 0 tool python3` or `p 0 none …` for a place, `w begun` and `w ended` for the watch
 * over conntrack, `e [NEW] tcp …` for what it saw, `h 7 200 MIIC…` for an answer with its certificate. `table`: conntrack's entries, and `#read` where these are all.
 */
export function parseProbe(
  { results, table }: { results: string; table: string },
  file: string,
): { probe: NodeProbe; problems: Problem[] } {
  const log = new ProblemLog(file)
  const tools = new Map<number, { tool: string } | { failure: string }>()
  const attempted: Attempted[] = []
  const events: string[] = []
  const watch = new Set<string>()
  const answers = new Map<number, Pick<Attempted, 'status' | 'certificate'>>()
  for (const { number, text } of linesOf(results, log)) {
    const [kind, first = '', second = '', ...rest] = text.split(' ')
    if (kind === 'e') events.push(text.slice(2))
    else if (kind === 'w') watch.add(first)
    else if (kind === 'h' && /^\d{1,6}$/.test(first)) answers.set(Number(first), answerOf(second, rest[0] ?? ''))
    else if (kind === 'p' && /^\d{1,4}$/.test(first))
      tools.set(Number(first), second === 'tool' ? { tool: rest.join(' ') } : { failure: rest.join(' ') })
    else if (kind === 'r') {
      const one = attemptedOf(first, second, rest)
      if (one) attempted.push(one)
      else log.add(number, `not the result of a connection: ${quote(text)}`)
    } else if (text.trim() !== '') log.add(number, `not understood: ${quote(text)}`)
  }
  const [first, last] = [parseConntrack(events.join('\n'), file), parseConntrack(table.replace(READ, ''), file)]
  const probe = {
    ...{
      tools,
      attempted: attempted.map((one) => ({ ...one, ...answers.get(one.id) })),
      events: first.items,
      watched: watch.has('begun') && watch.has('ended'),
    },
    entries: READ.test(table) && last.problems.length === 0 ? last.items : null,
  }
  return { probe, problems: [...log.list(), ...first.problems, ...last.problems] }
}

const READ = /^#read\n?/m

const RESULTS: readonly Result[] = [
  'connected',
  'refused',
  'timeout',
  'unreachable',
  'answered',
  'stalled',
  'silent',
  'error',
]

function attemptedOf(id: string, word: string, rest: readonly string[]): Attempted | null {
  const [took = '', port = '', ...error] = rest
  const result = RESULTS.find((one) => one === word)
  if (!/^\d{1,6}$/.test(id) || !result) return null
  const own = Number(port)
  return {
    ...{ id: Number(id), result },
    milliseconds: /^\d+(\.\d+)?$/.test(took) ? Number(took) : null,
    sourcePort: Number.isInteger(own) && own > 0 && own < 65536 ? own : null,
    error: error[0] === undefined || error[0] === '-' ? null : error.join(' '),
    ...{ status: null, certificate: null },
  }
}

const answerOf = (status: string, certificate: string): Pick<Attempted, 'status' | 'certificate'> => ({
  status: /^[1-9]\d\d$/.test(status) ? Number(status) : null,
  certificate: /^[A-Za-z0-9+/]{16,20000}={0,2}$/.test(certificate) ? certificate : null,
})
