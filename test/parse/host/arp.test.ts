import { describe, expect, it } from 'vitest'
import { parseArp } from '../../../src/parse/host/arp.ts'
import { fixture, hostTool, readsLineByLine, survivesJunk } from './fixture.ts'

describe('arp', () => {
  it('reads the pod that a person looked up', () => {
    expect(parseArp(fixture('samples/k3s-flannel/arp.txt'), 'f')).toEqual({
      items: [{ address: '10.42.0.8', device: 'cni0', mac: '16:9b:6c:12:bd:34', states: [] }],
      problems: [],
    })
  })

  it('reads a node', () => {
    const { items, problems } = parseArp(fixture('nodes/k8s-1.36-iptables-nft-bridge/n1/arp.txt'), 'f')
    expect(problems).toEqual([])
    expect(items).toHaveLength(7)
    expect(items[5]).toEqual({ address: '10.244.1.2', device: 'cni0', mac: '92:ac:94:3f:d3:3f', states: [] })
  })

  const neighbours = [
    { address: '10.1.0.22', device: 'br0', mac: '02:00:00:00:00:02', states: [] },
    { address: '10.1.0.21', device: 'br0', mac: null, states: ['INCOMPLETE'] },
    { address: '10.1.0.20', device: 'br0', mac: '02:00:00:00:00:01', states: ['PERMANENT'] },
  ]
  const byAddress = <T extends { address: string }>(items: T[]) =>
    [...items].sort((a, b) => b.address.localeCompare(a.address))

  for (const file of ['arp-na.txt', 'arp-n.txt', 'proc-net-arp.txt', 'busybox-arp-n.txt']) {
    it(`reads the same from ${file}, without the published address`, () => {
      const { items, problems } = parseArp(hostTool(file), 'f')
      expect(problems).toEqual([])
      const probed = ['10.1.0.254', '10.1.0.77']
      expect(byAddress(items.filter((item) => !probed.includes(item.address)))).toEqual(byAddress(neighbours))
    })
  }

  it('reads names with addresses, and refuses names alone', () => {
    const text = 'web.lan (10.0.0.1) at aa:bb:cc:00:11:22 [ether] on eth0\ngateway ether aa:bb:cc:00:11:22 C eth0\n'
    const { items, problems } = parseArp(text, 'f')
    expect(items.map((item) => item.address)).toEqual(['10.0.0.1'])
    expect(problems).toEqual([
      { file: 'f', line: 2, message: 'not a line of arp: "gateway ether aa:bb:cc:00:11:22 C eth0"' },
    ])
  })

  survivesJunk(parseArp, hostTool('arp-n.txt'))
  readsLineByLine(parseArp, hostTool('arp-na.txt'))
  describe('/proc/net/arp', () => survivesJunk(parseArp, hostTool('proc-net-arp.txt')))
})
