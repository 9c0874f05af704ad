import { expect, test } from 'vitest'
import type { Observation } from '../../src/model/observation.ts'
import { capturePath } from '../fixtures.ts'
import { observe, traceIn } from '../observations.ts'

const UNHEARD = /^not checked: whether a process listens/
const healthy = () => observe(capturePath('k8s-1.36-iptables-nft-bridge'))
const notes = (seen: Observation, service: string) => traceIn(seen, service).notes.filter((note) => UNHEARD.test(note))

test('a way that is reachable says that nobody looked whether a process listens', async () => {
  const seen = await healthy()
  expect(notes(seen, 'shop/web')).toHaveLength(1)
  // That is told already of what is not reachable, or has no pods of its own.
  expect(notes(seen, 'shop/empty')).toEqual([])
  expect(notes(seen, 'default/kubernetes')).toEqual([])
})

test('not where the sockets were read', async () => {
  const seen = await healthy()
  const nodes = seen.nodes.map((node) => ({ ...node, sockets: [] }))
  expect(notes({ ...seen, nodes }, 'shop/web')).toEqual([])
  const some = nodes.map((node) => (node.name === 'n3' ? { ...node, sockets: null } : node))
  expect(notes({ ...seen, nodes: some }, 'shop/web')).toHaveLength(1)
})
