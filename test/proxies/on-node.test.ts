/** Where a node holds service rules. */
import { expect, test } from 'vitest'
import { baseChains } from '../../src/kernel/base-chains.ts'
import { proxiesOn } from '../../src/proxies/on-node.ts'
import { capturePath } from '../fixtures.ts'
import { observe } from '../observations.ts'

test.each([
  ['k8s-1.36-iptables-nft-bridge', 'n1', ['iptables-nft']],
  ['k8s-1.36-iptables-legacy-bridge', 'n1', ['iptables-legacy']],
  ['k8s-1.36-nftables-dualstack-ptp', 'n1', ['nftables']],
  ['broken-mixed-backends-and-kernel', 'n3', ['iptables-nft', 'iptables-legacy']],
])('%s, %s', async (capture, name, expected) => {
  const node = (await observe(capturePath(capture))).nodes.find((one) => one.name === name)!
  const places = proxiesOn(node, 4).all.filter(({ reached }) => reached)
  expect(places.map((place) => place.name).sort()).toEqual([...expected].sort())
  for (const { doors } of places) expect(doors.map(({ hook }) => hook).sort()).toEqual(['output', 'prerouting'])
})

test('what holds of a node whatever the service is found out once: thousands of services ask for it', async () => {
  const [node] = (await observe(capturePath('k8s-1.36-iptables-nft-5000-services'))).nodes
  expect(proxiesOn(node!, 4)).toBe(proxiesOn(node!, 4))
  expect(baseChains(node!.rulesets, 4)).toBe(baseChains(node!.rulesets, 4))
})
