/** `trace`: what was asked, looked at live or in a recording, walked, diagnosed and printed. */
import { checkNamespace, checkNodes, checkPort, chooseService, nothingFound, readFrom } from '../ask/choose.ts'
import { allServices } from '../ask/find.ts'
import { diagnose } from '../diagnose/diagnose.ts'
import { isConverged, softened } from '../diagnose/drift.ts'
import type { LiveOptions } from '../live/look.ts'
import { usageError } from '../model/errors.ts'
import type { Observation } from '../model/observation.ts'
import { parseQuery } from '../model/query.ts'
import type { PathReport } from '../model/report.ts'
import { observeRecorded } from '../observe/observation.ts'
import type { Output } from '../render/outputs.ts'
import { renderList, renderReport } from '../render/render.ts'
import { terminal } from '../render/terminal.ts'
import { listServices } from '../report/list.ts'
import { traceService } from '../trace/trace.ts'

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
  output: Output
  verbose: boolean
}

/** What was seen, and the namespace that is meant; null: any. */
interface Seen {
  observation: Observation
  namespace: string | null
}

/** Resolves to the exit code. */
export async function traceVerb(words: TraceWords): Promise<number> {
  const { service, files, namespace, live } = words
  if (service !== null) checkNamespace(service, namespace)
  if (files === null) return traceLive(words)
  const observation = await observeRecorded(files, () => process.stdin)
  checkNodes(observation, live.reach.nodes)
  const seen = { observation, namespace }
  return service === null ? list(seen, words) : show(trace(seen, service, words), words)
}

async function traceLive(words: TraceWords): Promise<number> {
  const { service, namespace, everywhere, from, dns, live } = words
  if (service === null && !everywhere && namespace === null)
    throw usageError(
      'which service?',
      'name one (kubectl svcpath web -n shop), or list them with -A or -n NAMESPACE; see --help',
    )
  const [{ withCluster }, { settled }] = await Promise.all([
    import('../live/look.ts'),
    import('../live/second-look.ts'),
  ])
  return withCluster(live, async (cluster) => {
    const { result, passing } = await settled(cluster, async () => {
      const seen = await cluster.look({ service, namespace, from, everywhere, dns, parts: 'all' })
      const report = service === null ? null : trace(seen, service, words)
      return { result: { seen, report }, findings: report?.findings ?? [] }
    })
    cluster.progress.done()
    const { seen, report } = result
    return report === null
      ? list(seen, words)
      : show({ ...report, findings: softened(report.findings, passing) }, words)
  })
}

function trace(
  { observation, namespace }: Seen,
  wanted: string,
  { port: asked, from: client, live }: TraceWords,
): PathReport {
  const query = parseQuery(wanted)
  const service = chooseService(observation, wanted, namespace)
  const port = asked ?? (query.kind === 'address' && query.port !== null ? String(query.port) : null)
  checkPort(service, asked)
  const from = client === null ? null : readFrom(observation, client, service.namespace)
  return diagnose(observation, service, traceService(observation, service, { from, nodes: live.reach.nodes, port }))
}

function show(report: PathReport, { output, verbose }: TraceWords): number {
  const look = { ...terminal(process.stdout, process.env), verbose }
  process.stdout.write(renderReport(report, output, look))
  if (report.verdict === 'reachable') return 0
  return report.verdict === 'unknown' ? 4 : 3
}

function list({ observation, namespace }: Seen, { output, live }: TraceWords): number {
  const services = allServices(observation).filter((one) => !namespace || one.namespace === namespace)
  if (services.length === 0) throw nothingFound(observation, namespace)
  const rows = announced(`tracing ${services.length} services …`, services.length > 500, () =>
    listServices(observation, services, live.reach.nodes, isConverged),
  )
  process.stdout.write(renderList(rows, output, terminal(process.stdout, process.env)))
  return 0
}

/** Says on a terminal's stderr what takes more than a moment, and takes the words back when it is done. */
function announced<T>(words: string, slow: boolean, work: () => T): T {
  const shown = slow && process.stderr.isTTY
  if (shown) process.stderr.write(words)
  const result = work()
  if (shown) process.stderr.write('\r\u001b[K')
  return result
}
