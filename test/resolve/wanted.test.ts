import { expect, test } from 'vitest'
import { mergeParts } from '../../src/parse/kube/merge.ts'
import { parseObjects } from '../../src/parse/kube/objects.ts'
import { wantedServices } from '../../src/resolve/wanted.ts'
import { apiFiles } from './cluster.ts'

function wanted(capture: string, name: string) {
  const merged = mergeParts(apiFiles(capture).map(({ path, text }) => parseObjects(text, path)))
  const cluster = {
    ...merged.cluster,
    dnsDomain: null,
    endpointsOf: merged.endpointsOf,
    endpointsObjectOf: merged.endpointsObjectOf,
    endpointsArePartial: () => false,
  }
  const services = cluster.services?.filter((one) => one.name === name) ?? []
  return wantedServices(cluster, services)
}

test('addresses of all kinds, ports, endpoints and pods', () => {
  const [lb] = wanted('k8s-1.36-iptables-nft-bridge', 'web-lb')
  expect(lb?.addresses).toContain('203.0.113.10')
  expect(lb?.addresses).toHaveLength(2)
  expect(lb?.ports).toMatchObject([{ port: 80, protocol: 'TCP' }])
  expect(lb?.endpoints).toHaveLength(5)
  expect(lb?.podAddresses.toSorted()).toEqual(lb?.endpoints.map(({ address }) => address).toSorted())
})

test('both families', () => {
  const [dual] = wanted('k8s-1.36-nftables-dualstack-ptp', 'web-dual')
  expect(dual?.addresses.map((one) => one.includes(':')).sort()).toEqual([false, true])
  expect(dual?.podAddresses.some((one) => one.includes(':'))).toBe(true)
})

test('an external name has nothing on any node', () => {
  expect(wanted('k8s-1.36-iptables-nft-bridge', 'ext')).toEqual([
    { namespace: 'shop', name: 'ext', addresses: [], ports: expect.anything(), endpoints: [], podAddresses: [] },
  ])
})
