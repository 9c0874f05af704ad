/** `trace` of an Ingress, HTTPRoute or Gateway: its rules, and the way of each Service that they lead to. */
import type { Seen } from '../ask/source.ts'
import type { LiveOptions } from '../live/cluster.ts'
import { usageError } from '../model/errors.ts'
import type { FrontQuery } from '../model/front/query.ts'
import type { RouteReport } from '../model/front/report.ts'
import type { Io } from '../model/io.ts'
import { ROUTE_OUTPUTS, renderRouteReport } from '../render/front/render.ts'
import { isSelecting, type Output, SELECTING, type Selecting } from '../render/outputs.ts'
import { terminal } from '../render/terminal.ts'
import { routeReport } from '../report/front.ts'
import { formatted } from './print.ts'
import { sourceOf } from './source.ts'

/** As those of `trace`. */
interface RoutesWords {
  service: string | null
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

/** Resolves to the exit code. */
export async function routesVerb(query: FrontQuery, words: RoutesWords, io: Io): Promise<number> {
  const { service, namespace, from, dns, live, output, verbose } = words
  checkWords(query, words)
  const source = sourceOf(words.files, live, io)
  return source.open(async (sight) => {
    const { result: report } = await sight.settled(async (again) => {
      const first = await sight.look({ service, namespace, from, everywhere: false, dns, parts: 'all', again })
      const seen = (await sight.grown(first)) ?? first
      const result = reportOf(seen, query, words)
      return { result, findings: result.ways.flatMap((one) => one.report.findings) }
    })
    sight.done()
    const text = await formatted(
      output,
      () => ({ document: report, rows: report.rules, services: report.ways.map((one) => one.report.service) }),
      (format) => renderRouteReport(report, format, { ...terminal(io.stdout, io.env, io.stderr), verbose }),
    )
    io.stdout.write(text)
    if (report.verdict === 'reachable') return 0
    return report.verdict === 'unknown' ? 4 : 3
  })
}

const reportOf = ({ observation, namespace }: Seen, query: FrontQuery, { from, live }: RoutesWords): RouteReport =>
  routeReport(observation, { query, namespace, from, nodes: live.reach.nodes })

function checkWords(
  { kind, name, namespace: own }: FrontQuery,
  { namespace, port, output, everywhere }: RoutesWords,
): void {
  if (own !== null && namespace !== null && own !== namespace)
    throw usageError(`${kind} ${name} is in the namespace ${own}, and -n says ${namespace}`, 'leave one of them out')
  if (everywhere) throw usageError(`-A does not go with ${kind}: one object is traced`, 'name its namespace with -n')
  if (port !== null) throw usageError(`--port does not go with ${kind}: its rules name the ports`, 'leave --port out')
  if (!isSelecting(output) && !ROUTE_OUTPUTS.includes(output))
    throw usageError(
      `-o ${output} draws the path of one Service, not of ${article(kind)} ${kind}`,
      `formats of ${article(kind)} ${kind}: ${[...ROUTE_OUTPUTS, 'name', ...SELECTING.map(({ usage }) => usage)].join(', ')}; or trace one of its Services`,
    )
}

const article = (kind: FrontQuery['kind']): string => (kind === 'Gateway' ? 'a' : 'an')
