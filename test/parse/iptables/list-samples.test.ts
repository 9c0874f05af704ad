import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type ListedChain, type Listing, parseListing } from '../../../src/parse/iptables/list.ts'
import { printOptions } from '../../../src/parse/iptables/option.ts'

const sample = (file: string): Listing =>
  parseListing(readFileSync(new URL(`../../fixtures/samples/${file}`, import.meta.url), 'utf8'))

const chainOf = (listing: Listing, name: string): ListedChain => listing.chains.find((chain) => chain.name === name)!

const rulesOf = (listing: Listing, name: string): string[] =>
  chainOf(listing, name).rules.map(({ options }) => printOptions(options))

test('kops: names for addresses and ports, and a listing that was shortened', () => {
  const listing = sample('kops-aws-vpc/iptables-L.txt')
  expect(listing).toMatchObject({ family: 4, interfacesShown: false })
  expect(listing.chains.map(({ name, references, rules }) => [name, references, rules.length])).toEqual([
    ['KUBE-SEP-VLI4ZIVDKI55EGCU', 1, 2],
    ['KUBE-SEP-N3OA6LSYBBMSN7OT', 1, 2],
    ['KUBE-SERVICES', 2, 1],
    ['KUBE-SVC-DDHLYWQIRV3Z4PSQ', 1, 6],
  ])
  expect(rulesOf(listing, 'KUBE-SEP-N3OA6LSYBBMSN7OT')).toEqual([
    '-s 10.0.0.86/32 -m comment --comment "httpd/httpd-a" -j KUBE-MARK-MASQ',
    '-p tcp -m comment --comment "httpd/httpd-a" -m tcp -j DNAT --to-destination 10.0.0.86:8080',
  ])
  expect(rulesOf(listing, 'KUBE-SERVICES')).toEqual([
    '-d 100.67.170.97/32 -p tcp -m comment --comment "httpd/httpd-a cluster IP" -m tcp --dport 8080 -j KUBE-SVC-DDHLYWQIRV3Z4PSQ',
  ])
  expect(rulesOf(listing, 'KUBE-SVC-DDHLYWQIRV3Z4PSQ').slice(0, 2)).toEqual([
    '! -s 100.96.0.0/11 -d 100.67.170.97/32 -p tcp -m comment --comment "httpd/httpd-a cluster IP" -m tcp --dport 8080 -j KUBE-MARK-MASQ',
    '-m comment --comment "httpd/httpd-a -> 10.0.0.218:8080" -m statistic --mode random --probability 0.20000000019 -j KUBE-SEP-K5KVGXV2MLWQ6QSS',
  ])
  expect(listing.problems).toEqual([
    { line: 13, message: 'lines were left out here' },
    { line: 15, message: 'lines were left out here' },
  ])
})

test('k3s with -v: counters and interfaces', () => {
  const listing = sample('k3s-flannel/iptables-L-v.txt')
  expect(listing).toMatchObject({ problems: [], family: null, interfacesShown: true })
  expect(rulesOf(listing, 'KUBE-EXT-MUSBZEOMK5UKWKKU')).toEqual([
    '-m comment --comment "masquerade traffic for default/nginx-np-service external destinations" -j KUBE-MARK-MASQ',
    '-j KUBE-SVC-MUSBZEOMK5UKWKKU',
  ])
  expect(chainOf(listing, 'KUBE-EXT-MUSBZEOMK5UKWKKU').rules[0]).toMatchObject({
    line: 3,
    counter: { packets: 0, bytes: 0 },
    problem: null,
  })
})

test('k3s: a host name that holds no address stays a name', () => {
  const listing = sample('k3s-flannel/iptables-L-vm2.txt')
  expect(listing).toMatchObject({ problems: [], family: 4, interfacesShown: false })
  expect(rulesOf(listing, 'KUBE-SVC-MUSBZEOMK5UKWKKU')).toEqual([
    '! -s fiveg-host-24-node4/16 -d 10.43.143.108/32 -p tcp -m comment --comment "default/nginx-np-service cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ',
    '-m comment --comment "default/nginx-np-service -> 10.42.0.10:8080" -m statistic --mode random --probability 0.33333333349 -j KUBE-SEP-MQVY6GCMKDVFWQIB',
    '-m comment --comment "default/nginx-np-service -> 10.42.1.6:8080" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-6BQ3QHB6G4YIKPPI',
    '-m comment --comment "default/nginx-np-service -> 10.42.2.5:8080" -j KUBE-SEP-746QLTYFWXTG2Q66',
  ])
})

test('minikube: pieces with and without -n in one text', () => {
  const listing = sample('minikube-multinode/iptables-nL.txt')
  expect(listing).toMatchObject({ problems: [], family: 4, interfacesShown: false })
  expect(chainOf(listing, 'OUTPUT')).toMatchObject({ policy: 'accept', references: null, counter: null, line: 1 })
  expect(rulesOf(listing, 'OUTPUT')).toEqual([
    '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-d host.minikube.internal -j DOCKER_OUTPUT',
    '! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER',
  ])
  expect(rulesOf(listing, 'KUBE-SERVICES')).toHaveLength(6)
  expect(rulesOf(listing, 'KUBE-SERVICES').at(-1)).toBe(
    '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
  )
  expect(rulesOf(listing, 'KUBE-SEP-HX6V2UBOKTXACLGF')[1]).toBe(
    '-p tcp -m comment --comment "default/httpenv" -m tcp -j DNAT --to-destination 10.244.0.3:8888',
  )
})

test('calico: several comments a rule, goto, a protocol that fills its column', () => {
  const listing = sample('kubeadm-calico-aws/iptables-L-filter.txt')
  expect(listing).toMatchObject({ problems: [], interfacesShown: false })
  expect(listing.chains).toHaveLength(35)
  expect(listing.chains.flatMap(({ rules }) => rules)).toHaveLength(121)
  expect(listing.chains.slice(0, 3).map(({ name, policy }) => `${name} ${policy}`)).toEqual([
    'INPUT accept',
    'FORWARD drop',
    'OUTPUT accept',
  ])
  expect(rulesOf(listing, 'FORWARD')).toEqual([
    '-m comment --comment "cali:wUHhoiAYhphO9Mso" -j cali-FORWARD',
    '-m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
    '-j DOCKER-ISOLATION',
    '-j DOCKER',
    '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-j ACCEPT',
    '-j ACCEPT',
  ])
  expect(rulesOf(listing, 'cali-INPUT').slice(1, 5)).toEqual([
    '-p ipencap -m comment --comment "cali:1IRlRis1-pHsGnX5" -m comment --comment "Allow IPIP packets from Calico hosts" -m set --match-set cali40all-hosts-net src -m addrtype --dst-type LOCAL -j ACCEPT',
    '-p ipencap -m comment --comment "cali:jX63A0VGotRJWnUL" -m comment --comment "Drop IPIP packets from non-Calico hosts" -j DROP',
    '-m comment --comment "cali:Dit8xicL3zTIYYlp" -g cali-wl-to-host',
    '-m comment --comment "cali:LCGWUV2ju3tJmfW0" -j MARK --set-xmark 0x0/0xf0000',
  ])
  expect(rulesOf(listing, 'KUBE-FORWARD')[1]).toBe(
    '-s 192.168.0.0/16 -m comment --comment "kubernetes forwarding conntrack pod source rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  )
  const ports = rulesOf(listing, 'cali-failsafe-in').map((rule) => /--dports (\S+)/.exec(rule)?.[1])
  expect(ports).toEqual(['22', '68', '179', '2379', '2380', '6666', '6667'])
  const unknown = listing.chains.flatMap(({ rules }) => rules.flatMap(({ options }) => options)).filter(isUnknown)
  expect(unknown).toEqual([])
})

const isUnknown = ({ flag }: { flag: string }): boolean => flag === '--unknown'
