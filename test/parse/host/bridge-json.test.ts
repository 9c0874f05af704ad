import { describe, expect, it } from 'vitest'
import { parseBridgeFdbText } from '../../../src/parse/host/bridge.ts'
import { parseBridgeFdbJson, parseBridgeLinkJson } from '../../../src/parse/host/bridge-json.ts'
import { fixture, hostTool, survivesJunk } from './fixture.ts'

const bridge = (file: string) => fixture(`nodes/k8s-1.36-iptables-nft-bridge/n1/${file}`)

describe('bridge -j fdb show', () => {
  it('tells what was learned from what is the port itself', () => {
    const { items, problems } = parseBridgeFdbJson(bridge('bridge-fdb.json'), 'f')
    expect(problems).toEqual([])
    const onVeth = items.filter((entry) => entry.device === 'vethb53a4972' && entry.bridge === 'cni0')
    expect(onVeth).toEqual([
      { mac: '92:ac:94:3f:d3:3f', device: 'vethb53a4972', bridge: 'cni0', portNumber: null, local: false },
      { mac: '1a:0a:e7:7b:b2:b8', device: 'vethb53a4972', bridge: 'cni0', portNumber: null, local: true },
    ])
  })

  it('takes a vxlan entry to another node for none of its own', () => {
    const { items } = parseBridgeFdbJson(hostTool('bridge-fdb.json'), 'f')
    expect(items.find((entry) => entry.mac === '02:00:00:00:00:09')).toMatchObject({ device: 'vx0', local: false })
    expect(items.find((entry) => entry.mac === '02:00:00:00:00:11')).toMatchObject({ device: 'veth1', local: false })
  })

  it('reads the same from JSON as from text', () => {
    expect(parseBridgeFdbJson(hostTool('bridge-fdb.json'), 'f')).toEqual(
      parseBridgeFdbText(hostTool('bridge-fdb.txt'), 'f'),
    )
  })

  survivesJunk(parseBridgeFdbJson, hostTool('bridge-fdb.json'))
})

describe('bridge -j link', () => {
  it('reads the ports of a bridge, without a place among them', () => {
    expect(parseBridgeLinkJson(bridge('bridge-link.json'), 'f').items).toEqual([
      { bridge: 'cni0', device: 'vethb53a4972', position: null },
      { bridge: 'cni0', device: 'vethc49ad2e2', position: null },
      { bridge: 'cni0', device: 'vethe7302c64', position: null },
    ])
  })

  it('knows that a node without bridges has no ports', () => {
    const none = fixture('nodes/k8s-1.36-nftables-dualstack-ptp/n1/bridge-link.json')
    expect(parseBridgeLinkJson(none, 'f')).toEqual({ items: [], problems: [] })
  })

  survivesJunk(parseBridgeLinkJson, hostTool('bridge-link.json'))
})
