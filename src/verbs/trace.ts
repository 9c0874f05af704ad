/** `trace`: what was asked, looked at live or in a recording, walked, diagnosed and printed. */
import { checkNamespace } from '../ask/choose.ts'
import type { Seen } from '../ask/source.ts'
import type { LiveOptions } from '../live/cluster.ts'
import { parseFrontQuery } from '../model/front/query.ts'
import type { Io } from '../model/io.ts'
import type { PathReport } from '../model/report.ts'
import { renderGrowth } from '../render/growth.ts'
import type { Output, Selecting } from '../render/outputs.ts'
import { renderReport } from '../render/render.ts'
import { terminal } from '../render/terminal.ts'
import { type FailOn, fails } from '../report/outcome.ts'
import { pathReport, whilePassing } from '../report/path.ts'
import { listVerb } from './list.ts'
import { formatted } from './print.ts'
import { expectMuchWork, inMeasuredRoom } from './room.ts'
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
  /** What makes the exit code 3. */
  failOn: FailOn
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
  if (service === null) return listVerb(source, words, io)
  const reportOf = ({ observation, namespace: where }: Seen): PathReport =>
    pathReport(observation, { service, namespace: where, port, from, nodes: live.reach.nodes })
  // A person reads meanwhile; a program reads once.
  const { output } = words
  const forPeople = output === 'tree' || output === 'wide' ? output : null
  const atOnce = io.stdout.isTTY === true && forPeople !== null
  return source.open(async (sight) => {
    const { result, passing } = await sight.settled(async (again) => {
      const look = { ...terminal(io.stdout, io.env), verbose }
      const soFar = atOnce ? (seen: Seen) => renderReport(reportOf(seen), forPeople, look) : undefined
      const first = await sight.look({ service, namespace, from, everywhere, dns, parts: 'all', again, soFar })
      const seen = (atOnce ? null : await sight.grown(first)) ?? first
      const isLarge = seen.observation.nodes.length > MANY_NODES
      if (isLarge) expectMuchWork()
      const report = isLarge ? inMeasuredRoom(() => reportOf(seen)) : reportOf(seen)
      return { result: { seen, report }, findings: report.findings }
    })
    sight.done()
    const { seen, report } = result
    const shown = whilePassing(report, passing)
    await show(shown, words, io)
    const later = atOnce ? await sight.grown(seen) : null
    const grown = later && reportOf(later)
    sight.done()
    return exitCode(grown === null ? shown : showGrowth(shown, whilePassing(grown, passing), words, io), words)
  })
}

async function show(report: PathReport, { output, verbose }: TraceWords, { stdout, stderr, env }: Io): Promise<void> {
  const look = { ...terminal(stdout, env, stderr), verbose }
  const text = await formatted(
    output,
    () => ({ document: report, rows: [report], services: [report.service] }),
    (format) => renderReport(report, format, look),
  )
  stdout.write(text)
}

/** Gives the report that holds. */
function showGrowth(
  before: PathReport,
  after: PathReport,
  { verbose }: TraceWords,
  { stdout, stderr, env }: Io,
): PathReport {
  stdout.write(renderGrowth(before, after, { ...terminal(stdout, env, stderr), verbose }))
  return after
}

/** What an alias of a name outside the cluster leads to is not known, and no fault of the cluster: `check` passes it, too. */
function exitCode({ verdict, service, findings }: PathReport, { failOn }: TraceWords): number {
  if (verdict === 'broken' || verdict === 'degraded' || findings.some((one) => fails(one, failOn))) return 3
  return verdict === 'reachable' || service.externalName !== null ? 0 : 4
}
