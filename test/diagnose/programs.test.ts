/** eBPF programs beside the rules: which of them are on the way, and what is said of it. */
import { describe, expect, test } from 'vitest'
import { type Files, reportIn } from './bend.ts'
import { type Bend, edit, text } from './bendings.ts'

/** A program at a link of n2, as tc prints it. */
const filter = (link: string, name: string): Bend =>
  text(
    'nodes/n2/tc-filters.txt',
    `# tc filter show dev ${link} ingress\nfilter protocol all pref 1 bpf chain 0 handle 0x1 ${name} direct-action not_in_hw id 7 tag a7a920f725fab0ef jited\n`,
  )

const cgroup = (path: string, place: string, name: string): Bend =>
  text(
    'nodes/n2/bpftool-cgroup.json',
    JSON.stringify([{ cgroup: path, programs: [{ id: 5, attach_type: place, attach_flags: '', name }] }]),
  )

const seen = async (files: Bend) => {
  const { nodes, findings } = await reportIn({ files })
  return {
    verdicts: nodes.map(({ verdict }) => verdict),
    reason: nodes[1]!.entries[0]!.reason,
    codes: findings.map(({ code, node, severity }) => `${code} ${node} ${severity}`),
    message: findings[0]?.message,
  }
}

/** The link of n2 that leads into its first pod of the service. */
const podLink = async () => {
  const { nodes } = await reportIn({})
  return nodes[1]!.entries[0]!.endpoints.find(({ node }) => node === 'n2')!.link.interface!
}

describe('a program at the link of an endpoint', () => {
  test('makes every way to it unknown', async () => {
    const link = await podLink()
    const { verdicts, reason, codes, message } = await seen(filter(link, 'handle_ingress'))
    // Any node's clients may be given that endpoint.
    expect(verdicts).toEqual(['unknown', 'unknown', 'unknown'])
    expect(reason).toBe(
      'the rules lead there, but the eBPF program handle_ingress (tc) sees the packets on their way, and what it does is not read',
    )
    expect(codes).toEqual(['SVP415 n2 info'])
    expect(message).toContain(`at ${link}`)
  })

  test('of Retina is none: it only looks', async () => {
    expect(await seen(filter(await podLink(), 'endpoint_ingress_filter'))).toMatchObject({
      verdicts: ['reachable', 'reachable', 'reachable'],
      codes: [],
    })
  })

  test('at a link of another pod is not on the way', async () => {
    const { verdicts, codes } = await seen(filter('veth12345678', 'handle_ingress'))
    expect(verdicts).toEqual(['reachable', 'reachable', 'reachable'])
    expect(codes).toEqual([])
  })

  test('is named by whose it is', async () => {
    expect((await seen(filter(await podLink(), 'bpf_lxc.o:[from-container]'))).reason).toContain(
      'but Cilium (bpf_lxc.o:',
    )
    expect((await seen(filter(await podLink(), 'cali_tc_preamble'))).reason).toContain(
      'but Calico (cali_tc_preamble, tc)',
    )
  })
})

test('XDP at the uplink sees what comes from other nodes', async () => {
  const xdp = (files: Files) => {
    const links = JSON.parse(files.get('nodes/n2/ip-link.json')!) as { ifname: string; xdp?: object }[]
    const uplink = links.find(({ ifname }) => ifname === 'eth0')!
    uplink.xdp = { mode: 1, prog: { id: 9, name: 'xdp_filter', tag: 'x', jited: 1 } }
    files.set('nodes/n2/ip-link.json', JSON.stringify(links))
  }
  const { verdicts, codes, message } = await seen(xdp)
  expect(verdicts).toEqual(['unknown', 'unknown', 'unknown'])
  expect(codes).toEqual(['SVP415 n2 info'])
  expect(message).toContain('the eBPF program xdp_filter (xdp) sees')
})

describe('a program of a cgroup', () => {
  test('that holds all processes sees every connection of the node', async () => {
    const { verdicts, codes } = await seen(cgroup('/sys/fs/cgroup', 'cgroup_inet4_connect', 'mystery'))
    expect(verdicts).toEqual(['reachable', 'unknown', 'reachable'])
    expect(codes).toEqual(['SVP415 n2 info'])
  })

  test.each([
    ['of one unit', '/sys/fs/cgroup/system.slice/systemd-udevd.service', 'cgroup_inet_egress', 'sd_fw_egress'],
    ['for devices', '/sys/fs/cgroup', 'cgroup_device', 'sd_devices'],
  ])('%s is not on the way', async (_what, path, place, name) => {
    expect(await seen(cgroup(path, place, name))).toMatchObject({
      verdicts: ['reachable', 'reachable', 'reachable'],
      codes: [],
    })
  })
})

test('where no rule takes the packet, one that may translate leaves it open; one that only filters does not', async () => {
  const gone = edit('nodes/n2/iptables-save.txt', /^.*-A KUBE-SERVICES -d 10\.96\.244\.84\/32 .*\n/m, '')
  const both = (bend: Bend) => (files: Files) => {
    gone(files)
    bend(files)
  }
  const taken = await seen(both(cgroup('/sys/fs/cgroup', 'cgroup_inet4_connect', 'cil_sock4_conne')))
  expect(taken.verdicts[1]).toBe('unknown')
  expect(taken.reason).toBe(
    'no service rule on n2 takes it, unless Cilium (cil_sock4_conne, cgroup) does, whose work is not read',
  )
  expect(taken.codes).toEqual(['SVP415 n2 info'])
  const ignored = await seen(both(filter('eth0', 'endpoint_ingress_filter')))
  expect(ignored.verdicts[1]).toBe('broken')
})
