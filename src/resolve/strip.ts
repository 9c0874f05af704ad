/**
 * Leaves of an object what the parsers and findings need. A capture is passed on to others, and a pod's environment, the
 * last-applied-configuration annotation or a probe's headers may hold secrets.
 */
import type { KubeObject } from '../kube/api.ts'
import { askedBy, POOL_ANNOTATIONS } from '../parse/kube/balancer.ts'
import { sleepOf } from '../parse/kube/pod.ts'
import { isFrontObject, stripAnnotations, stripFront } from './front/strip.ts'

type Fields = Readonly<Record<string, unknown>>

/** The object with nothing in it that may be a secret; what is kept keeps its name and place. */
export function strip(object: KubeObject): KubeObject {
  if (isFrontObject(object)) return { ...stripFront(object), metadata: frontMetadata(object) } as KubeObject
  const stripped = { ...object, metadata: stripMetadata(object) } as KubeObject
  switch (object.kind) {
    case 'Pod':
      return { ...stripped, spec: stripPodSpec(fieldsOf(object.spec)), status: stripPodStatus(fieldsOf(object.status)) }
    case 'Node':
      return {
        ...stripped,
        spec: pick(fieldsOf(object.spec), ['podCIDR', 'podCIDRs', 'providerID', 'taints', 'unschedulable']),
        status: pick(fieldsOf(object.status), ['addresses', 'conditions', 'nodeInfo']),
      }
    case 'NetworkPolicy':
      return { ...stripped, spec: pick(fieldsOf(object.spec), ['podSelector', 'policyTypes']) }
    case 'L2Advertisement':
    case 'BGPAdvertisement':
      return { ...stripped, spec: pick(fieldsOf(object.spec), ['ipAddressPools', 'ipAddressPoolSelectors']) }
    case 'ServiceL2Status':
      return { ...stripped, status: pick(fieldsOf(object.status), ['node', 'serviceName', 'serviceNamespace']) }
    case 'ConfigMap':
      return { ...pick(stripped, ['apiVersion', 'kind', 'metadata']), data: pick(fieldsOf(object.data), ['Corefile']) }
    default:
      return stripped
  }
}

const metadataFields = [
  ...['name', 'namespace', 'generateName', 'uid', 'resourceVersion', 'generation', 'labels', 'ownerReferences'],
  ...['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'finalizers'],
]

/** Those that say how endpoints are chosen or whether they are all there, and where an address comes from. */
const annotationFields = [
  ...['endpoints.kubernetes.io/over-capacity', 'endpoints.kubernetes.io/last-change-trigger-time'],
  ...['service.kubernetes.io/topology-mode', 'service.kubernetes.io/topology-aware-hints'],
  'service.kubernetes.io/headless',
  ...POOL_ANNOTATIONS,
]

function stripMetadata({ metadata }: KubeObject): Fields {
  const fields = fieldsOf(metadata)
  const all = fieldsOf(fields.annotations)
  const annotations = { ...pick(all, annotationFields), ...balancerAnnotations(all) }
  return { ...pick(fields, metadataFields), ...(Object.keys(annotations).length > 0 ? { annotations } : {}) }
}

/** Of what leads to Services the keys of its annotations are kept, and the values of the few that are read. */
const frontMetadata = (object: KubeObject): Fields => {
  const annotations = fieldsOf(fieldsOf(object.metadata).annotations)
  return { ...stripMetadata(object), ...stripAnnotations(annotations) }
}

/** A certificate's name may tell whose account it is of: that there is one is all that is read. */
const balancerAnnotations = (annotations: Fields): Fields =>
  Object.fromEntries(
    Object.entries(annotations).flatMap(([key, value]) => {
      const asked = askedBy(key)
      return asked === null ? [] : [[key, asked === 'TLS' && value !== '' ? 'set' : value]]
    }),
  )

const podSpecFields = [
  ...['nodeName', 'hostNetwork', 'hostname', 'subdomain', 'dnsPolicy', 'dnsConfig', 'readinessGates', 'restartPolicy'],
  ...['terminationGracePeriodSeconds', 'tolerations'],
]

const stripPodSpec = (spec: Fields): Fields => ({
  ...pick(spec, podSpecFields),
  ...mapped(spec, 'containers', stripContainer),
  ...mapped(spec, 'initContainers', stripContainer),
})

const stripContainer = (container: Fields): Fields => ({
  ...pick(container, ['name', 'image', 'ports', 'restartPolicy']),
  ...('readinessProbe' in container ? { readinessProbe: stripProbe(fieldsOf(container.readinessProbe)) } : {}),
  ...stripHook(fieldsOf(fieldsOf(container.lifecycle).preStop)),
})

/** How long it sleeps; what else a hook runs may carry a password. */
function stripHook(hook: Fields): Fields {
  const seconds = sleepOf(hook, () => undefined)
  return seconds === null ? {} : { lifecycle: { preStop: { sleep: { seconds } } } }
}

/** What is probed and how often, without the headers or the command, which may carry a password. */
const stripProbe = (probe: Fields): Fields => ({
  ...without(probe, ['exec', 'httpGet']),
  ...('httpGet' in probe ? { httpGet: without(fieldsOf(probe.httpGet), ['httpHeaders']) } : {}),
  ...('exec' in probe ? { exec: {} } : {}),
})

const podStatusFields = [
  'phase',
  'reason',
  'conditions',
  'podIP',
  'podIPs',
  'hostIP',
  'hostIPs',
  'startTime',
  'qosClass',
]

const stripPodStatus = (status: Fields): Fields => ({
  ...pick(status, podStatusFields),
  ...mapped(status, 'containerStatuses', stripContainerStatus),
  ...mapped(status, 'initContainerStatuses', stripContainerStatus),
})

/** A state's message may be the last lines that the program logged. */
const stripContainerStatus = (status: Fields): Fields => ({
  ...pick(status, ['name', 'ready', 'started', 'restartCount', 'image', 'containerID']),
  ...('state' in status ? { state: stripState(fieldsOf(status.state)) } : {}),
  ...('lastState' in status ? { lastState: stripState(fieldsOf(status.lastState)) } : {}),
})

const stripState = (state: Fields): Fields =>
  Object.fromEntries(
    Object.entries(state).map(([name, value]) => [name, without(fieldsOf(value), ['message', 'containerID'])]),
  )

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

const pick = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)))

const without = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))

/** A list with each of its objects changed; nothing where there is no such list. */
function mapped(fields: Fields, name: string, change: (fields: Fields) => Fields): Fields {
  const list = fields[name]
  return Array.isArray(list) ? { [name]: list.map((item) => change(fieldsOf(item))) } : {}
}
