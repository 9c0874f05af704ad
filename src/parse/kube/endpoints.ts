/** Endpoints out of EndpointSlices and Endpoints objects. */
import { canonicalAddress, parseAddress } from '../../model/address.ts'
import { type Endpoint, isName } from '../../model/cluster.ts'
import { type Parsed, ProblemLog } from '../parsed.ts'
import type { Fields, Note } from './fields.ts'
import { fieldsIn, flagIn, nameIn, objectsIn, portIn, protocolIn, textIn, textsIn } from './fields.ts'

type Port = Pick<Endpoint, 'port' | 'portName' | 'protocol'>
type State = Pick<Endpoint, 'ready' | 'serving' | 'terminating'>

/** The Service that a slice belongs to. Null, and noted, where there is none or where kube-proxy ignores the slice. */
export function serviceOfSlice(slice: Fields, note: Note): string | null {
  const labels = fieldsIn(fieldsIn(slice, 'metadata', note), 'labels', note)
  const service = textIn(labels, 'kubernetes.io/service-name', note)
  if (service === null || !isName(service)) note('it belongs to no Service and is left out')
  else if (slice.addressType === 'FQDN') note('it holds names, not addresses, and is left out')
  else return service
  return null
}

/**
 * Reads a discovery.k8s.io slice, v1 or v1beta1: one Endpoint for each endpoint and port. By the API's documentation an
 * absent `ready` means true and an absent `terminating` false; an absent `serving` (before 1.20) is taken from `ready`.
 */
export function readSlice(slice: Fields, namespace: string, service: string, origin: string): Parsed<Endpoint> {
  const log = new ProblemLog(origin)
  const note: Note = (message) => log.add(null, `a slice of ${namespace}/${service}: ${message}`)
  const items: Endpoint[] = []
  const ports = portsOf(slice, note)
  const held = sliceOf(fieldsIn(slice, 'metadata', note), note)
  for (const fields of objectsIn(slice, 'endpoints', note)) {
    const address = sliceAddress(fields, note)
    if (address === null) continue
    const state = stateOf(fieldsIn(fields, 'conditions', note), note)
    const [pod, node] = [podOf(fields, namespace, note), nodeOf(fields, note)]
    const hints = hintsOf(fieldsIn(fields, 'hints', note), note)
    for (const port of ports)
      items.push({ namespace, service, address, ...port, ...state, pod, node, ...hints, ...held, origin })
  }
  return { items, problems: log.list() }
}

function sliceOf(metadata: Fields, note: Note): Pick<Endpoint, 'slice'> {
  const name = nameIn(metadata, 'name', note)
  const labels = fieldsIn(metadata, 'labels', note)
  if (name === null) return {}
  const annotations = fieldsIn(metadata, 'annotations', note)
  return {
    slice: {
      name,
      managedBy: textIn(labels, 'endpointslice.kubernetes.io/managed-by', note),
      changedAt: textIn(annotations, 'endpoints.kubernetes.io/last-change-trigger-time', note),
    },
  }
}

function hintsOf(hints: Fields, note: Note): Pick<Endpoint, 'hints'> {
  const names = (key: string) => objectsIn(hints, key, note).flatMap((fields) => textIn(fields, 'name', note) ?? [])
  const [zones, nodes] = [names('forZones'), names('forNodes')]
  return zones.length + nodes.length > 0 ? { hints: { zones, nodes } } : {}
}

/** Reads a v1 Endpoints object, which is named after its Service: one Endpoint for each address and port. */
export function readEndpoints(object: Fields, namespace: string, service: string, origin: string): Parsed<Endpoint> {
  const log = new ProblemLog(origin)
  const note: Note = (message) => log.add(null, `Endpoints ${namespace}/${service}: ${message}`)
  const items: Endpoint[] = []
  for (const subset of objectsIn(object, 'subsets', note)) {
    const ports = portsOf(subset, note)
    for (const ready of [true, false]) {
      for (const fields of objectsIn(subset, ready ? 'addresses' : 'notReadyAddresses', note)) {
        const address = addressOf(textIn(fields, 'ip', note), note)
        if (address === null) continue
        const [pod, node] = [podOf(fields, namespace, note), nameIn(fields, 'nodeName', note)]
        const shared = { namespace, service, address, ready, serving: ready, terminating: false, pod, node, origin }
        for (const port of ports) items.push({ ...shared, ...port })
      }
    }
  }
  return { items, problems: log.list() }
}

/** The API keeps at most 1,000 addresses in an Endpoints object and says so in an annotation. */
export function isOverCapacity(object: Fields, note: Note): boolean {
  const annotations = fieldsIn(fieldsIn(object, 'metadata', note), 'annotations', note)
  return annotations['endpoints.kubernetes.io/over-capacity'] === 'truncated'
}

/** Without a list of ports there is none: see `Endpoint.port`. */
function portsOf(object: Fields, note: Note): readonly Port[] {
  const ports = objectsIn(object, 'ports', note)
  if (ports.length === 0) return noPort
  return ports.flatMap((fields) => {
    const protocol = protocolIn(fields, note)
    const port = portIn(fields, 'port', note)
    if (protocol !== null && (port !== null || (fields.port ?? null) === null)) {
      return [{ port, portName: textIn(fields, 'name', note) ?? '', protocol }]
    }
    note('a port that cannot be read is left out')
    return []
  })
}

const noPort: readonly Port[] = [{ port: null, portName: '', protocol: 'TCP' }]

/** The first address is the endpoint's; the API gives further ones no meaning, and kube-proxy does not look at them. */
function sliceAddress(fields: Fields, note: Note): string | null {
  const addresses = textsIn(fields, 'addresses', note)
  if (addresses.length > 1) note('of the addresses of one endpoint only the first is used, as by kube-proxy')
  return addressOf(addresses[0] ?? null, note)
}

function addressOf(text: string | null, note: Note): string | null {
  if (text !== null && parseAddress(text)) return canonicalAddress(text)
  note('an endpoint without an IP address is left out')
  return null
}

function stateOf(conditions: Fields, note: Note): State {
  const ready = flagIn(conditions, 'ready', note) ?? true
  const serving = flagIn(conditions, 'serving', note) ?? ready
  return { ready, serving, terminating: flagIn(conditions, 'terminating', note) ?? false }
}

function podOf(fields: Fields, namespace: string, note: Note): Endpoint['pod'] {
  const target = fieldsIn(fields, 'targetRef', note)
  const name = target.kind === 'Pod' ? nameIn(target, 'name', note) : null
  return name === null ? null : { namespace: nameIn(target, 'namespace', note) ?? namespace, name }
}

/** v1beta1 kept the node's name in `topology`, which v1 shows as `deprecatedTopology`. */
function nodeOf(fields: Fields, note: Note): string | null {
  const name = nameIn(fields, 'nodeName', note)
  if (name !== null) return name
  const topology = fieldsIn(fields, 'topology' in fields ? 'topology' : 'deprecatedTopology', note)
  return nameIn(topology, 'kubernetes.io/hostname', note)
}
