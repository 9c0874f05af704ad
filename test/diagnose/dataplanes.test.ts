/** Data planes that are named and not read. */
import { expect, test } from 'vitest'
import { type Files, reportIn } from './bend.ts'
import { type Bend, json, text } from './bendings.ts'

/** Takes away what kube-proxy wrote on n2. */
const bare = (files: Files) => {
  files.set(
    'nodes/n2/iptables-save.txt',
    ['*nat', '*filter'].map((table) => `${table}\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n`).join(''),
  )
  for (const path of [...files.keys()]) if (/^nodes\/n2\/(nft|iptables-.*L)/.test(path)) files.delete(path)
  files.delete('nodes/n2/kube-proxy-mode.txt')
}

const link = (ifname: string): Bend =>
  json('nodes/n2/ip-link.json', (every) => [...every, { ifindex: 90, ifname, flags: ['UP'], mtu: 1400 }])

const calico = text(
  'nodes/n2/tc-filters.txt',
  '# tc filter show dev cali1 ingress\nfilter protocol all pref 1 bpf chain 0 handle 0x1 cali_tc_preamble direct-action not_in_hw id 7\n',
)

const seen = async (...bends: Bend[]) => {
  const { nodes, findings } = await reportIn({ files: (files) => bends.forEach((bend) => void bend(files)) })
  const { verdict, reason } = nodes[1]!.entries[0]!
  return { verdict, reason, codes: findings.filter(({ node }) => node === 'n2').map(({ code }) => code) }
}

test.each([
  ['Calico', calico, 'calico-node -bpf nat dump'],
  ['Calico', link('bpfin.cali'), 'calico-node -bpf nat dump'],
  ['OVN-Kubernetes', link('ovn-k8s-mp0'), 'ovn-nbctl lb-list'],
  ['Antrea', link('antrea-gw0'), 'antctl get ovsflows'],
])('%s in the place of kube-proxy is named, and its way is unknown', async (name, bend, command) => {
  const { verdict, reason, codes } = await seen(bare, bend)
  expect(verdict).toBe('unknown')
  expect(reason).toContain(name)
  expect(reason).toContain(command)
  expect(codes).toEqual(['SVP804'])
})

test('without such a sign nothing is named', async () => {
  expect((await seen(bare)).codes).not.toContain('SVP804')
})

test('beside kube-proxy, rules are what counts', async () => {
  expect(await seen(link('antrea-gw0'))).toMatchObject({ verdict: 'reachable', codes: [] })
})
