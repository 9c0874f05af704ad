/** Routes that end the way of a packet on another node than the one that translated it. */
import { describe, expect, test } from 'vitest'
import { pathReport } from '../../src/report/path.ts'
import { type Files, observationIn } from '../diagnose/bend.ts'

/** A route of a node for one address. */
const routed = (node: string, route: object) => (files: Files) => {
  const path = `nodes/${node}/ip-route.json`
  files.set(path, JSON.stringify([...JSON.parse(files.get(path)!), route]))
}

async function toEndpoint(node: string, files: (files: Files) => void) {
  const observation = await observationIn({ files })
  const question = { service: 'web', namespace: 'shop', port: null, from: null, nodes: [] }
  const report = pathReport(observation, question)
  const there = observation.cluster.endpointsOf('shop', 'web')!.find((one) => one.node === 'n3')!
  const entry = report.nodes.find(({ name }) => name === node)!.entries[0]!
  return entry.endpoints.find(({ address }) => address === there.address)!
}

const addressOn = async (node: string) =>
  (await observationIn({})).cluster.endpointsOf('shop', 'web')!.find((one) => one.node === node)!.address

describe('a route of the endpoint’s own node', () => {
  test('that ends there drops what other nodes send', async () => {
    const dst = await addressOn('n3')
    const path = await toEndpoint('n1', routed('n3', { type: 'blackhole', dst, flags: [] }))
    expect([path.fate, path.stop?.node, path.stop?.kind]).toEqual(['drop', 'n3', 'route'])
  })

  test('for all that nothing else fits says nothing of clients that are made up', async () => {
    const path = await toEndpoint('n1', routed('n3', { type: 'unreachable', dst: 'default', flags: [] }))
    expect([path.fate, path.stop]).toEqual(['forwarded', undefined])
  })
})
