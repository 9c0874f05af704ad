/** Tests and deeds that only one of iptables and nft knows, or that each spells in a way of its own: written out here. */
import fc from 'fast-check'
import { ADDRESSES, type Family, SERVICES } from './places.ts'

export type Dialect = 'iptables' | 'nft'

/** `protocol`: the text asks for it, and no other part of the rule may. */
export interface Spelt {
  text: string
  protocol: boolean
}

const plain = (...texts: string[]): Spelt[] => texts.map((text) => ({ text, protocol: false }))
const of = (protocol: string, ...texts: string[]): Spelt[] =>
  texts.map((text) => ({ text: `-p ${protocol} ${text}`, protocol: true }))
const ofNft = (...texts: string[]): Spelt[] => texts.map((text) => ({ text, protocol: true }))

/** Tests for anywhere in a table; in `raw` there is no conntrack entry yet, and in output no packet has come in. */
export function speltTest(family: Family, dialect: Dialect): fc.Arbitrary<Spelt> {
  return fc.constantFrom(...(dialect === 'iptables' ? iptablesTests(family) : nftTests(family)))
}

function iptablesTests(family: Family): Spelt[] {
  const { pod, outside, endpoint1, endpoint2, node } = ADDRESSES[family]
  const [first, second] = SERVICES[family]
  const types =
    family === 4
      ? ['BROADCAST', 'MULTICAST', 'UNICAST,LOCAL']
      : ['ANYCAST', 'MULTICAST', 'UNICAST,LOCAL', 'UNREACHABLE']
  return [
    ...['tcp', 'udp'].flatMap((protocol) => [
      ...of(
        protocol,
        '-m multiport --dports 80,8080:8443',
        '-m multiport ! --dports 443',
        '-m multiport --ports 80,8443',
      ),
      ...of(
        protocol,
        '-m multiport --sports 1024:65535',
        `-m ${protocol} --sport 1:1023`,
        `-m ${protocol} ! --sport 80`,
      ),
    ]),
    ...of('tcp', '-m tcp --tcp-flags SYN,ACK SYN', '-m tcp ! --syn', '-m tcp --tcp-flags FIN,RST RST'),
    ...plain(
      `-m iprange --src-range ${pod}-${outside}`,
      `-m iprange ! --dst-range ${endpoint1}-${endpoint2}`,
      `-m iprange --src-range ${node}-${outside} --dst-range ${first}-${second}`,
      '-m recent --set --name lab',
      '-m recent --rcheck --name lab',
      '-m recent ! --update --seconds 60 --name lab',
      '-m recent --rcheck --seconds 60 --hitcount 3 --name lab',
      '-m recent --remove --name lab',
      '-m limit --limit 1/sec --limit-burst 3',
      '-m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 3 --hashlimit-mode srcip --hashlimit-name lab',
      '-m physdev --physdev-is-in',
      '-m physdev ! --physdev-is-in',
      '-m physdev --physdev-in vethpod',
      '-m physdev ! --physdev-in veth+',
      '-m statistic --mode nth --every 2 --packet 0',
      '-m statistic --mode nth ! --every 3 --packet 1',
      `-m conntrack --ctorigdst ${first}`,
      `-m conntrack ! --ctorigdst ${second}`,
      `-m conntrack --ctorigdst ${first} --ctorigdstport 80`,
      `-m conntrack --ctorigsrc ${pod}`,
      `-m conntrack --ctreplsrc ${endpoint1}`,
      `-m conntrack ! --ctreplsrc ${endpoint2} --ctreplsrcport 8080:8443`,
      `-m conntrack --ctrepldst ${outside}`,
      '-m conntrack --ctorigdstport 80:443',
      '-m conntrack --ctorigsrcport 1024:65535',
      '-m conntrack --ctproto 6',
      '-m conntrack ! --ctproto 17',
      '-m conntrack --ctdir ORIGINAL',
      '-m conntrack --ctdir REPLY',
      '-m conntrack --ctstatus SEEN_REPLY',
      '-m conntrack ! --ctstatus ASSURED,CONFIRMED',
      '-m conntrack --ctstatus NONE',
      `-m conntrack --ctstate NEW --ctorigdst ${first}`,
      `-m conntrack --ctstate NEW,UNTRACKED,INVALID ! --ctorigdst ${first} --ctdir ORIGINAL`,
      '-m conntrack --ctexpire 1:1000',
      '-m mark --mark 0x5/0x1',
      '-m mark ! --mark 0x2/0x1',
      '-m length --length 1:65535',
      '-m set --match-set lab src',
      '-m set ! --match-set lab dst',
      ...types.flatMap((type) => [`-m addrtype --dst-type ${type}`, `-m addrtype ! --src-type ${type}`]),
      '-m addrtype --src-type LOCAL ! --dst-type LOCAL',
      '-m addrtype --dst-type UNICAST',
      '-m addrtype ! --dst-type UNICAST',
    ).map((one) => ({ ...one, text: one.text.replaceAll('match-set lab ', `match-set lab${family} `) })),
  ]
}

function nftTests(family: Family): Spelt[] {
  const ip = family === 4 ? 'ip' : 'ip6'
  const { pod, outside, endpoint1, endpoint2, node } = ADDRESSES[family]
  const [first, second] = SERVICES[family]
  return [
    ...ofNft(
      'tcp flags & (syn | ack) == syn',
      'tcp flags & (fin | rst) != 0',
      'tcp flags syn',
      'meta l4proto udp th dport { 80, 8080-8443 }',
      'meta l4proto tcp th sport 1024-65535',
      'udp sport != 80',
      'udp dport >= 443',
      'tcp dport != { 80, 443-8080 }',
      'meta l4proto tcp ct original proto-dst 80',
      'meta l4proto tcp ct original protocol tcp',
      `meta l4proto udp ct reply proto-src 443-8443`,
      `meta l4proto udp ${ip} daddr . meta l4proto . th dport { ${first} . tcp . 80, ${second} . udp . 80-8443 }`,
      `meta l4proto tcp ${ip} daddr . th dport != { ${first}-${second} . 80, ${endpoint1} . 443-8443 }`,
      `${ip} saddr . ${ip} daddr . tcp dport { ${pod} . ${first} . 80, ${node}-${outside} . ${second} . 1-1024 }`,
    ),
    ...plain(
      `${ip} saddr ${pod}-${outside}`,
      `${ip} daddr != ${endpoint1}-${endpoint2}`,
      `${ip} saddr . ${ip} daddr { ${pod} . ${first}-${second}, ${node} . ${first} }`,
      `ct original ${ip} daddr ${first}`,
      `ct original ${ip} daddr != ${second}`,
      `ct original ${ip} saddr ${pod}`,
      `ct reply ${ip} saddr ${endpoint1}`,
      `ct reply ${ip} daddr != ${outside}`,
      'ct direction original',
      'ct direction reply',
      'ct status seen-reply',
      'ct status != 0',
      'ct status & (assured | confirmed) == 0',
      'ct status & (snat | dnat) != 0',
      'limit rate 1/second burst 3 packets',
      'limit rate over 1/second burst 3 packets',
      'numgen inc mod 2 0',
      'numgen inc mod 4 { 0, 2-3 }',
      'numgen inc mod 3 < 2',
      'fib daddr type { local, broadcast, multicast }',
      'fib saddr type != unicast',
      'fib daddr type unicast',
      'fib daddr type != { unicast, local }',
      'meta mark & 0x3 { 1, 2 }',
      'meta mark 1-7',
      'meta mark != { 0, 2-3 }',
      'ct mark { 1, 2 }',
      'meta length > 1',
      'iifname { "cni0", "eth0" }',
    ),
  ]
}

/** What a rule may do besides, in chains that may do this or that. */
export function speltDeed(family: Family, dialect: Dialect, may: ReadonlySet<string>): fc.Arbitrary<Spelt> | null {
  const all = dialect === 'iptables' ? iptablesDeeds(family, may) : nftDeeds(family, may)
  return all.length > 0 ? fc.constantFrom(...all) : null
}

function iptablesDeeds(family: Family, may: ReadonlySet<string>): Spelt[] {
  const { endpoint1 } = ADDRESSES[family]
  const last = endpoint1.replace(/2$/, '3')
  const in6 = (from: string, to: string, ports: string) =>
    family === 4 ? `${from}-${to}:${ports}` : `[${from}-${to}]:${ports}`
  const one = family === 4 ? endpoint1 : `[${endpoint1}]`
  const deeds: Spelt[] = []
  if (may.has('dnat'))
    for (const protocol of ['tcp', 'udp'])
      deeds.push(
        ...of(
          protocol,
          '-j REDIRECT --to-ports 8080-8081',
          `-j DNAT --to-destination ${in6(endpoint1, last, '8080-8081')}`,
        ),
        ...of(protocol, `-j DNAT --to-destination ${one}:80-81`, '-j DNAT --to-destination :8080-8081'),
      )
  if (may.has('dnat')) deeds.push(...plain(`-j DNAT --to-destination ${endpoint1}-${last}`))
  if (may.has('snat')) {
    const [from, to] = family === 4 ? ['192.0.2.4', '192.0.2.7'] : ['2001:db8::4', '2001:db8::7']
    deeds.push(...plain(`-j SNAT --to-source ${from}-${to}`))
    for (const protocol of ['tcp', 'udp'])
      deeds.push(...of(protocol, `-j SNAT --to-source ${in6(from!, to!, '2000-3000')}`))
  }
  if (may.has('masquerade'))
    for (const protocol of ['tcp', 'udp']) deeds.push(...of(protocol, '-j MASQUERADE --to-ports 2000-3000'))
  if (may.has('connmark'))
    deeds.push(
      ...plain(
        '-j CONNMARK --set-xmark 0x1/0x3 --left-shift-mark 1',
        '-j CONNMARK --set-xmark 0x0/0x0 --right-shift-mark 1',
        '-j CONNMARK --save-mark --nfmask 0x3 --ctmask 0x1',
        '-j CONNMARK --save-mark --nfmask 0x3 --ctmask 0x6 --left-shift-mark 1',
        '-j CONNMARK --restore-mark --nfmask 0x1 --ctmask 0x3',
        '-j CONNMARK --restore-mark --nfmask 0x3 --ctmask 0x6 --right-shift-mark 1',
        '-j CONNMARK --xor-mark 0x3',
        '-j MARK --or-mark 0x2',
        '-j MARK --and-mark 0x1',
        // Marks can be taken from a set in the table mangle alone.
        ...(may.has('dnat') ? [] : [`-j SET --map-set lab${family} src --map-mark`]),
        `-j SET --add-set lab${family} dst --exist`,
      ),
    )
  if (may.has('notrack')) deeds.push(...plain('-j CT --zone 3', '-j CT --notrack'))
  return deeds
}

function nftDeeds(family: Family, may: ReadonlySet<string>): Spelt[] {
  const ip = family === 4 ? 'ip' : 'ip6'
  const { endpoint1, endpoint2, pod, outside } = ADDRESSES[family]
  const [first, second, third] = SERVICES[family]
  const deeds = plain(
    `${ip} saddr vmap { ${pod} : accept, ${outside} : return }`,
    'ct state vmap { new : return, invalid : accept }',
  )
  if (may.has('drop'))
    deeds.push(
      ...plain(
        `${ip} daddr . meta l4proto vmap { ${first} . tcp : drop, ${endpoint1}-${endpoint2} . udp : accept }`,
        'numgen inc mod 4 vmap { 0 : drop, 1-2 : accept }',
        `${ip} saddr . ${ip} daddr vmap { ${pod} . ${first}-${third} : accept, ${outside} . ${second} : drop }`,
      ),
    )
  if (may.has('dnat'))
    deeds.push(
      ...ofNft(
        'meta l4proto { tcp, udp } redirect to :8080-8081',
        `meta l4proto { tcp, udp } dnat ${ip} to ${family === 4 ? endpoint1 : `[${endpoint1}]`}:8080-8081`,
        `dnat ${ip} to ${ip} daddr . tcp dport map { ${first} . 80 : ${endpoint1} . 8080, ${second} . 80 : ${endpoint2} . 443 }`,
        `dnat ${ip} to udp dport map { 80-443 : ${endpoint1}, 8000-9000 : ${endpoint2} }`,
      ),
      ...plain(
        `dnat ${ip} to ${ip} daddr map { ${first} : ${endpoint1}, ${second}-${third} : ${endpoint2} }`,
        `dnat ${ip} to numgen inc mod 2 map { 0 : ${endpoint1}, 1 : ${endpoint2} }`,
        `dnat ${ip} to jhash ${ip} saddr mod 2 map { 0 : ${endpoint1}, 1 : ${endpoint2} }`,
      ),
    )
  if (may.has('snat'))
    deeds.push(...plain(`snat ${ip} to ${family === 4 ? '192.0.2.4-192.0.2.7' : '2001:db8::4-2001:db8::7'}`))
  if (may.has('connmark'))
    deeds.push(
      ...plain(
        'ct mark set meta mark & 0x1',
        'meta mark set ct mark & 0x3 | 0x2',
        'ct mark set (meta mark & 0x3) << 1',
        'meta mark set ct mark >> 1',
        'meta mark set ct mark accept',
        'meta mark set numgen inc mod 4',
        `meta mark set ${ip} daddr map { ${first} : 1, ${second} : 2 }`,
      ),
    )
  return deeds
}
