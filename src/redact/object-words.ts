import { parseAddress } from '../model/address.ts'
import { balancerOf, POOL_ANNOTATIONS } from '../parse/kube/balancer.ts'
import type { AddressMap } from './addresses.ts'
import type { NameMap } from './names.ts'
import { fields, isObject, list, oneOf, type Rewrite, same, text } from './rewrite.ts'

/** What values of several kinds of objects have in common. */
export interface Words {
  name: Rewrite
  domain: Rewrite
  /** An address, a prefix, or a name in its place. */
  address: Rewrite
  labelKey: Rewrite
  labels: Rewrite
  metadata: Rewrite
  /** A reference to an object. */
  target: Rewrite
  /** Their types and reasons: a message may hold what a program logged. */
  conditions: Rewrite
  reason: Rewrite
  /** Of a service or of endpoints: numbers, protocols and names of ports. */
  ports: Rewrite
}

export function wordsOf(names: NameMap, addresses: AddressMap): Words {
  const name = text((value) => names.replace(value))
  const domain = text((value) => names.replaceDomain(value))
  const address = text((value) => {
    // A headless service has the cluster IP None.
    if (value === 'None' || value === '') return value
    return parseAddress(value.split('/')[0] ?? '') ? addresses.replace(value) : names.replaceDomain(value)
  })
  const renamedKey = (key: string): string => (KNOWN_LABELS.has(key) ? key : names.replace(key))
  const managers = oneOf(MANAGERS, name)
  const labels: Rewrite = (value) =>
    isObject(value)
      ? Object.fromEntries(
          Object.entries(value).map(([key, one]) => [renamedKey(key), key === MANAGED_BY ? managers(one) : name(one)]),
        )
      : undefined
  const knownAnnotations = fields({
    ...Object.fromEntries(KNOWN_ANNOTATIONS.map((key) => [key, time])),
    ...Object.fromEntries(POOL_ANNOTATIONS.map((key) => [key, name])),
  })
  const kind = oneOf(KINDS, () => 'Other')
  const reason = oneOf(REASONS, name)
  return {
    ...{ name, domain, address, labels, reason, labelKey: text(renamedKey) },
    metadata: fields({
      ...{ name, namespace: name, labels, creationTimestamp: same, deletionTimestamp: same, resourceVersion: digits },
      generation: same,
      ownerReferences: list(fields({ kind, name, controller: same })),
      annotations: (value) =>
        isObject(value) ? { ...(knownAnnotations(value) as object), ...balancerAnnotations(value) } : undefined,
    }),
    target: fields({ kind, name, namespace: name }),
    conditions: list(fields({ type: oneOf(CONDITIONS, name), status: same, reason, lastTransitionTime: time })),
    // appProtocol and the errors of a load balancer are words of whoever made them.
    ports: list(
      fields({
        name: same,
        port: same,
        protocol: same,
        targetPort: same,
        nodePort: same,
        containerPort: same,
        hostPort: same,
      }),
    ),
  }
}

/** That it is asked for is read, and not by whose annotation. */
const STAND_INS = { 'PROXY protocol': 'load-balancer-proxy-protocol', TLS: 'load-balancer-cert' } as const

function balancerAnnotations(annotations: unknown): object {
  const { balancerDoes } = balancerOf({}, { annotations }, () => undefined)
  return Object.fromEntries((balancerDoes ?? []).map(({ what }) => [STAND_INS[what], 'set']))
}

const digits = text((value) => (/^\d+$/.test(value) ? value : '0'))
/** A time, or one of the few words that a known annotation may hold. */
const time = text((value) => (/^([\dTZ:.+-]+|truncated|true|false|auto|disabled)$/i.test(value) ? value : ''))

const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
const MANAGERS = 'endpointslice-controller.k8s.io endpointslicemirroring-controller.k8s.io'
const KINDS =
  'Pod Node Service ReplicaSet StatefulSet DaemonSet Deployment Job CronJob ReplicationController EndpointSlice Endpoints'

/** Keys that Kubernetes and its usual parts use; a person's own are renamed. */
const KNOWN_LABELS = new Set([
  ...'app k8s-app component name tier role version pod-template-hash controller-revision-hash kubernetes.io/arch'.split(
    ' ',
  ),
  ...'kubernetes.io/hostname kubernetes.io/os kubernetes.io/service-name kubernetes.io/metadata.name'.split(' '),
  ...'kubernetes.io/cluster-service kubernetes.io/name topology.kubernetes.io/region topology.kubernetes.io/zone'.split(
    ' ',
  ),
  ...'failure-domain.beta.kubernetes.io/region failure-domain.beta.kubernetes.io/zone beta.kubernetes.io/arch'.split(
    ' ',
  ),
  ...'beta.kubernetes.io/os beta.kubernetes.io/instance-type node.kubernetes.io/instance-type'.split(' '),
  ...'node.kubernetes.io/exclude-from-external-load-balancers node-role.kubernetes.io/control-plane'.split(' '),
  ...'node-role.kubernetes.io/master node-role.kubernetes.io/worker node-role.kubernetes.io/etcd'.split(' '),
  ...'service.kubernetes.io/headless service.kubernetes.io/service-proxy-name endpointslice.kubernetes.io/skip-mirror'.split(
    ' ',
  ),
  ...'app.kubernetes.io/name app.kubernetes.io/instance app.kubernetes.io/component app.kubernetes.io/part-of'.split(
    ' ',
  ),
  ...'app.kubernetes.io/managed-by app.kubernetes.io/version apps.kubernetes.io/pod-index'.split(' '),
  ...'statefulset.kubernetes.io/pod-name batch.kubernetes.io/job-name batch.kubernetes.io/controller-uid'.split(' '),
  ...[
    MANAGED_BY,
    'endpointslice.kubernetes.io/managed-by',
    'job-name',
    'controller-uid',
    'eks.amazonaws.com/component',
  ],
])

const KNOWN_ANNOTATIONS = [
  'endpoints.kubernetes.io/last-change-trigger-time',
  'endpoints.kubernetes.io/over-capacity',
  'service.kubernetes.io/topology-mode',
  'service.kubernetes.io/topology-aware-hints',
]

const CONDITIONS =
  'Ready ContainersReady Initialized PodScheduled PodReadyToStartContainers DisruptionTarget MemoryPressure DiskPressure PIDPressure NetworkUnavailable'

/** Of pods, containers and nodes, as the kubelet, the scheduler and the controllers give them. */
const REASONS = `ContainerCreating PodInitializing CrashLoopBackOff ErrImagePull ImagePullBackOff InvalidImageName ErrImageNeverPull
  RegistryUnavailable ImageInspectError SignatureValidationFailed CreateContainerConfigError CreateContainerError RunContainerError
  PostStartHookError PreStartHookError PreCreateHookError PreStartHookError StartError ContainerCannotRun ContainerStatusUnknown
  Completed Error OOMKilled DeadlineExceeded Evicted NodeLost NodeShutdown NodeAffinity Shutdown Terminated Preempting
  UnexpectedAdmissionError TerminationByKubelet DeletionByTaintManager DeletionByPodGC PreemptionByScheduler EvictionByEvictionAPI
  OutOfcpu OutOfmemory OutOfpods Unschedulable SchedulingGated ContainersNotReady ContainersNotInitialized PodCompleted PodFailed
  KubeletReady KubeletNotReady KubeletHasSufficientMemory KubeletHasInsufficientMemory KubeletHasNoDiskPressure KubeletHasDiskPressure
  KubeletHasSufficientPID KubeletHasInsufficientPID NodeStatusUnknown NodeStatusNeverUpdated RouteCreated NoRouteCreated
  CalicoIsUp CalicoIsDown FlannelIsUp CiliumIsUp AntreaIsUp WeaveIsUp`
