import type { KubeObject } from '../kube/api.ts'
import type { Bundle } from './bundle.ts'
import { parsed } from './parsed.ts'
import type { Reader } from './reader.ts'

const API = '/apis/metallb.io/v1beta1'

/** What MetalLB says of these services: which nodes announce them, and what is to be announced at all. Only where it gave one of them its address. */
export async function readMetalLB(
  reader: Reader,
  services: readonly KubeObject[],
): Promise<Pick<Bundle, 'l2Statuses' | 'l2Advertisements' | 'bgpAdvertisements'>> {
  const own = services.filter((one) => parsed(one)?.addressPool !== undefined)
  const { name = '', namespace = '' } = own[0]?.metadata ?? {}
  if (own.length === 0) return { l2Statuses: null, l2Advertisements: null, bgpAdvertisements: null }
  const only =
    own.length === 1
      ? { labelSelector: `metallb.io/service-name=${name},metallb.io/service-namespace=${namespace}` }
      : {}
  const [l2Statuses, l2Advertisements, bgpAdvertisements] = await Promise.all([
    read(reader, 'servicel2statuses', 'ServiceL2Status', only),
    read(reader, 'l2advertisements', 'L2Advertisement'),
    read(reader, 'bgpadvertisements', 'BGPAdvertisement'),
  ])
  return { l2Statuses, l2Advertisements, bgpAdvertisements }
}

async function read(
  reader: Reader,
  resource: string,
  kind: string,
  options: { labelSelector?: string } = {},
): Promise<KubeObject[] | null> {
  const found = await reader.spare(`${API}/${resource}`, options)
  return found?.map((one) => ({ apiVersion: 'metallb.io/v1beta1', kind, ...one })) ?? null
}
