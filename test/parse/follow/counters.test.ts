import { expect, test } from 'vitest'
import { growth, readText, subjectOf } from '../../../src/parse/follow/counters.ts'

test.each([
  ['iptables/KUBE-SVC-X', 'chain KUBE-SVC-X'],
  ['iptables6/KUBE-SVC-X', 'chain KUBE-SVC-X'],
  ['legacy/nat', 'the chains of the service (iptables-legacy)'],
  ['nft/chain/ip/service-A-shop/web/tcp/', 'chain service-A-shop/web/tcp/'],
  ['nft/element/ip6/service-ips', 'the entry in map service-ips'],
  ['ipvs/servers', 'the virtual servers'],
  ['tables6', 'rules outside the chains of the service'],
])('%s is called %s', (name, expected) => {
  expect(subjectOf(name)).toBe(expected)
})

test('lines of a dump: what each endpoint’s rules counted, and the rest without it', () => {
  const lines = (count: number) => [
    ':KUBE-SVC-X - [0:0] ',
    `[9:540] -A KUBE-SERVICES -d 10.96.1.2/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-X `,
    `[${count}:60] -A KUBE-SVC-X -m statistic --mode random --probability 0.5 -j KUBE-SEP-A `,
    '[2:120] -A KUBE-SVC-X -j KUBE-SEP-B ',
  ]
  const [before, after] = [readText('legacy/nat', lines(1)), readText('legacy/nat', lines(4))]
  expect(after.to).toEqual(
    new Map([
      ['KUBE-SEP-A', 4],
      ['KUBE-SEP-B', 2],
    ]),
  )
  expect(after.form).toBe(before.form)
  expect(growth(before.to, after.to)).toEqual(new Map([['KUBE-SEP-A', 3]]))
})
