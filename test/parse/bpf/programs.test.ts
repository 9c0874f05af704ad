/** Programs at links and cgroups, as bpftool and tc print them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseBpftoolCgroups } from '../../../src/parse/bpf/cgroup.ts'
import { parseBpftoolNet } from '../../../src/parse/bpf/net.ts'
import { parseTcFilters } from '../../../src/parse/bpf/tc-filter.ts'
import { parseIpLinkJson } from '../../../src/parse/host/ip-json.ts'
import { parseIpLinkText } from '../../../src/parse/host/ip-text-link.ts'
import { UNTOLD } from '../../../src/parse/told.ts'

const short = ({ hook, device, place, name, kind }: ReturnType<typeof parseBpftoolNet>['items'][number]) =>
  [hook, device, place, name, kind].join(' ')

describe('bpftool net show', () => {
  // The lines of tc as in cilium#17468; the others in the words of tools/bpf/bpftool/net.c.
  const text = [
    'xdp:',
    'eth1(3) driver id 198',
    '',
    'tc:',
    'cilium_net(2) clsact/ingress bpf_host_cilium_net.o:[to-host] id 15871',
    'eth0(4) tcx/ingress cil_from_netdev prog_id 6081 link_id 49',
    'lxc1(9) netkit/peer cil_from_container prog_id 7 ',
    '',
    'flow_dissector:',
    '',
    'netfilter:',
    'ip prerouting prio -128 prog_id 14',
    '',
  ].join('\n')

  test('as text', () => {
    const { items, problems } = parseBpftoolNet(text, 'f')
    expect(items.map(short)).toEqual([
      'xdp eth1 driver  bpf',
      'tc cilium_net clsact/ingress bpf_host_cilium_net.o:[to-host] bpf',
      'tcx eth0 tcx/ingress cil_from_netdev bpf',
      'netkit lxc1 netkit/peer cil_from_container bpf',
      'netfilter  ip prerouting prio -128 prog_id 14  bpf',
    ])
    expect(items[1]!.source).toMatchObject({ command: 'bpftool net show', file: 'f', line: 5 })
    expect(problems).toEqual([])
  })

  test('as JSON', () => {
    const json = JSON.stringify([
      {
        xdp: [{ devname: 'eth1', ifindex: 3, mode: 'driver', id: 198 }],
        tc: [
          { devname: 'eni1', ifindex: 9, kind: 'clsact/ingress', name: 'handle_ingress', id: 20 },
          { devname: 'eth0', ifindex: 4, kind: 'tcx/egress', name: 'x', prog_id: 1, link_id: 2 },
        ],
        flow_dissector: [],
        netfilter: [],
      },
    ])
    expect(parseBpftoolNet(json, 'f').items.map(short)).toEqual([
      'xdp eth1 driver  bpf',
      'tc eni1 clsact/ingress handle_ingress bpf',
      'tcx eth0 tcx/egress x bpf',
    ])
  })

  test('nothing printed is nothing known', () => {
    expect(parseBpftoolNet('', 'f')).toMatchObject({ items: [], problems: [{}] })
    expect(parseBpftoolNet('xdp:\n\ntc:\n\n', 'f')).toEqual({ items: [], problems: [] })
  })
})

test('bpftool cgroup tree', () => {
  const json = JSON.stringify([
    {
      cgroup: '/sys/fs/cgroup',
      programs: [{ id: 5, attach_type: 'cgroup_inet4_connect', attach_flags: 'multi', name: 'cil_sock4_conne' }],
    },
  ])
  expect(parseBpftoolCgroups(json, 'f').items).toMatchObject([
    { hook: 'cgroup', cgroup: '/sys/fs/cgroup', place: 'cgroup_inet4_connect', name: 'cil_sock4_conne' },
  ])
})

describe('tc filter show', () => {
  // Printed by iproute2 6.1, the second as in cilium#17468.
  const filters = [
    '# tc filter show dev v0 ingress',
    'filter protocol all pref 49152 bpf chain 0 ',
    "filter protocol all pref 49152 bpf chain 0 handle 0x1 direct-action not_in_hw bytecode '1,6 0 0 4294967295'",
    'filter protocol all pref 1 bpf chain 0 handle 0x1 bpf_lxc.o:[from-container] direct-action not_in_hw id 15843 tag a7a920f725fab0ef jited ',
    '# tc filter show dev v0 egress',
    'filter protocol ip pref 5 u32 chain 0 fh 800::800 order 2048 key ht 800 bkt 0 terminal flowid not_in_hw ',
    '',
  ].join('\n')

  test('names its links by the commands above', () => {
    const { items, problems } = parseTcFilters(filters, 'f', UNTOLD)
    expect(items.map(short)).toEqual([
      'tc v0 clsact/ingress  bpf',
      'tc v0 clsact/ingress bpf_lxc.o:[from-container] bpf',
      'tc v0 clsact/egress u32 filter',
    ])
    expect(problems).toEqual([])
  })

  test('without its command nobody knows where it is', () => {
    const text = filters.replaceAll(/^#.*\n/gm, '')
    expect(parseTcFilters(text, 'f', UNTOLD).items).toEqual([])
    expect(parseTcFilters(text, 'f', UNTOLD).problems).not.toEqual([])
    const told = { ...UNTOLD, link: { name: 'eth0', direction: 'egress' } }
    expect(parseTcFilters(text, 'f', told).items.map(({ device }) => device)).toEqual(['eth0', 'eth0', 'eth0'])
  })
})

test('ip link shows XDP', () => {
  const text = [
    '2: eth0: <UP> mtu 1500 xdp/id:198 qdisc mq state UP mode DEFAULT group default qlen 1000',
    '    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0',
    '    prog/xdp id 198 name xdp_drop tag 57cd311f2e27366b jited ',
    '3: eth1: <UP> mtu 1500 qdisc mq state UP mode DEFAULT group default qlen 1000',
    '',
  ].join('\n')
  expect(parseIpLinkText(text, 'f').items.map(({ xdp }) => xdp)).toEqual([{ name: 'xdp_drop' }, undefined])
  const json = JSON.stringify([
    { ifindex: 2, ifname: 'eth0', flags: ['UP'], xdp: { mode: 1, prog: { id: 198, name: 'xdp_drop', tag: 'x' } } },
    { ifindex: 3, ifname: 'eth1', flags: ['UP'] },
  ])
  expect(parseIpLinkJson(json, 'f').items.map(({ xdp }) => xdp)).toEqual([{ name: 'xdp_drop' }, undefined])
})

test.each([
  ['bpftool net', (text: string) => parseBpftoolNet(text, 'f')],
  ['bpftool cgroup', (text: string) => parseBpftoolCgroups(text, 'f')],
  ['tc filter', (text: string) => parseTcFilters(text, 'f', UNTOLD)],
])('%s takes any junk', (_what, parse) => {
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void parse(text)))
})
