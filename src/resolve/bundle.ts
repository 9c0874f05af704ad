/** What was read of the API, as the files of a capture's folder `api`. */
import type { KubeObject } from '../kube/api.ts'
import { strip } from './strip.ts'

/** A file of a capture. */
export interface CaptureFile {
  /** `api/services.json` */
  path: string
  text: string
}

/** Null: not read, for whatever reason; no file then, so that nothing is taken for absent. */
export interface Bundle {
  services: readonly KubeObject[]
  slices: readonly KubeObject[] | null
  endpoints: readonly KubeObject[] | null
  /** Slices of the cluster's DNS, where they are not among the others. */
  dnsSlices: readonly KubeObject[]
  pods: readonly KubeObject[] | null
  /** Pods of the cluster's DNS and others that are read besides, where an empty list says that there are none of the Service's namespace. */
  otherPods: readonly KubeObject[]
  nodes: readonly KubeObject[] | null
  networkPolicies: readonly KubeObject[] | null
  /** Of MetalLB. */
  l2Statuses: readonly KubeObject[] | null
  l2Advertisements: readonly KubeObject[] | null
  bgpAdvertisements: readonly KubeObject[] | null
  corefile: KubeObject | null
  /** What `/version` answered. */
  version: KubeObject | null
}

/** The pods of a namespace with others: apart from them where `own` is empty because all were asked for and there are none. */
export function withPods(
  own: readonly KubeObject[] | null,
  others: readonly KubeObject[],
  all: boolean,
): Pick<Bundle, 'pods' | 'otherPods'> {
  if (own === null) return { pods: null, otherPods: [] }
  const none = all && own.length === 0
  return none ? { pods: own, otherPods: others } : { pods: [...own, ...others], otherPods: [] }
}

/** In the layout that `kubectl get -o json` and `kubectl version -o json` give. */
export function captureFiles(bundle: Bundle): CaptureFile[] {
  const { slices, dnsSlices, corefile, version } = bundle
  const apart = slices === null || slices.length === 0
  return [
    ...listFile('services', bundle.services),
    ...listFile('endpointslices', apart ? slices : [...slices, ...dnsSlices]),
    ...listFile('endpoints', bundle.endpoints),
    ...(apart ? apartFile('endpointslices-dns', dnsSlices) : []),
    ...listFile('pods', bundle.pods),
    ...apartFile('pods-dns', bundle.otherPods),
    ...listFile('nodes', bundle.nodes),
    ...listFile('networkpolicies', bundle.networkPolicies),
    ...listFile('servicel2statuses', bundle.l2Statuses),
    ...listFile('l2advertisements', bundle.l2Advertisements),
    ...listFile('bgpadvertisements', bundle.bgpAdvertisements),
    ...(corefile === null ? [] : [{ path: 'api/configmap-coredns.json', text: jsonText(strip(corefile)) }]),
    ...(version === null ? [] : [{ path: 'api/version.json', text: jsonText({ serverVersion: version }) }]),
  ]
}

export function listFile(name: string, objects: readonly KubeObject[] | null): CaptureFile[] {
  if (objects === null) return []
  const list = { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items: unique(objects).map(strip) }
  return [{ path: `api/${name}.json`, text: jsonText(list) }]
}

/**
 * Beside an empty list of the Service's own slices or pods: one object after another, as `kubectl get` prints them one by one, and
 * no list. A list would say that those of the DNS' namespace alone were asked for, and a Service without a slice would
 * count as not read, not as one without endpoints.
 */
function apartFile(name: string, objects: readonly KubeObject[]): CaptureFile[] {
  if (objects.length === 0) return []
  return [
    {
      path: `api/${name}.json`,
      text: unique(objects)
        .map((one) => jsonText(strip(one)))
        .join(''),
    },
  ]
}

/** A pod may be found by its labels and by its name. */
const unique = (objects: readonly KubeObject[]): KubeObject[] => [
  ...new Map(objects.map((one) => [`${one.metadata?.namespace}/${one.metadata?.name}`, one])).values(),
]

const jsonText = (value: object): string => `${JSON.stringify(value, null, 1)}\n`
