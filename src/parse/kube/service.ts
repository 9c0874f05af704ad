import type { Service, ServicePort } from '../../model/cluster.ts'
import { balancerOf } from './balancer.ts'
import type { Fields, Note } from './fields.ts'
import { addressesOf, fieldsIn, isFields, objectsIn, portIn, protocolIn, textIn, textMapIn, textsIn } from './fields.ts'

/** What the API takes where ClientIP affinity has no timeout (core/v1 DefaultClientIPServiceAffinitySeconds). */
export const defaultAffinitySeconds = 10_800

/**
 * Reads a v1 Service; null where it has no spec. Fields that the API fills in by default and that a manifest may lack are
 * taken at their defaults. A load balancer's address of ipMode Proxy is noted and left out: kube-proxy writes no rule for it.
 */
export function readService(
  object: Fields,
  namespace: string,
  name: string,
  origin: string,
  note: Note,
): Service | null {
  if (!isFields(object.spec)) {
    note('it has no spec, so it is left out')
    return null
  }
  const spec = object.spec
  const metadata = fieldsIn(object, 'metadata', note)
  const type = typeOf(spec, note)
  const clusterIPs = clusterIPsOf(spec, note)
  const ingress = objectsIn(fieldsIn(fieldsIn(object, 'status', note), 'loadBalancer', note), 'ingress', note)
  return {
    namespace,
    name,
    type,
    clusterIPs: type === 'ExternalName' ? [] : addressesOf(clusterIPs.filter(isSet), 'clusterIPs', note),
    headless: type !== 'ExternalName' && clusterIPs.includes('None'),
    ports: objectsIn(spec, 'ports', note).flatMap((port) => portOf(port, note)),
    externalIPs: addressesOf(textsIn(spec, 'externalIPs', note), 'externalIPs', note),
    loadBalancerIPs: loadBalancerIPsOf(ingress, note),
    loadBalancerHostnames: ingress.flatMap((entry) => textIn(entry, 'hostname', note) ?? []),
    loadBalancerSourceRanges: textsIn(spec, 'loadBalancerSourceRanges', note).map((range) => range.trim()),
    externalTrafficPolicy: policyIn(spec, 'externalTrafficPolicy', note),
    internalTrafficPolicy: policyIn(spec, 'internalTrafficPolicy', note),
    affinitySeconds: affinityOf(spec, note),
    selector: selectorOf(spec, note),
    externalName: textIn(spec, 'externalName', note),
    labels: textMapIn(metadata, 'labels', note) ?? {},
    ...topologyOf(spec, metadata, note),
    ...balancerOf(spec, metadata, note),
    origin,
  }
}

function typeOf(spec: Fields, note: Note): Service['type'] {
  const type = textIn(spec, 'type', note) ?? 'ClusterIP'
  if (type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer' || type === 'ExternalName') return type
  note('type is none of ClusterIP, NodePort, LoadBalancer and ExternalName')
  return null
}

/** The annotation was renamed in Kubernetes 1.27; both ask by the word auto, in either case. */
function topologyOf(spec: Fields, metadata: Fields, note: Note): Pick<Service, 'topology'> {
  const distribution = textIn(spec, 'trafficDistribution', note)
  if (distribution) return { topology: `trafficDistribution: ${distribution}` }
  const annotations = textMapIn(metadata, 'annotations', note)
  const asking = ['topology-mode', 'topology-aware-hints'].find((name) =>
    /^auto$/i.test(annotations[`service.kubernetes.io/${name}`] ?? ''),
  )
  return asking ? { topology: `service.kubernetes.io/${asking}: auto` } : {}
}

/** Older clusters have `clusterIP` only. */
function clusterIPsOf(spec: Fields, note: Note): readonly string[] {
  const all = textsIn(spec, 'clusterIPs', note)
  const one = textIn(spec, 'clusterIP', note)
  return all.length > 0 || one === null ? all : [one]
}

const isSet = (address: string): boolean => address !== 'None'

function portOf(fields: Fields, note: Note): ServicePort[] {
  const port = portIn(fields, 'port', note)
  const protocol = protocolIn(fields, note)
  if (port === null || protocol === null) {
    note('a port without a number or protocol is left out')
    return []
  }
  const name = textIn(fields, 'name', note) ?? ''
  return [
    { name, port, protocol, targetPort: targetPortOf(fields, port, note), nodePort: portIn(fields, 'nodePort', note) },
  ]
}

/** A number or a name; none, 0 and '' stand for the port itself (core/v1 SetDefaults_Service). */
function targetPortOf(fields: Fields, port: number, note: Note): string {
  const target = fields.targetPort
  if (typeof target === 'string' || typeof target === 'number') return String(target || port)
  if (target !== undefined && target !== null) note('targetPort is neither a number nor a name')
  return String(port)
}

function loadBalancerIPsOf(ingress: readonly Fields[], note: Note): string[] {
  const addresses = ingress.flatMap((entry) => {
    const ip = textIn(entry, 'ip', note)
    if (ip !== null && textIn(entry, 'ipMode', note) === 'Proxy') {
      note(proxiedAddress)
      return []
    }
    return ip ?? []
  })
  return addressesOf(addresses, 'loadBalancer.ingress', note)
}

export const proxiedAddress =
  'the load balancer itself answers at its address (ipMode Proxy) and the nodes have no rule for it: the address is left out'

function policyIn(spec: Fields, name: string, note: Note): 'Cluster' | 'Local' | null {
  const policy = textIn(spec, name, note)
  if (policy === null || policy === 'Cluster' || policy === 'Local') return policy
  note(`${name} is neither Cluster nor Local`)
  return null
}

function affinityOf(spec: Fields, note: Note): number | null {
  if (textIn(spec, 'sessionAffinity', note) !== 'ClientIP') return null
  const clientIP = fieldsIn(fieldsIn(spec, 'sessionAffinityConfig', note), 'clientIP', note)
  const seconds = clientIP.timeoutSeconds
  if (typeof seconds === 'number') return seconds
  if (seconds !== undefined && seconds !== null) note('timeoutSeconds is no number')
  return defaultAffinitySeconds
}

function selectorOf(spec: Fields, note: Note): Record<string, string> | null {
  const selector = textMapIn(spec, 'selector', note)
  return Object.keys(selector).length > 0 ? selector : null
}
