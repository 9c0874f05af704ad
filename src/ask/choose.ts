/** What a person asked for, held against what was observed: the service, the nodes, the port, the client. */

import { canonicalAddress, parseAddress } from '../model/address.ts'
import { isPort, nodeHolding, type Service } from '../model/cluster.ts'
import { NoServiceError, notFound, SvcpathError, usageError } from '../model/errors.ts'
import { parseFrontQuery } from '../model/front/query.ts'
import { isPodOf } from '../model/kube/workload.ts'
import type { Observation } from '../model/observation.ts'
import { type From, namespaceHint, parseClient, parseQuery, type Query } from '../model/query.ts'
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
  const query = parseQuery(text)
  const asked = (query.kind === 'name' || query.kind === 'workload' ? query.namespace : null) ?? namespace
  // A text, or a capture without its services, may lack what is in the cluster all the same.
  const exitCode = observation.source === 'rules' || observation.cluster.services === null ? { exitCode: 4 } : {}
  const others = asked === null ? null : otherNamespaces(observation, asked)
  if (others !== null && query.kind !== 'workload')
    throw new NoServiceError(`no service in the namespace ${asked} in ${originText(observation)}`, {
      ...exitCode,
      hint: others,
    })
  const where = namespace ? ` in the namespace ${namespace}` : ''
  const what = query.kind === 'workload' ? `selects ${query.of} ${query.name}` : text
  const hint =
    near.length > 0 && query.kind !== 'workload'
      ? `did you mean ${near.join(', ')}?`
      : (hintFor(observation, query) ??
        `it has ${known} ${known === 1 ? 'service' : 'services'}; leave the name out to list them`)
  throw new NoServiceError(`no service ${what}${where} in ${originText(observation)}`, { ...exitCode, hint })
}

/** Whom an address that leads nowhere belongs to, or what its port is; null where nothing is known of it. */
function hintFor(observation: Observation, query: Query): string | null {
  if (query.kind === 'workload') {
    const some = observation.cluster.pods?.some((pod) => isPodOf(query, pod))
    return some
      ? 'it has pods, but no service has a selector that fits their labels'
      : `no pod of ${query.of} ${query.name} is in it`
  }
  if (query.kind !== 'address') return null
  const { address, port } = query
  const pod = observation.cluster.pods?.find(({ ips }) => ips.includes(address))
  if (pod && !pod.hostNetwork)
    return `it is the address of the pod ${pod.namespace}/${pod.name}${port ? `, which is not an endpoint with port ${port}` : ', which is not an endpoint of a service'}`
  const owner = port
    ? allServices(observation).find(({ ports }) => ports.some(({ nodePort }) => nodePort === port))
    : undefined
  return owner
    ? `${port} is the node port of ${owner.namespace}/${owner.name}, but ${address} is not known as an address of a node: kubectl svcpath ${port}`
    : null
}

/** What to say where a recording of several services has none in this namespace: it is mistyped, or not recorded. Null where it has some. */
function otherNamespaces(observation: Observation, namespace: string): string | null {
  if (observation.source === 'live') return null
  const namespaces = [...new Set(allServices(observation).map((one) => one.namespace))].sort()
  return namespaces.length === 0 || namespaces.includes(namespace) ? null : namespaceHint(namespace, namespaces)
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
    throw usageError(severalText(parseQuery(text), names), `name one: kubectl svcpath ${names[0]}`)
  }
  return found
}

/** `10 services select the pods of deployment web: shop/web, …`. */
function severalText(query: Query, names: readonly string[]): string {
  const list = `${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`
  if (query.kind === 'workload') return `${names.length} services select ${query.of} ${query.name}: ${list}`
  return `${names.length} services fit ${query.text}: ${list}`
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
const OTHER_KINDS: ReadonlySet<string> = new Set(`job jobs cj cronjob cronjobs ing ingress ingresses`.split(/\s+/))

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
    throw notFound(`no node ${unknown.join(', ')} in ${originText(observation)}`, `it has ${nodesText(names)}`)
  return wanted
}

const nodesText = (names: readonly string[]): string =>
  names.length === 0 ? 'no nodes' : `${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`

/** Throws where the service has no such port; null is all ports. */
export function checkPort(service: Service, port: string | null): void {
  if (port === null || service.ports.some((one) => isPort(one, port))) return
  const list = service.ports.map((one) => (one.name ? `${one.name} (${one.port})` : String(one.port))).join(', ')
  throw notFound(
    `${service.namespace}/${service.name} has no port ${port}`,
    service.ports.length === 1 ? `its port is ${list}` : `its ports are ${list}`,
  )
}

/** Reads --from: `pod/NAME`, `NAMESPACE/pod/NAME`, `node/NAME`, an IP, or the bare name of a pod or node. What is not known cannot be walked from. */
export function readFrom(observation: Observation, text: string, namespace: string): From {
  if (parseAddress(text)) return fromAddress(observation, canonicalAddress(text))
  const client = parseClient(text)
  if (client === null)
    throw usageError(`--from ${text}: not understood`, 'give pod/NAME, NAMESPACE/pod/NAME, node/NAME or an IP')
  const { kind, name } = client
  const where = client.namespace ?? namespace
  const pod =
    kind === 'node' ? undefined : observation.cluster.pods?.find((one) => one.name === name && one.namespace === where)
  if (pod?.hostNetwork && pod.node) return { kind: 'node', name: pod.node }
  if (pod) return { kind: 'pod', namespace: where, name, node: pod.node, addresses: pod.ips }
  const nodes = observation.nodes.map((node) => node.name)
  if (kind !== 'pod' && nodes.includes(name)) return { kind: 'node', name }
  const origin = originText(observation)
  if (kind === 'node') throw notFound(`no node ${name} in ${origin}`, `it has ${nodesText(nodes)}`)
  const others = observation.cluster.pods?.filter((one) => one.name === name).map((one) => one.namespace) ?? []
  throw notFound(
    kind === 'pod'
      ? `no pod ${where}/${name} in ${origin}`
      : `--from ${text}: no pod ${where}/${name} and no node ${name} in ${origin}`,
    others.length > 0 ? `did you mean ${others[0]}/pod/${name}?` : 'give its address with --from IP',
  )
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
  const origin = originText(observation)
  if (observation.source === 'live')
    return new NoServiceError(`no services${namespace ? ` in the namespace ${namespace}` : ''} of ${origin}`, {
      hint: 'list those of all namespaces with -A, or of another one with -n NAMESPACE',
    })
  const namespaces = [...new Set(allServices(observation).map((one) => one.namespace))].sort()
  if (namespaces.length > 0)
    return new NoServiceError(`no services${namespace ? ` in the namespace ${namespace}` : ''} in ${origin}`, {
      hint: namespaceHint(namespace ?? '', namespaces),
    })
  const hint = recognised
    ? `${recognised}; ${whatToAdd(observation)}`
    : first
      ? originText(observation).endsWith(first.file === 'stdin' ? 'standard input' : first.file)
        ? first.message
        : `${first.file}: ${first.message}`
      : 'is it a capture, or the output of iptables-save, nft list ruleset, kubectl get …?'
  return new SvcpathError(`no services in ${origin}`, { hint })
}
