import { describe, expect, it } from 'vitest'
import { parseIpLinkJson } from '../../../src/parse/host/ip-json.ts'
import { parsePodNetns } from '../../../src/parse/host/pod-netns.ts'
import { fixture, readsLineByLine, survivesJunk } from './fixture.ts'

const bridge = fixture('nodes/k8s-1.36-iptables-nft-bridge/n1/pod-netns.txt')

describe('pod-netns.txt', () => {
  it('reads the interface of every pod', () => {
    const { items, problems } = parsePodNetns(bridge, 'f')
    expect(problems).toEqual([])
    expect(items).toHaveLength(3)
    expect(items[0]).toEqual({
      namespace: 'cni-02c67269-32e1-95ec-d8ec-f997fe625733',
      name: 'eth0',
      mac: '12:5c:b4:9f:2e:88',
      mtu: 1500,
      peerIndex: 6,
      addresses: [
        { address: '10.244.1.4', prefix: 24 },
        { address: 'fe80::105c:b4ff:fe9f:2e88', prefix: 64 },
      ],
    })
  })

  it("gives the index of the host's end", () => {
    const capture = (file: string) => fixture(`nodes/k8s-1.36-nftables-dualstack-ptp/n1/${file}`)
    const links = new Map(parseIpLinkJson(capture('ip-link.json'), 'f').items.map((link) => [link.index, link.name]))
    const pods = parsePodNetns(capture('pod-netns.txt'), 'f').items
    expect(pods.map((pod) => [pod.addresses[1]?.address, links.get(pod.peerIndex)])).toEqual([
      ['fd00:10:244:1::2', 'vethb9a336c3'],
      ['fd00:10:244:1::4', 'veth9b0d5044'],
      ['fd00:10:244:1::3', 'vethdad9df24'],
    ])
  })

  it('names the namespaces that could not be read', () => {
    const { items, problems } = parsePodNetns(`a []\n\nb \nc [{"ifname":"eth0"\nd\n${bridge}`, 'f')
    expect(items).toHaveLength(3)
    expect(problems.map((problem) => [problem.line, problem.message.slice(0, 35)])).toEqual([
      [1, 'namespace "a": there is no interfac'],
      [3, 'namespace "b": there is no interfac'],
      [4, 'namespace "c": this is no whole JSO'],
      [5, 'namespace "d": there is no interfac'],
    ])
  })

  survivesJunk(parsePodNetns, bridge)
  readsLineByLine(parsePodNetns, bridge)
})
