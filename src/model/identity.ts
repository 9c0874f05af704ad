/** The one place that says what makes two things of a report the same. Things with equal keys are. */

import type { Evidence } from './evidence.ts'
import type { Finding } from './finding.ts'
import type { EndpointPath, EntryPath, NodePath, Stop } from './report.ts'
import type { Who } from './who.ts'

/** An entry of a service, the same on every node: a node port stands at an address of each. */
function entryKey({ kind, address, port, portName, protocol }: EntryPath): string {
  const where = kind === 'nodePort' ? familyText(address) : address
  return [kind, where, port, portName, protocol].join(' ')
}

/** An entry as it is drawn: all pods of a headless service are one. */
export const laneKey = (entry: EntryPath): string =>
  entryKey(entry.kind === 'podIP' ? { ...entry, address: familyText(entry.address) } : entry)

const familyText = (address: string): string => (address.includes(':') ? 'IPv6' : 'IPv4')

/** An endpoint of a port: its address, or its chain where no more is known of it. */
export const endpointKey = ({ address, port, chain }: Pick<EndpointPath, 'address' | 'port' | 'chain'>): string =>
  address === null ? `chain ${chain}` : `${address} ${port}`

/** An endpoint as one node treats it. */
export const treatmentKey = (endpoint: EndpointPath): string =>
  [endpointKey(endpoint), endpoint.state, endpoint.fate].join(' ')

/**
 * The way through a node, whatever it is called; where links and counters differ, it is still the same. `reasons`: those of the entries, without the
 * node's name.
 */
export function wayKey(
  { verdict, mode, backend, notes, entries }: NodePath,
  reasons: readonly (string | null)[],
): string {
  const ways = entries.map((entry, i) => {
    const { chains, outcome, conditions, endpoints } = entry
    const led = endpoints.map((one) => {
      const { chain, probability, reason, masquerade } = one
      return [treatmentKey(one), chain, probability.toFixed(6), reason, masquerade]
    })
    return [entryKey(entry), chains, outcome, entry.verdict, conditions, reasons[i], led]
  })
  return JSON.stringify([verdict, mode, backend, notes, ways])
}

/** A client. */
export const whoKey = ({ kind, name, node }: Who): string => [kind, name, node].join(' ')

/** A finding: the same of several entries is one. */
export const findingKey = ({ code, node, subject, message }: Finding): string =>
  [code, node, subject, message].join(' ')

/** What a finding is about, one by one: of two looks' findings those are the same that have one of these in common. */
export const findingKeys = ({ code, node, subject, subjects }: Finding): string[] =>
  (subjects ?? [subject]).map((one) => [code, node, one].join(' '))

/** What ends the way. */
export function stopKey({ node, kind, reason, evidence }: Stop): string {
  const [line] = evidence
  return [node, kind, reason, line?.file, line?.line, line?.text].join(' ')
}

/** A line of proof. */
export const evidenceKey = ({ node, command, file, line, text }: Evidence): string =>
  [node, command, file, line, text].join(' ')
