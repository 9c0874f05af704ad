/** What kube-proxy's IPVS mode and kube-router call their things. */
import type { NodeState } from '../../model/node.ts'
import type { ChainRole } from '../../model/report.ts'

/** The table that virtual servers are said to stand in: IPVS has none, and needs a name beside `nat` and `filter`. */
export const IPVS_TABLE = 'ipvs'

/** Where the virtual servers of all services stand. */
export const VIRTUAL_SERVERS = 'virtual servers'

export const roleInIpvs = (chain: string): ChainRole => (chain === VIRTUAL_SERVERS ? 'services' : 'service')

/**
 * Links that hold the services' addresses so that their packets come to `input`: kube-ipvs0 of kube-proxy (pkg/proxy/ipvs/proxier.go, defaultDummyDevice), kube-dummy-if of
 * kube-router (pkg/controllers/proxy, KubeDummyIf). They are down on purpose.
 */
export const SERVICE_LINKS: ReadonlySet<string> = new Set(['kube-ipvs0', 'kube-dummy-if'])

/** Does kube-router serve here, and not kube-proxy? By its link, where kube-proxy says nothing. */
export const isKubeRouters = ({ proxyMode, links }: Pick<NodeState, 'proxyMode' | 'links'>): boolean =>
  proxyMode === null &&
  (links ?? []).some(({ name }) => name === 'kube-dummy-if') &&
  !(links ?? []).some(({ name }) => name === 'kube-ipvs0')

/**
 * Chains that only the IPVS mode makes (pkg/proxy/ipvs/proxier.go, iptablesChains). They are there even where they hold no rule: the services are virtual servers.
 */
export const isHelperOfIpvs = (chain: string): boolean =>
  /^KUBE-(LOAD-BALANCER|NODE-PORT|SOURCE-RANGES-FIREWALL|IPVS-FILTER|IPVS-OUT-FILTER)$/.test(chain)

/** kube-proxy warns of it since 1.35 (KEP-5495). Of kube-router, and where nothing shows whose virtual servers they are, nothing is said. */
export function ageOfIpvs({ proxyMode, proxy, links }: NodeState): { modeNote?: string } {
  const ours = proxyMode === 'ipvs' || (links ?? []).some(({ name }) => name === 'kube-ipvs0')
  const version = proxy?.metrics?.version ?? null
  const minor = Number(/^v1\.(\d+)/.exec(version ?? '')?.[1] ?? DEPRECATED_IN)
  if (!ours) return {}
  const since = `1.${DEPRECATED_IN}`
  return {
    modeNote:
      minor < DEPRECATED_IN
        ? `deprecated from Kubernetes ${since} on; this is ${version}`
        : `deprecated since Kubernetes ${since}${version ? `; this is ${version}` : ''}`,
  }
}

const DEPRECATED_IN = 35
