import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCounters } from '../../../src/parse/host/counters.ts'

const REAL = `/proc/uptime:12341.21 4206.32
/proc/net/stat/nf_conntrack:entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart
/proc/net/stat/nf_conntrack:0000001f  00000000 00000000 00000000 0000000a 00000000 00000000 00000000 00000000 00000003 00000000 00000001 00000000  00000000 00000000 00000000 00000000
/proc/net/stat/nf_conntrack:0000001f  00000000 00000000 00000000 00000002 00000000 00000000 00000000 00000000 00000004 00000010 00000000 00000000  00000000 00000000 00000000 00000000
/proc/net/stat/arp_cache:entries  allocs   destroys hash_grows lookups  hits     res_failed rcv_probes_mcast rcv_probes_ucast periodic_gc_runs forced_gc_runs unresolved_discards table_fulls
/proc/net/stat/arp_cache:00000002 000003de 00000438 00000001   00000c34 00000229 00000000   00000000         00000000         00000000         00000000       00000000            00000005
/proc/net/stat/arp_cache:00000002 0000040b 000003af 00000002   00000d09 00000266 00000000   00000000         00000000         0000030e         00000000       00000000            00000000
/proc/net/softnet_stat:00217bdf 00000001 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
/proc/net/softnet_stat:002024c4 00000002 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000001 00000000 00000000
`

const counts = (text: string) => Object.fromEntries(parseCounters(text, 'counters.txt').items[0]!.counts)

test('counters of all CPUs are added up, and entries are those of one table', () => {
  expect(parseCounters(REAL, 'counters.txt')).toMatchObject({
    items: [{ uptime: 12341.21, file: 'counters.txt' }],
    problems: [],
  })
  expect(counts(REAL)).toMatchObject({
    'nf_conntrack entries': 31,
    'nf_conntrack invalid': 12,
    'nf_conntrack insert_failed': 7,
    'nf_conntrack drop': 16,
    'nf_conntrack early_drop': 1,
    'arp_cache entries': 2,
    'arp_cache table_fulls': 5,
    'softnet_stat processed': 0x217bdf + 0x2024c4,
    'softnet_stat dropped': 3,
  })
})

test('a kernel without the file of conntrack’s counters has them from the tool', () => {
  const tool = [0, 1].map(
    (cpu) => `conntrack -S:cpu=${cpu} found=0 invalid=4 insert=0 insert_failed=2 drop=1 early_drop=0\n`,
  )
  expect(counts(`/proc/uptime:7.5 3.2\n${tool.join('')}`)).toEqual({
    'nf_conntrack CPUs': 2,
    'nf_conntrack insert_failed': 4,
    'nf_conntrack drop': 2,
    'nf_conntrack early_drop': 0,
    'nf_conntrack invalid': 8,
  })
})

test('of KUBE-FORWARD’s rules: what is dropped as INVALID, and what else they took, by dump', () => {
  const lines = [
    'iptables-save.txt:[5:300] -A KUBE-FORWARD -m conntrack --ctstate INVALID -m nfacct --nfacct-name  ct_state_invalid_dropped_pkts -j DROP',
    'iptables-save.txt:[10:600] -A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
    'iptables-save.txt:[20:600] -A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    'ip6tables-save.txt:[1:60] -A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
  ]
  expect(counts(`/proc/uptime:7.5 3.2\n${lines.join('\n')}\n`)).toEqual({
    'iptables-save.txt dropped': 5,
    'iptables-save.txt passed': 30,
    'ip6tables-save.txt dropped': 1,
    'ip6tables-save.txt passed': 0,
  })
})

test('without its time a reading is none, and a line that is cut off counts nothing', () => {
  expect(parseCounters(REAL.slice(REAL.indexOf('\n') + 1), 'counters.txt')).toEqual({
    items: [],
    problems: [{ file: 'counters.txt', line: null, message: expect.any(String) }],
  })
  expect(counts(REAL.slice(0, -3))).toMatchObject({ 'softnet_stat processed': 0x217bdf, 'softnet_stat dropped': 1 })
  const cut = REAL.replaceAll(/ 0000000[34] /g, ' ')
  expect(Object.keys(counts(cut))).not.toContain('nf_conntrack search_restart')
})

test('any text is read without an error', () => {
  fc.assert(
    fc.property(fc.string(), (junk) => {
      parseCounters(junk, 'counters.txt')
      parseCounters(
        `/proc/uptime:1.0 1\n/proc/net/stat/arp_cache:${junk}\n/proc/net/softnet_stat:${junk}`,
        'counters.txt',
      )
    }),
  )
})
