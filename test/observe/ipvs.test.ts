import { expect, test } from 'vitest'
import { observeRecorded } from '../../src/observe/observation.ts'
import { capturePath, IPVS_CAPTURES, samplePath } from '../fixtures.ts'

test.each(IPVS_CAPTURES)('every file of %s is read', async (capture) => {
  const { nodes, problems } = await observeRecorded([capturePath(capture)], () => process.stdin)
  expect(problems).toEqual([])
  expect(nodes.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3'])
  for (const { kernel, ipvs, ipsets } of nodes) {
    expect(kernel).toBe('6.1.0-56-cloud-amd64')
    expect(ipvs?.whole).toBe(true)
    expect(ipvs!.servers.length).toBeGreaterThan(30)
    expect(new Set(ipvs!.connections!.map(({ source }) => source.command)).size).toBeLessThan(2)
    expect(ipsets!.every(({ members }) => members !== null)).toBe(true)
  }
})

test('a node that nobody asked has none of them, as far as is known', async () => {
  const { nodes } = await observeRecorded([samplePath('k3s-flannel/iptables-S-v.txt')], () => process.stdin)
  expect(nodes[0]).toMatchObject({ ipvs: null, ipsets: null })
})
