import type { KubeObject } from '../kube/api.ts'
import { servesDns } from '../model/kube/cluster-dns.ts'
import { readEndpoints } from './endpoints.ts'
import { parsed } from './parsed.ts'
import { readPods } from './pods.ts'
import type { Reader } from './reader.ts'

/** The cluster's DNS: what the DNS leg is walked with. */
export interface DnsObjects {
  /** Where none is found by its label, all of kube-system. */
  services: KubeObject[]
  slices: KubeObject[]
  pods: KubeObject[]
}

/**
 * The DNS Services and what is behind them. Add-ons label theirs `k8s-app=kube-dns`, whatever their name (kubeadm, k3s,
 * RKE2, GKE, EKS); OpenShift has a namespace of its own.
 */
export async function readDns(reader: Reader): Promise<DnsObjects> {
  const file = 'api/services.json'
  const labelled = await reader.list(file, '/api/v1/namespaces/kube-system/services', {
    labelSelector: 'k8s-app=kube-dns',
  })
  const services = labelled?.length === 0 ? await readUnlabelled(reader, file) : (labelled ?? [])
  const dns = services.filter((one) => labelled?.length || looksLikeDns(one))
  if (labelled !== null && dns.length === 0) reader.problem(file, 'the service of the cluster DNS was not found')
  const parts = await Promise.all(
    dns.map(async (service) => {
      const { namespace = '', name = '' } = service.metadata ?? {}
      const endpoints = readEndpoints(reader, namespace, name)
      const [{ slices }, pods] = await Promise.all([endpoints, readPods(reader, service, endpoints)])
      return { slices: slices ?? [], pods: pods ?? [] }
    }),
  )
  const caches = services.some(({ metadata }) => metadata?.name === CACHE_UPSTREAM) ? await readCaches(reader) : []
  const pods = parts.flatMap((one) => one.pods)
  return { services, slices: parts.flatMap((one) => one.slices), pods: [...pods, ...caches] }
}

/** The service by which NodeLocal DNSCache asks CoreDNS: where it is, so are the caches. */
const CACHE_UPSTREAM = 'kube-dns-upstream'

/** The pods of the caches on the nodes; no verdict stands on them alone. */
async function readCaches(reader: Reader): Promise<KubeObject[]> {
  const found = await reader.spare('/api/v1/namespaces/kube-system/pods', { labelSelector: 'k8s-app=node-local-dns' })
  return (found ?? []).map((pod) => ({ apiVersion: 'v1', kind: 'Pod', ...pod }))
}

/**
 * OpenShift's, else all of kube-system: one of them may be the DNS under another label, and that none is can be known only where the others stand beside.
 */
async function readUnlabelled(reader: Reader, file: string): Promise<KubeObject[]> {
  const openShift = await readOpenShift(reader, file)
  if (openShift.length > 0) return openShift
  return (await reader.list(file, '/api/v1/namespaces/kube-system/services')) ?? []
}

function looksLikeDns(object: KubeObject): boolean {
  const service = parsed(object)
  return service !== null && servesDns(service)
}

async function readOpenShift(reader: Reader, file: string): Promise<KubeObject[]> {
  const service = await reader.get(file, '/api/v1/namespaces/openshift-dns/services/dns-default')
  return service === null ? [] : [{ apiVersion: 'v1', kind: 'Service', ...service }]
}

/** CoreDNS's configuration, which names the cluster's domain. */
export async function readCorefile(reader: Reader): Promise<KubeObject | null> {
  const file = 'api/configmap-coredns.json'
  const before = reader.problems.length
  const object = await reader.get(file, '/api/v1/namespaces/kube-system/configmaps/coredns')
  if (object) return { apiVersion: 'v1', kind: 'ConfigMap', ...object }
  const words = 'kube-system has no ConfigMap coredns: the cluster domain is taken for cluster.local unless a pod tells'
  if (reader.problems.length === before) reader.problem(file, words)
  return null
}
