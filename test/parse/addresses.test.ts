/** Addresses are looked at where they are read: one that was cut is none, and never reaches the walk. */
import { describe, expect, test } from 'vitest'
import { findService } from '../../src/ask/find.ts'
import { diagnose } from '../../src/diagnose/diagnose.ts'
import { single } from '../../src/model/address.ts'
import { parseQuery } from '../../src/model/query.ts'
import { parseConntrack } from '../../src/parse/host/conntrack.ts'
import { parseIpLinkJson, parseIpNeighJson, parseIpRouteJson } from '../../src/parse/host/ip-json.ts'
import { parseIpLinkText } from '../../src/parse/host/ip-text-link.ts'
import { parseIpRouteText } from '../../src/parse/host/ip-text-route.ts'
import { parseSave } from '../../src/parse/iptables/save.ts'
import { observeFiles, traceIn } from '../observations.ts'

const CUT = ['192.168.0.', '192.168.0', 'fd00::1:', 'fd00:1', '*', '', '192.168.0.256', '$(reboot)']

test('a set of addresses can be made of any text; of what is no address nothing is known', () => {
  for (const text of CUT) expect(single(text).within[0]?.bits).toBe(0)
})

describe.each(CUT)('%j in place of an address', (cut) => {
  test('ip addr', () => {
    const text = `2: eth0: <UP> mtu 1500\n    inet 10.0.0.1/24 scope global eth0\n    inet ${cut}`
    const { items } = parseIpLinkText(text, 'addr.txt')
    expect(items[0]?.addresses).toEqual([{ address: '10.0.0.1', prefix: 24 }])
    const json = [{ ifname: 'eth0', addr_info: [{ local: cut, prefixlen: 24 }] }]
    expect(parseIpLinkJson(JSON.stringify(json), 'addr.json').items[0]?.addresses).toEqual([])
  })

  test('ip neigh', () => {
    expect(parseIpNeighJson(JSON.stringify([{ dst: cut, dev: 'eth0', state: ['STALE'] }]), 'n').items).toEqual([])
  })

  test('ip route: a next hop that is not known is not none', () => {
    const json = JSON.stringify([{ dst: '10.0.0.0/8', gateway: cut, dev: 'eth0', prefsrc: cut }])
    const hops = [{ gateway: null, device: 'eth0' }]
    const fromJson = parseIpRouteJson(json, 'route.json')
    expect(fromJson.items).toMatchObject([{ hops, source: null }])
    expect(fromJson.problems[0]?.message).toMatch(/no address/)
    if (cut === '') return
    const { items, problems } = parseIpRouteText(`10.0.0.0/8 dev eth0 via ${cut}`, 'route.txt')
    expect(items).toMatchObject([{ hops }])
    expect(problems).toHaveLength(1)
  })

  test('conntrack', () => {
    const line = `tcp 6 9 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=${cut} dst=10.0.0.1 sport=2 dport=1`
    const { items, problems } = parseConntrack(line, 'conntrack.txt')
    expect([items, problems.length]).toEqual([[], 1])
  })
})

test.each([
  ['10.244.1.', 'unknown'],
  ['10.244.1.5-10.244.1.', 'unknown'],
  ['10.244.1.5:80:', 'unknown'],
  ['[fd00::1', 'unknown'],
  ['[fd00::', 'unknown'],
  ['[fd00::1]-[fd00::9]:80', 'dnat'],
  ['fd00::1-fd00::9', 'dnat'],
  ['10.244.1.5-10.244.1.9:80-90/3', 'dnat'],
  [':8080', 'dnat'],
  [':0', 'dnat'],
])('--to-destination %s is %s', (destination, kind) => {
  const text = `*nat\n:A - [0:0]\n-A A -p tcp -j DNAT --to-destination ${destination}\nCOMMIT\n`
  const [nat] = parseSave(text, 'nat.txt').tables
  expect(nat?.chains.get('A')?.rules[0]?.actions[0]?.kind).toBe(kind)
})

describe('what once ended the program', () => {
  const dump = (destination: string) => `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -s 192.0.2.7/32 -j DROP
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -s 192.0.2.8/32 -j DROP
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-SEP-AAAAAAAAAAAAAAAA - [0:0]
:KUBE-SVC-ABCDEFGHIJKLMNOP - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A OUTPUT -j KUBE-SERVICES
-A KUBE-NODEPORTS -p tcp -m comment --comment "shop/web:http" -m tcp --dport 30080 -j KUBE-SVC-ABCDEFGHIJKLMNOP
-A KUBE-SERVICES -d 10.96.10.10/32 -p tcp -m comment --comment "shop/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-ABCDEFGHIJKLMNOP
-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-SVC-ABCDEFGHIJKLMNOP -j KUBE-SEP-AAAAAAAAAAAAAAAA
-A KUBE-SEP-AAAAAAAAAAAAAAAA -p tcp -m tcp -j DNAT --to-destination ${destination}
COMMIT
`
  const address = '2: eth0: <UP> mtu 1500 state UP\n    inet 192.168.0.'

  async function look(files: Record<string, string>) {
    const observation = await observeFiles(files)
    const found = findService(observation, parseQuery('web'), null)
    if (!('service' in found)) throw new Error('no service')
    const report = traceIn(observation, 'web')
    return { entries: report.nodes[0]!.entries, ...diagnose(observation, found.service, report) }
  }

  test('a node port of a node without an address, and a foreign rule before conntrack', async () => {
    const { entries } = await look({ 'rules.txt': dump('10.244.1.5:8080') })
    expect(entries.map(({ kind }) => kind)).toEqual(['clusterIP', 'nodePort'])
  })

  test('ip addr that ends in an address', async () => {
    const { entries } = await look({ 'rules.txt': dump('10.244.1.5:8080'), 'addr.txt': address })
    expect(entries).toHaveLength(2)
  })

  test('a DNAT that ends in an address: where it leads is unknown, and no rule is called malformed', async () => {
    const { entries, findings } = await look({ 'rules.txt': dump('10.244.1.') })
    expect(entries[0]?.endpoints.filter(({ known }) => known === 'rule')).toEqual([])
    expect(findings.map(({ code }) => code)).not.toContain('SVP307')
  })
})
