import type { DnsLeg, DnsServerAnswer, PathReport, Verdict } from '../../model/report.ts'
import { serverText, some } from '../phrases.ts'

/** The records that clients are due, what was answered, and the resolver. Empty where no name leads to the service. `dim`: sets what is less important. */
export function dnsTexts(report: PathReport, verbose: boolean, dim: (text: string) => string = String): string[] {
  const { dns: leg } = report
  if (!leg) return []
  const [name] = leg.names
  const [first, ...others] = leg.expected
  const expected = first ? some(first.values, 4) : recordless(report)
  const asked = leg.servers === null ? dim('(expected; DNS was not queried)') : `(${answersText(leg.servers)})`
  const lines = [`${name} → ${expected} ${asked}`]
  for (const { type, name: record, values } of others) {
    lines.push(type === 'SRV' && !verbose ? '' : `${record} → ${type} ${some(values, 4)}`)
  }
  if (verbose && leg.names.length > 1) lines.push(dim(`also as ${leg.names.slice(1).join(', ')}`))
  const { service, cache } = leg
  const readyOf = (one: Readiness | null | undefined) =>
    one && one.ready !== null ? `${one.ready} of ${one.total} pods ready` : ''
  const queried = cache && service ? `it queries ${service.namespace}/${service.name}` : ''
  const behind = queried && readyOf(cache) ? `${readyOf(cache)}; ${queried}` : queried
  const way = leg.path ? WAYS[leg.path.verdict] : ''
  const state = [behind, readyOf(service ?? cache), way].filter(Boolean).join(', ')
  const unseen = report.source === 'rules' ? 'not in this text' : 'not collected'
  lines.push(serverText(leg) ? `resolver ${serverText(leg)}${state ? `: ${state}` : ''}` : `cluster DNS: ${unseen}`)
  return lines.filter(Boolean)
}

const WAYS: Readonly<Record<Verdict, string>> = {
  reachable: 'reachable from these nodes',
  degraded: 'reachable only in part',
  broken: 'not reachable',
  unknown: 'not known whether it can be reached',
}

/** Nothing is known to be answered: there is no address to give, or it is not known which. */
const recordless = ({ service: { headless, clusterIPs }, endpointsKnown, source }: PathReport): string =>
  (headless ? endpointsKnown : clusterIPs.length > 0)
    ? 'no record'
    : `an address that ${source === 'rules' ? 'is not in this text' : 'was not collected'}`

type Readiness = Pick<NonNullable<PathReport['dns']>['cache'] & object, 'ready' | 'total'>

/** `2 of 2 pods answer so`, and how the first that does not answers instead, or why it could not be asked. */
function answersText(servers: NonNullable<DnsLeg['servers']>): string {
  const pods = [...new Set(servers.map(({ pod }) => pod))]
  const right = pods.filter((pod) => servers.every((one) => one.pod !== pod || one.right))
  const other = servers.find((one) => one.right === false) ?? servers.find((one) => !one.right)
  const instead = other ? `; ${other.pod}: ${other.error ?? `${other.type} ${answerText(other)}`}` : ''
  return `${right.length} of ${pods.length} pods answer so${instead}`
}

const answerText = ({ rcode, values }: DnsServerAnswer): string =>
  rcode === 'NOERROR' ? values.join(', ') || 'nothing' : String(rcode)
