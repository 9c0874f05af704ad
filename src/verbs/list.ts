/** `trace` without a service: all of them, a line each, judged as `check` judges them. */
import { servicesOf } from '../ask/choose.ts'
import type { Sight, Source } from '../ask/source.ts'
import type { LiveOptions } from '../live/cluster.ts'
import type { Io } from '../model/io.ts'
import type { ServiceList } from '../model/report.ts'
import type { Output, Selecting } from '../render/outputs.ts'
import { renderList } from '../render/render.ts'
import { terminal } from '../render/terminal.ts'
import { listServices } from '../report/list.ts'
import { type FailOn, OUTCOME_CODES } from '../report/outcome.ts'
import { formatted } from './print.ts'

export interface ListWords {
  namespace: string | null
  everywhere: boolean
  from: string | null
  dns: boolean
  failOn: FailOn
  live: LiveOptions
  output: Output | Selecting
}

/** Resolves to the exit code. */
export const listVerb = (source: Source, words: ListWords, io: Io): Promise<number> =>
  source.open(async (sight) => {
    const list = await settledList(sight, words, io)
    sight.done()
    const text = await formatted(
      words.output,
      () => ({ document: list, rows: list.items, services: list.items }),
      (format) => renderList(list, format, terminal(io.stdout, io.env, io.stderr)),
    )
    io.stdout.write(text)
    return OUTCOME_CODES[list.outcome]
  })

async function settledList(sight: Sight, words: ListWords, io: Io): Promise<ServiceList> {
  const { namespace, from, everywhere, dns, failOn, live } = words
  const { result, passing } = await sight.settled(async () => {
    const seen = await sight.look({ service: null, namespace, from, everywhere, dns, parts: 'all' })
    const services = servicesOf(seen.observation, seen.namespace)
    const judged = (last: ReadonlySet<string>) =>
      announced(io, `tracing ${services.length} services …`, services.length > 500, () =>
        listServices(seen.observation, services, { nodes: live.reach.nodes, failOn, passing: last }),
      )
    const { list, findings } = judged(new Set())
    return { result: { list, judged }, findings }
  })
  return passing.size === 0 ? result.list : result.judged(passing).list
}

/** Says on a terminal's stderr what takes more than a moment, and takes the words back when it is done. */
function announced<T>({ stderr }: Io, words: string, slow: boolean, work: () => T): T {
  const shown = slow && stderr.isTTY
  if (shown) stderr.write(words)
  const result = work()
  if (shown) stderr.write('\r\u001b[K')
  return result
}
