/** What a person asked for, held against what was observed: the service, the nodes, the port, the client. */

import { canonicalAddress, parseAddress } from '../model/address.ts'
import { isPort, nodeHolding, type Service } from '../model/cluster.ts'
import { NoServiceError, SvcpathError, usageError } from '../model/errors.ts'
import { parseFrontQuery } from '../model/front/query.ts'
import type { Observation } from '../model/observation.ts'
import { type From, parseQuery } from '../model/query.ts'
import { sh } from '../model/shell.ts'
import { allServices, type Found, findService } from './find.ts'
import { recognisedText, whatToAdd } from './recognised.ts'

/** The services that there are, of a namespace or of all (null). Throws where there are none. */
export function servicesOf(observation: Observation, namespace: string | null): readonly Service[] {
  const services = allServices(observation).filter((one) => !namespace || one.namespace === namespace)
  if (services.length === 0) throw nothingFound(observation, namespace)
  return services
}

/** The one service that the text fits; an error with near names where none or several do. `namespace` null: any. */
export function chooseService(observation: Observation, text: string, namespace: string | null): Service {
  const found = lookUp(observation, text, namespace)
  if ('service' in found) return found.service
  const { near, known } = found.missing
  if (known === 0 && observation.source !== 'live') throw nothingFound(observation, null)
  const where = namespace ? ` in the namespace ${namespace}` : ''
  const others = namespace === null ? null : otherNamespaces(observation, namespace)
  if (others !== null)
    throw new NoServiceError(`no service in the namespace ${namespace} in ${originText(observation)}`, { hint: others })
  const hint =
    near.length > 0
      ? `did you mean ${near.join(', ')}?`
      : `${known} services are known; leave the name out to list them`
  throw new NoServiceError(`no service ${text}${where} in ${originText(observation)}`, { hint })
}

/** What to say where a recording of several services has none in this namespace: it is mistyped, or not recorded. Null where it has some. */
function otherNamespaces(observation: Observation, namespace: string): string | null {
  if (observation.source === 'live') return null
  const namespaces = [...new Set(allServices(observation).map((one) => one.namespace))].sort()
  return namespaces.length === 0 || namespaces.includes(namespace)
    ? null
    : `it has services in ${namespaces.slice(0, 5).join(', ')}${namespaces.length > 5 ? ', …' : ''}: did you mean one of these with -n?`
}

/** The one service that the text fits, or those of near names where none does; an error where several do. */
export function lookUp(
  observation: Observation,
  text: string,
  namespace: string | null,
): Exclude<Found, { ambiguous: unknown }> {
  const found = findService(observation, parseQuery(text), namespace)
  if ('ambiguous' in found) {
    const names = found.ambiguous.map((one) => `${one.namespace}/${one.name}`).sort()
    throw usageError(
      `${text} fits ${names.length} services: ${names.join(', ')}`,
      'name one as NAMESPACE/NAME or with -n',
    )
  }
  return found
}

/** A name that says its namespace, beside a flag that says another, can mean neither. */
export function checkNamespace(text: string, namespace: string | null): void {
  const front = parseFrontQuery(text)
  const query = parseQuery(text)
  const own = front ? front.namespace : query.kind === 'name' ? query.namespace : null
  if (own === null || namespace === null || own === namespace) return
  if (OTHER_KINDS.has(own.toLowerCase()))
    throw usageError(
      `${text}: svcpath traces Services`,
      sh`name the Service that selects its pods: kubectl get services -n ${namespace} -o wide lists them with their selectors`,
    )
  throw usageError(`${text} is in the namespace ${own}, and -n says ${namespace}`, 'leave one of them out')
}

/** What kubectl takes before a slash. */
const OTHER_KINDS: ReadonlySet<string> = new Set(
  `deploy deployment deployments deployment.apps sts statefulset statefulsets ds daemonset daemonsets rs replicaset po pod pods job jobs
  ing ingress ingresses ep endpoints`.split(/\s+/),
)

/** What the person named; `-` is what a shell calls it. */
export const originText = ({ origin }: Pick<Observation, 'origin'>): string =>
  origin
    .split(', ')
    .map((one) => (one === '-' ? 'standard input' : one))
    .join(', ')

/** The nodes asked for, if they were all observed. */
export function checkNodes(observation: Observation, wanted: readonly string[]): readonly string[] {
  const names = observation.nodes.map(({ name }) => name)
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length > 0)
    throw usageError(`no node ${unknown.join(', ')} in ${originText(observation)}`, `it holds ${names.join(', ')}`)
  return wanted
}

/** Throws where the service has no such port; null is all ports. */
export function checkPort(service: Service, port: string | null): void {
  if (port === null || service.ports.some((one) => isPort(one, port))) return
  const list = service.ports.map((one) => (one.name ? `${one.name} (${one.port})` : String(one.port))).join(', ')
  throw usageError(`${service.namespace}/${service.name} has no port ${port}`, `its ports are ${list}`)
}

/** Reads --from. A pod or node that is not known cannot be walked from. */
export function readFrom(observation: Observation, text: string, namespace: string): From {
  const parts = text.split('/')
  if (parts.length === 1 && parseAddress(text)) return fromAddress(observation, canonicalAddress(text))
  const [kind, name] = parts.slice(-2)
  if (kind === 'node' && name && parts.length === 2) {
    if (observation.nodes.some((node) => node.name === name)) return { kind: 'node', name }
    throw usageError(
      `no node ${name} in ${originText(observation)}`,
      `it holds ${observation.nodes.map((one) => one.name).join(', ')}`,
    )
  }
  if (kind !== 'pod' || !name)
    throw usageError(`--from ${text}: not understood`, 'give pod/NAME, NAMESPACE/pod/NAME, node/NAME or an IP')
  const where = parts.length > 2 ? parts[0]! : namespace
  const pod = observation.cluster.pods?.find((one) => one.name === name && one.namespace === where)
  if (!pod)
    throw new SvcpathError(`no pod ${where}/${name} in ${originText(observation)}`, {
      hint: 'give its address with --from IP',
    })
  if (pod.hostNetwork && pod.node) return { kind: 'node', name: pod.node }
  return { kind: 'pod', namespace: where, name, node: pod.node, addresses: pod.ips }
}

/** The pod or node that an address belongs to, where that is known: its packets begin on its own node. */
function fromAddress(observation: Observation, address: string): From {
  const pod = observation.cluster.pods?.find((one) => !one.hostNetwork && one.ips.includes(address))
  if (pod) return { kind: 'pod', namespace: pod.namespace, name: pod.name, node: pod.node, addresses: pod.ips }
  const node = nodeHolding(observation.cluster, address)
  const read = observation.nodes.some(({ name }) => name === node?.name)
  return node && read ? { kind: 'node', name: node.name } : { kind: 'address', address }
}

/** The error for an observation that holds no service of the namespace: where there are some, or the first thing that went wrong. */
export function nothingFound(observation: Observation, namespace: string | null): SvcpathError {
  const [first] = observation.problems
  const recognised = recognisedText(observation)
  const namespaces = [...new Set(allServices(observation).map((one) => one.namespace))].sort()
  const hint =
    namespaces.length > 0
      ? `the namespaces that have some are ${namespaces.slice(0, 10).join(', ')}${namespaces.length > 10 ? ' …' : ''}`
      : recognised
        ? `${recognised}; ${whatToAdd(observation)}`
        : first
          ? `${first.file === 'stdin' ? 'standard input' : first.file}: ${first.message}`
          : 'is it a capture, or the output of iptables-save, nft list ruleset, kubectl get …?'
  return new SvcpathError(`no services${namespace ? ` of ${namespace}` : ''} in ${originText(observation)}`, { hint })
}
