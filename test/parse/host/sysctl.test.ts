import { describe, expect, it } from 'vitest'
import { parseSysctl } from '../../../src/parse/host/sysctl.ts'
import { fixture, readsLineByLine, survivesJunk } from './fixture.ts'

const node = fixture('nodes/k8s-1.36-iptables-nft-bridge/n1/sysctl.txt')

describe('sysctl', () => {
  it('reads a node', () => {
    expect(parseSysctl(node, 'f')).toEqual({
      items: [
        ['net.ipv4.ip_forward', '1'],
        ['net.bridge.bridge-nf-call-iptables', '1'],
        ['net.ipv4.conf.all.rp_filter', '0'],
        ['net.netfilter.nf_conntrack_max', '262144'],
        ['net.netfilter.nf_conntrack_count', '346'],
      ],
      problems: [],
    })
  })

  it('keeps values of several words, and says what sysctl could not read', () => {
    const missing = 'sysctl: cannot stat /proc/sys/net/bridge/bridge-nf-call-iptables: No such file or directory'
    const { items, problems } = parseSysctl(
      `net.ipv4.ip_local_port_range = 32768\t60999\n${missing}\nkernel.x =\n`,
      'f',
    )
    expect(items).toEqual([
      ['net.ipv4.ip_local_port_range', '32768\t60999'],
      ['net.bridge', 'none'],
      ['kernel.x', ''],
    ])
    expect(problems).toEqual([{ file: 'f', line: 2, message: expect.stringMatching(/cannot stat.*bridge-nf-call/) }])
  })

  survivesJunk(parseSysctl, node)
  readsLineByLine(parseSysctl, node)
})
