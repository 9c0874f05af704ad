/** `trace`: what was asked, looked at live or in a recording, walked, diagnosed and printed. */
import { checkNamespace, servicesOf } from '../ask/choose.ts'
import type { Seen } from '../ask/source.ts'
import type { LiveOptions } from '../live/cluster.ts'
import { usageError } from '../model/errors.ts'
import { parseFrontQuery } from '../model/front/query.ts'
import type { Io } from '../model/io.ts'
import type { PathReport } from '../model/report.ts'
import { renderGrowth } from '../render/growth.ts'
import type { Output, Selecting } from '../render/outputs.ts'
import { renderList, renderReport, serviceList } from '../render/render.ts'
import { terminal } from '../render/terminal.ts'
import { listServices } from '../report/list.ts'
import { pathReport, whilePassing } from '../report/path.ts'
import { formatted } from './print.ts'
import { inMeasuredRoom } from './room.ts'
import { sourceOf } from './source.ts'

export interface TraceWords {
  /** As a person writes it; null: list them all. */
  service: string | null
  /** Recordings; null: the cluster. */
  files: readonly string[] | null
  namespace: string | null
  everywhere: boolean
  port: string | null
  from: string | null
  dns: boolean
  live: LiveOptions
  output: Output | Selecting
  verbose: boolean
}

/** Of fewer V8 takes no more room than it would anyway. */
const MANY_NODES = 50

/** Resolves to the exit code. */
export async function traceVerb(words: TraceWords, io: Io): Promise<number> {
  const { service, namespace, everywhere, port, from, dns, verbose, live } = words
  const front = service === null ? null : parseFrontQuery(service)
  if (front !== null) return (await import('./routes.ts')).routesVerb(front, words, io)
  const source = sourceOf(words.files, live, io)
  if (service !== null) checkNamespace(service, namespace)
  else if (source.isLive && !everywhere && namespace === null)
    throw usageError(
      'which service?',
      'name one (kubectl svcpath web -n shop), or list them with -A or -n NAMESPACE; see --help',
    )
  const reportOf = ({ observation, namespace: where }: Seen): PathReport | null =>
    service === null
      ? null
      : pathReport(observation, { service, namespace: where, port, from, nodes: live.reach.nodes })
  // A person reads meanwhile; a program reads once.
  const { output } = words
  const forPeople = output === 'tree' || output === 'wide' ? output : null
  const atOnce = io.stdout.isTTY === true && forPeople !== null
  return source.open(async (sight) => {
    const { result, passing } = await sight.settled(async (again) => {
      const soFar =
        atOnce && service !== null
          ? (seen: Seen) => renderReport(reportOf(seen)!, forPeople, { ...terminal(io.stdout, io.env), verbose })
          : undefined
      const first = await sight.look({ service, namespace, from, everywhere, dns, parts: 'all', again, soFar })
      const seen = (service === null || atOnce ? null : await sight.grown(first)) ?? first
      const isLarge = seen.observation.nodes.length > MANY_NODES
      const report = isLarge ? inMeasuredRoom(() => reportOf(seen)) : reportOf(seen)
      return { result: { seen, report }, findings: report?.findings ?? [] }
    })
    sight.done()
    const { seen, report } = result
    if (report === null) return list(seen, words, io)
    const shown = whilePassing(report, passing)
    await show(shown, words, io)
    const later = atOnce ? await sight.grown(seen) : null
    const grown = later && reportOf(later)
    sight.done()
    return exitCode(grown === null ? shown : showGrowth(shown, whilePassing(grown, passing), words, io))
  })
}

async function show(report: PathReport, { output, verbose }: TraceWords, { stdout, env }: Io): Promise<void> {
  const text = await formatted(
    output,
    () => ({ document: report, rows: [report], services: [report.service] }),
    (format) => renderReport(report, format, { ...terminal(stdout, env), verbose }),
  )
  stdout.write(text)
}

/** Gives the report that holds. */
function showGrowth(before: PathReport, after: PathReport, { verbose }: TraceWords, { stdout, env }: Io): PathReport {
  stdout.write(renderGrowth(before, after, { ...terminal(stdout, env), verbose }))
  return after
}

function exitCode({ verdict }: PathReport): number {
  if (verdict === 'reachable') return 0
  return verdict === 'unknown' ? 4 : 3
}

async function list({ observation, namespace }: Seen, { output, live }: TraceWords, io: Io): Promise<number> {
  const services = servicesOf(observation, namespace)
  const rows = announced(io, `tracing ${services.length} services …`, services.length > 500, () =>
    listServices(observation, services, live.reach.nodes),
  )
  const text = await formatted(
    output,
    () => ({ document: serviceList(rows), rows, services: rows }),
    (format) => renderList(rows, format, terminal(io.stdout, io.env)),
  )
  io.stdout.write(text)
  return 0
}

/** Says on a terminal's stderr what takes more than a moment, and takes the words back when it is done. */
function announced<T>({ stderr }: Io, words: string, slow: boolean, work: () => T): T {
  const shown = slow && stderr.isTTY
  if (shown) stderr.write(words)
  const result = work()
  if (shown) stderr.write('\r\u001b[K')
  return result
}
