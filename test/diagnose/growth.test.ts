/** Counters that were read once, and twice: what still happens is worth more than what once did. */
import { expect, test } from 'vitest'
import { countersText } from '../counters.ts'
import { type Files, findingsIn } from './bend.ts'
import { all, type Bend, edit, NFT, rules, sysctl, text } from './bendings.ts'

type Tables = Parameters<typeof countersText>[1]

const first = (tables: Tables) => text('nodes/n1/counters.txt', countersText(1000, tables))
const again = (tables: Tables, lines: string[] = [], uptime = 1002) =>
  text('nodes/n1/counters-again.txt', countersText(uptime, tables, lines))
const conntrackStats = (words: string) => text('nodes/n1/conntrack-stats.txt', `cpu=0 found=0 ${words}\n`)

const LOST = { insert_failed: 7, drop: 7, early_drop: 0 }
const lost = conntrackStats('insert_failed=7 drop=7 early_drop=0')
const INVALID = { invalid: 1200 }
const invalid = all(
  conntrackStats('invalid=1200 insert_failed=0 drop=0 early_drop=0'),
  sysctl('n1', 'net.netfilter.nf_conntrack_tcp_be_liberal', '0'),
)
const forward = edit(
  rules('n1'),
  /(\*filter\n(?::.*\n)+)((?:.*\n)*?)(?=COMMIT)/,
  '$1[150:9000] -A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP\n[9000:99000] -A KUBE-FORWARD -j ACCEPT\n',
)
const counted = (dropped: number, passed: number): string[] => [
  `iptables-save.txt:[${dropped}:9] -A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP`,
  `iptables-save.txt:[${passed}:9] -A KUBE-FORWARD -j ACCEPT`,
]
const limit = sysctl('n1', 'net.ipv4.neigh.default.gc_thresh3', '1024')
const arp = (entries: number, full: number): Tables => ({ arp: { entries, table_fulls: full } })
const softnet = (processed: number, dropped: number): Tables => ({ softnet: [processed, dropped] })

/** Connections from one address by so many source ports to one endpoint, with a rule that leaves 200. */
const masqueraded = (count: number) => (files: Files) => {
  const lines = Array.from(
    { length: count },
    (_, i) =>
      `ipv4     2 tcp      6 86399 ESTABLISHED src=192.0.2.${i % 250} dst=172.30.0.11 sport=${20000 + i} dport=30080 src=10.244.2.2 dst=172.30.0.11 sport=8080 dport=${40000 + i} [ASSURED] mark=0 use=1\n`,
  )
  files.set('nodes/n1/conntrack.txt', lines.join(''))
}
const range = edit(rules('n1'), /(?<=-j MASQUERADE)( --random-fully)?\n/, ' --to-ports 40000-40199\n')

const ROWS: readonly [what: string, code: string, bend: Bend, expected: readonly (readonly [string, RegExp])[]][] = [
  [
    '406, read once',
    'SVP406',
    lost,
    [['info', /^since n1 booted, 7 connections .*; one reading does not say whether it still happens$/]],
  ],
  [
    '406, which does not grow',
    'SVP406',
    all(lost, first({ conntrack: LOST }), again({ conntrack: LOST })),
    [['info', /; none in the 2\.0 s between two readings: it does not happen now$/]],
  ],
  [
    '406, which grows',
    'SVP406',
    all(lost, first({ conntrack: LOST }), again({ conntrack: { ...LOST, insert_failed: 31, early_drop: 1 } })),
    [
      [
        'warning',
        /^n1 loses connections now: in 2\.0 s conntrack could not note 24 connections \(12 per second\), threw out 1 connection to make room for others \(0\.5 per second\); clients wait for a retry$/,
      ],
    ],
  ],
  [
    '406, the counters of which began anew',
    'SVP406',
    all(lost, first({ conntrack: LOST }), again({ conntrack: { insert_failed: 0, drop: 0, early_drop: 0 } })),
    [['info', /one reading does not say/]],
  ],
  [
    '406, readings too near to each other',
    'SVP406',
    all(lost, first({ conntrack: LOST }), again({ conntrack: { ...LOST, insert_failed: 8 } }, [], 1000.4)),
    [['info', /one reading does not say/]],
  ],
  ['409, read once', 'SVP409', invalid, [['info', /^since n1 booted, conntrack called 1200 packets INVALID, /]]],
  [
    '409, of which a few more are normal',
    'SVP409',
    all(invalid, first({ conntrack: INVALID }), again({ conntrack: { invalid: 1202 } })),
    [['info', /; now it calls few so \(1 per second\)$/]],
  ],
  [
    '409, which grows',
    'SVP409',
    all(invalid, first({ conntrack: INVALID }), again({ conntrack: { invalid: 1250 } })),
    [['warning', /^in 2\.0 s, conntrack on n1 called 50 packets INVALID \(25 per second\), and no rule drops/]],
  ],
  ['410, read once', 'SVP410', forward, [['warning', /beside 9000 that the other rules of the chain accepted: n1/]]],
  [
    '410, which goes on',
    'SVP410',
    all(forward, first({}), again({}, counted(160, 9100))),
    [['warning', /accepted; in the 2\.0 s since then 10 more, beside 100: n1/]],
  ],
  [
    '410, which is over',
    'SVP410',
    all(forward, first({}), again({}, counted(150, 9900))),
    [['info', /accepted; in the 2\.0 s since then 0 more, beside 900: n1/]],
  ],
  [
    '410, the chain of which was written anew',
    'SVP410',
    all(forward, first({}), again({}, counted(3, 40))),
    [['warning', /accepted: n1/]],
  ],
  ['412, one in a million since boot', 'SVP412', first(softnet(1_000_000, 1)), []],
  [
    '412, read once',
    'SVP412',
    first(softnet(1_000_000, 500)),
    [['info', /dropped 500 of 1000500 packets .*; one reading/]],
  ],
  [
    '412, which does not grow',
    'SVP412',
    all(first(softnet(1_000_000, 500)), again(softnet(1_100_000, 500))),
    [['info', /it does not happen now$/]],
  ],
  [
    '412, which grows from little',
    'SVP412',
    all(first(softnet(1_000_000, 1)), again(softnet(1_100_000, 7))),
    [['warning', /in 2\.0 s they dropped 6 \(3 per second\) before any rule saw them/]],
  ],
  [
    '412, the counters of a CPU that came',
    'SVP412',
    all(first(softnet(1_000_000, 0)), again(softnet(1_100_000, 0)), (files) => {
      const path = 'nodes/n1/counters-again.txt'
      files.set(path, `${files.get(path)}/proc/net/softnet_stat:000fffff 00000002 00000000\n`)
    }),
    [],
  ],
  ['413, many entries and none refused', 'SVP413', all(limit, first(arp(1100, 0)), again(arp(1100, 0))), []],
  [
    '413, refused long ago',
    'SVP413',
    all(limit, first(arp(90, 5))),
    [['info', /refused 5 new ones because it was full; it has 90 entries/]],
  ],
  [
    '413, refused and at its limit',
    'SVP413',
    all(limit, first(arp(1024, 5))),
    [['warning', /of 1024 that it may hold; one reading/]],
  ],
  [
    '413, at its limit, and none refused now',
    'SVP413',
    all(limit, first(arp(1024, 5)), again(arp(1024, 5))),
    [['info', /it does not happen now$/]],
  ],
  [
    '413, which grows',
    'SVP413',
    all(limit, first(arp(1024, 5)), again(arp(1024, 45))),
    [['error', /^the table of IPv4 neighbours of n1 is full .* in 2\.0 s it refused 40 new ones \(20 per second\)/]],
  ],
  ['414, ports are left', 'SVP414', all(range, masqueraded(159)), []],
  ['414, without the rule that leaves few ports', 'SVP414', masqueraded(200), []],
  [
    '414, nearly all used',
    'SVP414',
    all(range, masqueraded(160)),
    [
      [
        'warning',
        /from 172\.30\.0\.11 on n1 to 10\.244\.2\.2:8080\/tcp use 160 of 200 source ports: when none is left/,
      ],
    ],
  ],
  [
    '414, nearly all used and connections fail',
    'SVP414',
    all(
      range,
      masqueraded(195),
      lost,
      first({ conntrack: LOST }),
      again({ conntrack: { ...LOST, insert_failed: 27 } }),
    ),
    [
      [
        'error',
        /use 195 of 200 source ports, and in 2\.0 s 20 connections could not be inserted into conntrack \(10 per second\)/,
      ],
    ],
  ],
]

test.each(ROWS)('%s', async (_what, code, files, expected) => {
  const found = await findingsIn(code === 'SVP409' ? { capture: NFT, service: 'shop/web-dual', files } : { files })
  const told = found.filter((one) => one.code === code)
  expect(told.map(({ node, severity }) => [node, severity])).toEqual(expected.map(([severity]) => ['n1', severity]))
  for (const [i, { message }] of told.entries()) expect(message).toMatch(expected[i]![1])
})

test('source ports that are used up say why connections are lost', async () => {
  const files = all(
    range,
    masqueraded(195),
    lost,
    first({ conntrack: LOST }),
    again({ conntrack: { ...LOST, drop: 9 } }),
  )
  const found = await findingsIn({ files })
  expect(found.map(({ code, leadsTo }) => [code, leadsTo.map((one) => one.code)])).toEqual([['SVP414', ['SVP406']]])
})

test('both readings are evidence', async () => {
  const files = all(lost, first({ conntrack: LOST }), again({ conntrack: { ...LOST, drop: 9 } }))
  expect((await findingsIn({ files }))[0]!.evidence).toEqual([
    {
      node: 'n1',
      command: 'conntrack -S',
      file: 'nodes/n1/counters-again.txt',
      line: null,
      text: 'insert_failed=7 (+0 in 2.0 s) drop=9 (+2 in 2.0 s) early_drop=0 (+0 in 2.0 s)',
    },
  ])
})
