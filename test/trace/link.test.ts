import { describe, expect, test } from 'vitest'
import type { NodeState } from '../../src/model/node.ts'
import type { Observation } from '../../src/model/observation.ts'
import { linkLeg } from '../../src/trace/link.ts'
import { CAPTURES, capturePath } from '../fixtures.ts'
import { observe } from '../observations.ts'

/** Every pod of a node with the interface that its own network namespace names as the host's end. */
function podsByNamespace(node: NodeState) {
  return (node.podInterfaces ?? []).flatMap((inside) => {
    const host = node.links?.find((link) => link.index === inside.peerIndex)
    const addresses = inside.addresses.map(({ address }) => address).filter((address) => !address.startsWith('fe80'))
    return addresses.map((address) => ({ address, interface: host?.name }))
  })
}

const without = (node: NodeState, ...parts: (keyof NodeState)[]): NodeState => ({
  ...node,
  ...Object.fromEntries(parts.map((part) => [part, null])),
})

const withNode = (observation: Observation, node: NodeState): Observation => ({
  ...observation,
  nodes: observation.nodes.map((one) => (one.name === node.name ? node : one)),
})

describe.each(CAPTURES)('%s', (capture) => {
  test('every way of finding a pod’s interface agrees with its namespace', async () => {
    const observation = await observe(capturePath(capture))
    let checked = 0
    for (const node of observation.nodes) {
      for (const pod of podsByNamespace(node)) {
        const leg = linkLeg(observation, node, pod.address, node.name)
        expect([pod.address, leg.interface, leg.reason]).toEqual([pod.address, pod.interface, null])
        expect(leg.how).toMatch(/netns/)
        // The same answer without looking into the namespace, wherever the bridge or a route tells it.
        const blind = without(node, 'podInterfaces')
        const other = linkLeg(withNode(observation, blind), blind, pod.address, node.name)
        if (other.interface) expect([pod.address, other.interface]).toEqual([pod.address, pod.interface])
        checked++
      }
    }
    if (!capture.includes('5000')) expect(checked).toBeGreaterThan(5)
  })
})

describe('one leg', () => {
  const capture = 'k8s-1.36-iptables-nft-bridge'

  test('a pod elsewhere: next hop, uplink, and the interface on its own node', async () => {
    const observation = await observe(capturePath(capture))
    const [n1] = observation.nodes
    expect(linkLeg(observation, n1!, '10.244.2.2', 'n2')).toEqual({
      interface: 'eth0',
      bridge: null,
      via: '172.30.0.12',
      how: 'route',
      remote: { node: 'n2', interface: 'vethc6f03141', bridge: 'cni0', how: 'neighbour+fdb+netns' },
      reason: null,
    })
  })

  test('the node is found by the next hop when the API names none', async () => {
    const observation = await observe(capturePath(capture))
    expect(linkLeg(observation, observation.nodes[0]!, '10.244.3.3', null).remote).toMatchObject({
      node: 'n3',
      interface: 'veth0cafea8e',
    })
  })

  test('brctl knows the port by number: its own MAC names it', async () => {
    const observation = await observe(capturePath(capture))
    const node = observation.nodes[0]!
    const fdb = [
      { mac: '12:5c:b4:9f:2e:88', device: null, bridge: null, portNumber: 3, local: false },
      {
        mac: node.links!.find((link) => link.name === 'vethe7302c64')!.mac!,
        device: null,
        bridge: null,
        portNumber: 3,
        local: true,
      },
    ]
    const brctl = { ...node, fdb, podInterfaces: null }
    expect(linkLeg(withNode(observation, brctl), brctl, '10.244.1.4', 'n1')).toMatchObject({
      interface: 'vethe7302c64',
      how: 'neighbour+fdb',
    })
  })

  test('proofs that disagree claim nothing', async () => {
    const observation = await observe(capturePath(capture))
    const node = observation.nodes[0]!
    const fdb = node.fdb!.map((entry) =>
      entry.mac === '12:5c:b4:9f:2e:88' ? { ...entry, device: 'vethb53a4972' } : entry,
    )
    const leg = linkLeg(observation, { ...node, fdb }, '10.244.1.4', 'n1')
    expect(leg).toMatchObject({ interface: null, how: null })
    expect(leg.reason).toBe('the proofs disagree: neighbour+fdb says vethb53a4972, netns says vethe7302c64')
  })

  test('nothing collected: unknown, with the reason', async () => {
    const observation = await observe(capturePath(capture))
    const bare = without(observation.nodes[0]!, 'routes', 'neighbours', 'fdb', 'podInterfaces', 'links')
    expect(linkLeg(observation, bare, '10.244.1.4', 'n1')).toMatchObject({
      interface: null,
      how: null,
      reason: 'the routes were not collected',
    })
  })
})
