import { expect, test } from 'vitest'
import { observeFiles } from '../observations.ts'
import { fixture } from '../parse/host/fixture.ts'

/** A session as somebody pasted it into an article, with its prompts and an output that nothing reads. */
const SESSION = fixture('cilium/service-list-1.18-no-backends.txt')

test('a session in the agent’s pod is taken apart', async () => {
  const { nodes, recognised } = await observeFiles({ 'session.txt': SESSION })
  expect(recognised!.map(({ kind }) => kind)).toEqual(['ciliumServices', 'ciliumLb'])
  const { cilium } = nodes[0]!
  expect(cilium!.services!.items.map(({ frontend, backends }) => [frontend.address, backends.length])).toEqual([
    ['0.0.0.0', 0],
    ['10.15.1.8', 0],
    ['192.168.60.179', 0],
  ])
  expect(cilium!.slots!.items.map(({ slot }) => slot)).toEqual([0, 0, 0])
})

test.each([
  ['service-list-1.18.json', 'ciliumServices'],
  ['bpf-lb-list-1.13-ipv6.txt', 'ciliumLb'],
  ['bpf-lb-list-1.19-slots.txt', 'ciliumLb'],
  ['bpf-ct-list-global.txt', 'ciliumCt'],
  ['status-verbose-kpr.txt', 'ciliumStatus'],
  ['no-agent-cilium-service-list.txt', 'ciliumRefusal'],
])('%s, as pasted', async (name, kind) => {
  const { nodes, recognised, problems } = await observeFiles({ [name]: fixture(`cilium/${name}`) })
  expect(recognised!.map((one) => one.kind)).toEqual([kind])
  expect(nodes[0]!.cilium).not.toBe(null)
  expect(problems.filter(({ message }) => !/lines? not used/.test(message))).toEqual([])
})
