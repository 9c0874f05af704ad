import { parseAddress } from '../model/address.ts'
import { corefileDomain } from '../parse/host/corefile.ts'
import type { AddressMap } from './addresses.ts'
import type { NameMap } from './names.ts'

/** What becomes of a value of an object; undefined: it is dropped. */
type Rewrite = (value: unknown) => unknown

/**
 * Rewrites API objects by what svcpath reads of them. Everything else is dropped and not renamed: environment, arguments, volumes and annotations
 * hold what nobody can know.
 */
export function objectRewriter(names: NameMap, addresses: AddressMap): (object: Record<string, unknown>) => unknown {
  const name = text((value) => names.replace(value))
  const domain = text((value) => names.replaceDomain(value))
  const address = text((value) => {
    // A headless service has the cluster IP None.
    if (value === 'None' || value === '') return value
    return parseAddress(value.split('/')[0] ?? '') ? addresses.replace(value) : names.replaceDomain(value)
  })
  const labelKey = (key: string): string => (KNOWN_LABELS.test(key) ? key : names.replace(key))
  const labels: Rewrite = (value) =>
    isObject(value)
      ? Object.fromEntries(
          Object.entries(value).map(([key, one]) => [labelKey(key), key === MANAGED_BY ? one : name(one)]),
        )
      : undefined

  const owner = fields({ apiVersion: same, kind: same, name, controller: same })
  const metadata = fields({
    ...{ name, namespace: name, labels, generateName: undefined, creationTimestamp: same, deletionTimestamp: same },
    resourceVersion: same,
    generation: same,
    continue: undefined,
    ownerReferences: list(owner),
    annotations: fields(Object.fromEntries(KNOWN_ANNOTATIONS.map((key) => [key, same]))),
  })
  const target = fields({ kind: same, name, namespace: name })
  const subsetAddress = list(fields({ ip: address, hostname: name, nodeName: name, targetRef: target }))
  const conditions = list(fields({ type: same, status: same, reason: same, lastTransitionTime: same }))
  // Why a container is not ready, in Kubernetes' own words: a message may hold what a program logged, a probe's path what it is.
  const ended = fields({ reason: same, exitCode: same })
  const state = fields({ waiting: fields({ reason: same }), running: fields({}), terminated: ended })
  const containerStatuses = list(fields({ name, ready: same, started: same, state, lastState: state }))
  const probe = fields({
    httpGet: fields({ port: same, scheme: same }),
    tcpSocket: fields({ port: same }),
    grpc: fields({ port: same }),
  })
  const bodies: Record<string, Record<string, Rewrite | undefined>> = {
    Service: {
      spec: fields({
        ...{ clusterIP: address, clusterIPs: list(address), externalIPs: list(address), loadBalancerIP: address },
        ...{ loadBalancerSourceRanges: list(address), externalName: domain, selector: labels, ports: same, type: same },
        ...{ sessionAffinity: same, sessionAffinityConfig: same, externalTrafficPolicy: same },
        ...{ internalTrafficPolicy: same, ipFamilies: same, ipFamilyPolicy: same, healthCheckNodePort: same },
        ...{ publishNotReadyAddresses: same, trafficDistribution: same, allocateLoadBalancerNodePorts: same },
      }),
      status: fields({
        loadBalancer: fields({ ingress: list(fields({ ip: address, hostname: domain, ipMode: same, ports: same })) }),
      }),
    },
    EndpointSlice: {
      addressType: same,
      ports: same,
      endpoints: list(
        fields({
          ...{
            addresses: list(address),
            conditions: same,
            hostname: name,
            nodeName: name,
            zone: name,
            targetRef: target,
          },
          hints: fields({ forZones: list(fields({ name })), forNodes: list(fields({ name })) }),
        }),
      ),
    },
    Endpoints: {
      subsets: list(fields({ addresses: subsetAddress, notReadyAddresses: subsetAddress, ports: same })),
    },
    Pod: {
      spec: fields({
        ...{ nodeName: name, hostNetwork: same, hostname: name, subdomain: name, dnsPolicy: same },
        containers: list(
          fields({
            ...{ name, readinessProbe: probe },
            ports: list(fields({ name: same, containerPort: same, hostPort: same, protocol: same })),
          }),
        ),
      }),
      status: fields({
        ...{ phase: same, podIP: address, podIPs: list(fields({ ip: address })), hostIP: address },
        ...{ hostIPs: list(fields({ ip: address })), conditions, startTime: same },
        ...{ reason: same, containerStatuses, initContainerStatuses: containerStatuses },
      }),
    },
    Node: {
      spec: fields({ podCIDR: address, podCIDRs: list(address), unschedulable: same }),
      status: fields({
        addresses: list(
          fields({
            type: same,
            address: text((value) => (parseAddress(value) ? addresses.replace(value) : names.replace(value))),
          }),
        ),
        conditions,
        nodeInfo: fields({
          ...{ kernelVersion: same, kubeletVersion: same, kubeProxyVersion: same, operatingSystem: same },
          ...{ architecture: same, containerRuntimeVersion: same },
        }),
      }),
    },
    NetworkPolicy: {
      spec: fields({
        podSelector: fields({
          matchLabels: labels,
          matchExpressions: list(fields({ key: text(labelKey), operator: same, values: list(name) })),
        }),
        policyTypes: same,
      }),
    },
    // Of a Corefile only the cluster's domain is read.
    ConfigMap: {
      data: fields({
        Corefile: text((value) => {
          const zone = corefileDomain(value)
          return `.:53 {\n    kubernetes ${zone ? names.replaceDomain(zone) : 'cluster.local'} in-addr.arpa ip6.arpa\n}\n`
        }),
      }),
    },
  }

  const rewrite = (object: Record<string, unknown>, listKind: string | null): unknown => {
    const kind = typeof object.kind === 'string' ? object.kind : (listKind ?? '')
    if (Array.isArray(object.items)) {
      const itemKind = kind.replace(/List$/, '')
      const items = object.items.flatMap((item) => (isObject(item) ? (rewrite(item, itemKind) ?? []) : []))
      return { apiVersion: object.apiVersion, kind: object.kind, metadata: {}, items }
    }
    const body = bodies[kind]
    return body && fields({ apiVersion: same, kind: same, metadata, ...body })(object)
  }
  return (object) => rewrite(object, null)
}

const same: Rewrite = (value) => value

const text =
  (change: (value: string) => string): Rewrite =>
  (value) =>
    typeof value === 'string' ? change(value) : undefined

const list =
  (one: Rewrite): Rewrite =>
  (value) =>
    Array.isArray(value) ? value.map(one).filter((item) => item !== undefined) : undefined

const fields =
  (known: Record<string, Rewrite | undefined>): Rewrite =>
  (value) => {
    if (!isObject(value)) return undefined
    const kept = Object.entries(value).flatMap(([key, one]) => {
      const made = Object.hasOwn(known, key) ? known[key]?.(one) : undefined
      return made === undefined ? [] : [[key, made]]
    })
    return Object.fromEntries(kept)
  }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'

/** Keys that Kubernetes and its usual parts use; a person's own are renamed. */
const KNOWN_LABELS =
  /^([a-z0-9.-]*(kubernetes|k8s)\.io\/[\w.-]+|app|k8s-app|component|name|tier|role|version|pod-template-hash|controller-revision-hash)$/

const KNOWN_ANNOTATIONS = [
  'endpoints.kubernetes.io/last-change-trigger-time',
  'endpoints.kubernetes.io/over-capacity',
  'service.kubernetes.io/topology-mode',
  'service.kubernetes.io/topology-aware-hints',
]
