import { expect, test } from 'vitest'
import { joinHostPort } from '../../../src/model/address.ts'
import { endpointChain, nftablesChain, portKeys, serviceChain } from '../../../src/proxies/kube-proxy/names.ts'

// Every expectation stands in a capture or a sample.
test('service chains of iptables mode', () => {
  expect(serviceChain('SVC', 'shop/web', 'TCP')).toBe('KUBE-SVC-E3PXEPMWAWIUT6ZV')
  expect(serviceChain('SVC', 'kube-system/kube-dns:dns', 'UDP')).toBe('KUBE-SVC-TCOU7JCQXEZGVUNU')
  expect(serviceChain('EXT', 'shop/web-np', 'tcp')).toBe('KUBE-EXT-566WK4U3FSEYT2M5')
  expect(portKeys('default', 'nginx', '').map((key) => serviceChain('SVC', key, 'tcp'))).toContain(
    'KUBE-SVC-4N57TFCL4MD7ZTDA',
  )
})

test('endpoint chains, IPv4, IPv6 and those of a port without a name before 1.12', () => {
  expect(endpointChain('shop/web', 'TCP', '10.244.1.4:8080')).toBe('KUBE-SEP-BWKO2ZW4IRW35RFX')
  expect(endpointChain('shop/web-dual', 'TCP', joinHostPort('fd00:10:244:2::4', 8080))).toBe(
    'KUBE-SEP-4R7T7RXIM5GW3HGN',
  )
  expect(endpointChain('default/kuard:', 'TCP', '192.168.236.133:8080')).toBe('KUBE-SEP-AOUKRORADL3ZFT3D')
  expect(endpointChain('default/kuard', 'TCP', '192.168.236.133:8080')).not.toBe('KUBE-SEP-AOUKRORADL3ZFT3D')
})

test('chains of nftables mode', () => {
  expect(nftablesChain('service', 'shop', 'web', '', 'TCP')).toBe('service-452DNVGS-shop/web/tcp/')
  expect(nftablesChain('external', 'shop', 'web-np', '', 'TCP')).toBe('external-FWFSQMLT-shop/web-np/tcp/')
  expect(nftablesChain('service', 'kube-system', 'kube-dns', 'dns', 'UDP')).toBe(
    'service-FY5PMXPG-kube-system/kube-dns/udp/dns',
  )
})
