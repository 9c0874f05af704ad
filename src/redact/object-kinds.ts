/** What of each kind of object stays, and as what. All that is not named here is dropped: environment, arguments, volumes hold what nobody can know. */
import { parseAddress } from '../model/address.ts'
import { corefileDomain } from '../parse/host/corefile.ts'
import type { AddressMap } from './addresses.ts'
import type { NameMap } from './names.ts'
import type { Words } from './object-words.ts'
import { fields, list, type Rewrite, same, text } from './rewrite.ts'

type Body = Record<string, Rewrite>

export const serviceBody = ({ address, domain, labels, ports }: Words): Body => ({
  spec: fields({
    ...{ clusterIP: address, clusterIPs: list(address), externalIPs: list(address), loadBalancerIP: address },
    ...{ loadBalancerSourceRanges: list(address), externalName: domain, selector: labels, ports, type: same },
    ...{ sessionAffinity: same, externalTrafficPolicy: same, internalTrafficPolicy: same, ipFamilies: same },
    ...{ ipFamilyPolicy: same, healthCheckNodePort: same, publishNotReadyAddresses: same },
    ...{ trafficDistribution: same, allocateLoadBalancerNodePorts: same },
    sessionAffinityConfig: fields({ clientIP: fields({ timeoutSeconds: same }) }),
  }),
  status: fields({
    loadBalancer: fields({ ingress: list(fields({ ip: address, hostname: domain, ipMode: same, ports })) }),
  }),
})

export const sliceBody = ({ name, address, target, ports }: Words): Body => ({
  addressType: same,
  ports,
  endpoints: list(
    fields({
      ...{ addresses: list(address), hostname: name, nodeName: name, zone: name, targetRef: target },
      conditions: fields({ ready: same, serving: same, terminating: same }),
      hints: fields({ forZones: list(fields({ name })), forNodes: list(fields({ name })) }),
    }),
  ),
})

export function endpointsBody({ name, address, target, ports }: Words): Body {
  const addresses = list(fields({ ip: address, hostname: name, nodeName: name, targetRef: target }))
  return { subsets: list(fields({ addresses, notReadyAddresses: addresses, ports })) }
}

export function podBody({ name, address, conditions, reason, ports }: Words): Body {
  // Why a container is not ready, in Kubernetes' own words: a message may hold what a program logged, a probe's path what it is.
  const ended = fields({ reason, exitCode: same })
  const state = fields({ waiting: fields({ reason }), running: fields({}), terminated: ended })
  const statuses = list(fields({ name, ready: same, started: same, state, lastState: state }))
  const readinessProbe = fields({
    httpGet: fields({ port: same, scheme: same }),
    tcpSocket: fields({ port: same }),
    grpc: fields({ port: same }),
  })
  const lifecycle = fields({ preStop: fields({ sleep: fields({ seconds: same }) }) })
  return {
    spec: fields({
      ...{ nodeName: name, hostNetwork: same, hostname: name, subdomain: name, dnsPolicy: same },
      terminationGracePeriodSeconds: same,
      containers: list(fields({ name, readinessProbe, ports, lifecycle })),
    }),
    status: fields({
      ...{ phase: same, podIP: address, podIPs: list(fields({ ip: address })), hostIP: address },
      ...{ hostIPs: list(fields({ ip: address })), conditions, startTime: same },
      ...{ reason, containerStatuses: statuses, initContainerStatuses: statuses },
    }),
  }
}

export function nodeBody({ address, conditions }: Words, names: NameMap, addresses: AddressMap): Body {
  const own = text((value) => (parseAddress(value) ? addresses.replace(value) : names.replace(value)))
  return {
    spec: fields({ podCIDR: address, podCIDRs: list(address), unschedulable: same }),
    status: fields({
      addresses: list(fields({ type: same, address: own })),
      conditions,
      nodeInfo: fields({
        ...{ kernelVersion: same, kubeletVersion: same, kubeProxyVersion: same, operatingSystem: same },
        ...{ architecture: same, containerRuntimeVersion: same },
      }),
    }),
  }
}

export const policyBody = ({ name, labels, labelKey }: Words): Body => ({
  spec: fields({
    podSelector: fields({
      matchLabels: labels,
      matchExpressions: list(fields({ key: labelKey, operator: same, values: list(name) })),
    }),
    policyTypes: same,
  }),
})

/** Of MetalLB: which pools it announces, and which node answers for a service. */
export const advertisementBody = ({ name }: Words): Body => ({
  spec: fields({
    ipAddressPools: list(name),
    // What they select by is not read, but that they do.
    ipAddressPoolSelectors: list(() => ({})),
  }),
})

export const l2StatusBody = ({ name }: Words): Body => ({
  status: fields({ node: name, serviceName: name, serviceNamespace: name }),
})

/** Of a Corefile only the cluster's domain is read. */
export const configMapBody = (names: NameMap): Body => ({
  data: fields({
    Corefile: text((value) => {
      const zone = corefileDomain(value)
      return `.:53 {\n    kubernetes ${zone ? names.replaceDomain(zone) : 'cluster.local'} in-addr.arpa ip6.arpa\n}\n`
    }),
  }),
})
