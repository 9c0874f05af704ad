/** What the cluster's DNS pods answer: what they are asked, the file that it leaves in a capture, how that is read and redacted. */
import type { KubeApi } from '../kube/api.ts'
import type { Service } from '../model/cluster.ts'
import { expectedRecords, findDnsService } from '../model/kube/cluster-dns.ts'
import type { DnsAnswer, Observation } from '../model/observation.ts'
import type { DnsQuestion } from './dns-over-tcp.ts'

/** Where a capture keeps the answers. */
export const DNS_FILE = 'dns.json'

/** What CoreDNS answers within, many times over. */
const TIMEOUT_MS = 5000

/** What every DNS pod answers for the names of a service; null where no DNS pod is known, or there is nothing to ask. */
export async function askClusterDns(
  api: KubeApi,
  observation: Observation,
  service: Service,
): Promise<DnsAnswer[] | null> {
  const dnsService = findDnsService(observation)
  if (!dnsService) return null
  const name = dnsService.ports.find((port) => port.port === 53 && port.protocol === 'TCP')?.name
  const endpoints = observation.cluster.endpointsOf(dnsService.namespace, dnsService.name) ?? []
  const servers = endpoints.flatMap(({ ready, protocol, portName, port, pod }) =>
    ready && pod && port !== null && protocol === 'TCP' && portName === name
      ? { namespace: pod.namespace, pod: pod.name, port }
      : [],
  )
  const questions = expectedRecords(observation, service).flatMap(({ type, name: record }): DnsQuestion[] =>
    type === 'SRV' ? [] : [{ name: record, type }],
  )
  if (servers.length === 0 || questions.length === 0) return null
  // Who reads a recording asks nobody, and need not load what speaks to DNS servers.
  const { askDns } = await import('./dns-over-tcp.ts')
  return askDns(api, servers, questions, TIMEOUT_MS)
}

/** The answers as a capture keeps them. */
export const dnsFile = (answers: readonly DnsAnswer[]): { path: string; text: string } => ({
  path: DNS_FILE,
  text: `${JSON.stringify(answers, null, 1)}\n`,
})

/** Reads what a capture keeps; null where the text is none of it. */
export function readDnsAnswers(text: string): DnsAnswer[] | null {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every(isAnswer) ? value : null
  } catch {
    return null
  }
}

function isAnswer(value: unknown): value is DnsAnswer {
  const { pod, name, type, rcode, error, values } = (value ?? {}) as Record<string, unknown>
  const texts = [pod, name, type].every((one) => typeof one === 'string')
  const nullable = [rcode, error].every((one) => one === null || typeof one === 'string')
  return texts && nullable && Array.isArray(values) && values.every((one) => typeof one === 'string')
}

/** What stands for a name, a domain, an address where a capture is redacted, and for words that may hold anything. */
export interface Replacements {
  name(text: string): string
  domain(text: string): string
  address(text: string): string
  words: string
}

/** The answers of a capture with other names and addresses; none where the text holds none. */
export function redactDnsAnswers(text: string, { name, domain, address, words }: Replacements): DnsAnswer[] {
  return (readDnsAnswers(text) ?? []).map((answer) => ({
    ...answer,
    pod: answer.pod.split('/').map(name).join('/'),
    name: domain(answer.name),
    error: answer.error === null ? null : words,
    values: answer.values.map(answer.type === 'CNAME' ? domain : address),
  }))
}
