/** Which addresses MASQUERADE may give to a packet. */
import { expect, test } from 'vitest'
import { NO_MARK, type Packet } from '../../src/kernel/packet.ts'
import { withSource } from '../../src/kernel/translate.ts'
import { contains, type Family, parseCidr, single } from '../../src/model/address.ts'
import type { NodeState } from '../../src/model/node.ts'
import { NOTHING } from '../nothing.ts'

const link = (name: string, ...addresses: string[]) => ({
  ...{ index: null, name, kind: null, mac: null, mtu: null, up: true, master: null, peerIndex: null },
  addresses: addresses.map((address) => ({ address, prefix: address.includes(':') ? 64 : 24 })),
})

const node: NodeState = {
  ...NOTHING,
  name: 'n1',
  links: [
    link('lo', '127.0.0.1', '::1'),
    link('eth0', '172.30.0.11', 'fd00:2::1'),
    link('cni0', '10.244.1.1', 'fd00:10::1'),
  ],
}

const packetTo = (address: string, outInterface: string): Packet => ({
  ...{ protocol: 'tcp', source: single(address), sourceLocal: true, destination: single(address) },
  ...{ destinationLocal: true, destinationPort: 80, inInterface: '', outInterface, bridged: false },
  ...{ mark: NO_MARK, connectionMark: NO_MARK, translated: false, untracked: false },
})

const mayGive = (packet: Packet, address: string) =>
  withSource(node, packet, null).source.within.some((one) => contains(one, parseCidr(address)!))

test.each<[Family, string, string, string]>([
  [4, '172.30.0.11', '10.244.1.1', '127.0.0.1'],
  [6, 'fd00:2::1', 'fd00:10::1', '::1'],
])('IPv%i: by loopback any of the others, by an interface one of its own', (_, eth0, cni0, loopback) => {
  const toItself = packetTo(eth0, 'lo')
  expect([eth0, cni0, loopback].map((one) => mayGive(toItself, one))).toEqual([true, true, false])
  expect([eth0, cni0].map((one) => mayGive(packetTo(eth0, 'eth0'), one))).toEqual([true, false])
})
