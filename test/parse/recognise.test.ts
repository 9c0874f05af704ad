import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { recognise, type TextKind } from '../../src/parse/recognise.ts'
import { captureFiles, sample, samplePath } from '../fixtures.ts'

/** What each file of a capture holds; null for those that no parser wants. */
const CAPTURE_FILES: readonly [RegExp, TextKind | null][] = [
  [/ip6?tables(-legacy)?-save\.txt$/, 'save'],
  [/iptables-L(-nv)?\.txt$/, 'listing'],
  [/nft\.txt$/, 'nftText'],
  [/nft\.json$/, 'nftJson'],
  [/conntrack\.txt$/, 'conntrack'],
  [/ip-(link|addr)\.json$/, 'linkJson'],
  [/ip-neigh\.json$/, 'neighbourJson'],
  [/ip6?-route\.json$/, 'routeJson'],
  [/ip-rule\.json$/, 'ruleJson'],
  [/bridge-fdb\.json$/, 'fdbJson'],
  [/pod-netns\.txt$/, 'podNamespaces'],
  [/arp\.txt$/, 'arp'],
  [/brctl-show\.txt$/, 'brctlShow'],
  [/brctl-showmacs-\w+\.txt$/, 'brctlShowmacs'],
  [/sysctl\.txt$/, 'sysctl'],
  [/api\/\w+(-coredns)?\.json$/, 'objects'],
  [/(kube-proxy-healthz\.json|conntrack-(count|stats)\.txt|iptables-version\.txt|kube-proxy-mode\.txt)$/, null],
]

test('every file of every capture is told by what it holds', async () => {
  const wrong: unknown[] = []
  let told = 0
  for (const { capture, path, text } of await captureFiles(() => true)) {
    const expected = CAPTURE_FILES.find(([pattern]) => pattern.test(path))
    if (!expected) continue
    told++
    const kind = recognise(text)
    if (kind !== expected[1]) wrong.push([capture, path, kind, expected[1]])
  }
  expect(wrong).toEqual([])
  expect(told).toBeGreaterThan(400)
})

describe('samples', () => {
  const kinds: Record<string, TextKind | null> = {
    'gke-1.2-kubenet/ip-addr-after.txt': 'linkText',
    'gke-1.2-kubenet/iptables-save-after.txt': 'save',
    'gke-1.2-kubenet/route-n.txt': 'routeTable',
    'gke-1.2-kubenet/services.txt': 'table',
    'k3s-flannel/Corefile': 'corefile',
    'k3s-flannel/arp.txt': 'arp',
    'k3s-flannel/brctl-show.txt': 'brctlShow',
    'k3s-flannel/brctl-showmacs.txt': 'brctlShowmacs',
    'k3s-flannel/iptables-L-v.txt': 'listing',
    'k3s-flannel/iptables-L-vm2.txt': 'listing',
    'k3s-flannel/iptables-S-v.txt': 'save',
    'k3s-flannel/iptables-save-fragments.txt': 'save',
    'k3s-flannel/kube-dns-service.txt': 'table',
    'k3s-flannel/pods.txt': 'table',
    'k3s-flannel/services.txt': 'table',
    'k3s-flannel/test-pod-resolv.conf': 'resolvConf',
    'kops-aws-vpc/iptables-L.txt': 'listing',
    'kops-aws-vpc/pods.txt': 'table',
    'kubeadm-calico-aws/10-calico.conflist': null,
    'kubeadm-calico-aws/endpoints.yaml': 'objects',
    'kubeadm-calico-aws/iptables-L-filter.txt': 'listing',
    'kubeadm-calico-aws/iptables-save-fragments.txt': 'save',
    'kubeadm-calico-aws/pods.txt': 'table',
    'kubeadm-calico-aws/service.yaml': 'objects',
    'minikube-multinode/describe-service.txt': 'describe',
    'minikube-multinode/endpoints.yaml': 'objects',
    'minikube-multinode/iptables-nL.txt': 'listing',
    'minikube-multinode/pods.txt': 'table',
  }

  test('all of them, also with CRLF line ends', () => {
    for (const [path, kind] of Object.entries(kinds)) {
      expect([path, recognise(sample(path))]).toEqual([path, kind])
      expect([path, recognise(sample(path).replaceAll('\n', '\r\n'))]).toEqual([path, kind])
    }
  })

  test('none is forgotten', () => {
    const folders = readdirSync(samplePath(''), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const count = folders
      .flatMap(({ name }) => readdirSync(samplePath(name)))
      .filter((name) => !name.endsWith('-before.txt')).length
    expect(Object.keys(kinds)).toHaveLength(count)
  })
})

test.each([
  ['10.0.0.0/24 via 10.1.0.1 dev eth0 proto static', 'routeText'],
  ['default via 172.30.0.1 dev eth0', 'routeText'],
  ['10.244.1.4 dev cni0 lladdr 12:5c:b4:9f:2e:88 REACHABLE', 'neighbourText'],
  ['0:\tfrom all lookup local', 'ruleText'],
  ['12:5c:b4:9f:2e:88 dev veth1 master cni0', 'fdbText'],
  ['net.ipv4.ip_forward = 1', 'sysctl'],
  [
    'tcp      6 118 TIME_WAIT src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1',
    'conntrack',
  ],
  ['$ sudo iptables -t nat -S\n-P PREROUTING ACCEPT\n', 'save'],
  ['hello world', null],
  ['', null],
] as const)('%s', (text, kind) => {
  expect(recognise(text)).toBe(kind)
})

test('junk is told fast and never throws', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 20_000 }), (text) => void recognise(text)))
  fc.assert(
    fc.property(
      fc.constantFrom(' ', '\t', '-A ', '{', '[', '1.', 'a.b', ':', 'ff:'),
      fc.nat(20_000),
      (part, count) => void recognise(part.repeat(count)),
    ),
    {
      numRuns: 30,
    },
  )
})
