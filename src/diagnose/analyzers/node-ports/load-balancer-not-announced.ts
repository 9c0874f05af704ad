import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, type Case, type Draft, listed, ofApi } from '../../case.ts'
import { withNote } from '../../fix.ts'

/** Addresses that MetalLB gave a service, and does not announce, or not from a node that leads on. */
export const loadBalancerNotAnnounced: Analyzer = {
  code: 'SVP334',
  beyond: true,
  needs: (seen) =>
    seen.observation.source === 'live' &&
    poolOf(seen) !== null &&
    seen.observation.cluster.metalLB.advertisements === null
      ? ofApi("MetalLB's advertisements")
      : [],
  find(seen) {
    const pool = poolOf(seen)
    if (pool === null) return []
    return [...unadvertised(seen, pool), ...unannounced(seen, pool), ...misplaced(seen)].slice(0, 1)
  },
}

/** Null where MetalLB gave the service no address. */
const poolOf = ({ service: { type, addressPool, loadBalancerIPs } }: Case): string | null =>
  type === 'LoadBalancer' && loadBalancerIPs.length > 0 ? (addressPool ?? null) : null

/** What may announce the pool; null where that is not known. */
const announcing = ({ observation: { cluster } }: Case, pool: string) =>
  cluster.metalLB.advertisements?.filter(({ pools }) => pools === null || pools === 'all' || pools.includes(pool)) ??
  null

/** No advertisement is for the pool: no node answers for its addresses, and no router hears of them. */
function unadvertised(seen: Case, pool: string): Draft[] {
  if (announcing(seen, pool)?.length !== 0) return []
  const addresses = listed(seen.service.loadBalancerIPs)
  return [
    {
      subject: addresses,
      message: `no L2Advertisement or BGPAdvertisement of MetalLB is for the pool ${pool}: it gave the service ${addresses} and does not announce it, so clients outside get no answer`,
      evidence: [
        apiEvidence('kubectl get l2advertisements,bgpadvertisements -A', `none for the pool ${pool}`),
        poolEvidence(seen, pool),
      ],
      fix: withNote(
        'kubectl get l2advertisements,bgpadvertisements -A -o wide',
        `add an L2Advertisement or BGPAdvertisement whose ipAddressPools names ${pool}`,
      ),
      hits: [],
    },
  ]
}

/** By layer 2 alone it is to be announced, endpoints are ready, and no speaker says that it does. */
function unannounced(seen: Case, pool: string): Draft[] {
  const ways = announcing(seen, pool)
  const isLayer2 = ways !== null && ways.length > 0 && ways.every(({ by, pools }) => by === 'L2' && pools !== null)
  const isReady = seen.endpoints?.some(({ ready }) => ready) ?? false
  if (!isLayer2 || !isReady || announcersOf(seen)?.length !== 0) return []
  const addresses = listed(seen.service.loadBalancerIPs)
  return [
    {
      subject: addresses,
      severity: 'warning',
      message: `by MetalLB's status no node announces ${addresses}: clients outside may get no answer`,
      evidence: [statusEvidence(seen, 'none')],
      fix: withNote(
        READ_SPEAKER_LOG,
        'kubeadm labels control-plane nodes node.kubernetes.io/exclude-from-external-load-balancers: MetalLB announces nothing from those; nor from nodes that the nodeSelectors of its L2Advertisement leave out',
      ),
      hits: [],
    },
  ]
}

/** A node announces it that has no endpoint, where the policy lets it use its own alone. */
function misplaced(seen: Case): Draft[] {
  const { service, endpoints } = seen
  const [announcer] = announcersOf(seen) ?? []
  const ready = endpoints?.filter((one) => one.ready) ?? []
  if (!announcer || service.externalTrafficPolicy !== 'Local' || ready.length === 0) return []
  if (ready.some(({ node }) => node === null || node === announcer.node)) return []
  const addresses = listed(service.loadBalancerIPs)
  return [
    {
      subject: addresses,
      severity: 'warning',
      message: `by MetalLB's status ${announcer.node} announces ${addresses}, has no ready endpoint, and externalTrafficPolicy is Local: connections from outside are dropped there (some releases of MetalLB leave an old status behind)`,
      evidence: [
        statusEvidence(seen, announcer.node),
        apiEvidence(
          sh`kubectl get endpointslices -n ${service.namespace} -l ${`kubernetes.io/service-name=${service.name}`}`,
          `ready endpoints on ${listed([...new Set(ready.flatMap(({ node }) => node ?? []))])}`,
        ),
      ],
      fix: withNote(READ_SPEAKER_LOG, `on ${announcer.node}; restarting that speaker lets MetalLB choose again`),
      hits: [],
    },
  ]
}

const announcersOf = ({ service, observation: { cluster } }: Case) =>
  cluster.metalLB.announcers?.filter((one) => one.service === service.name && one.namespace === service.namespace) ??
  null

const READ_SPEAKER_LOG = 'kubectl logs -n metallb-system -l component=speaker --tail=100'

const poolEvidence = ({ service: { namespace, name } }: Case, pool: string) =>
  apiEvidence(
    sh`kubectl get service -n ${namespace} ${name} -o jsonpath={.metadata.annotations}`,
    `ip-allocated-from-pool: ${pool}`,
  )

const statusEvidence = ({ service: { namespace, name } }: Case, node: string) =>
  apiEvidence(
    sh`kubectl get servicel2statuses -A -l ${`metallb.io/service-name=${name},metallb.io/service-namespace=${namespace}`}`,
    `node: ${node}`,
  )
