import { describe, expect, test } from 'vitest'
import { parseListing } from '../../../src/parse/iptables/list.ts'
import { printOptions } from '../../../src/parse/iptables/option.ts'

/** The rule of a listing with this target, protocol and text behind the destination. */
const rule = (target: string, extras: string, protocol = 'tcp') =>
  parseListing(
    `Chain X (1 references)\n${target.padEnd(9)}  ${protocol.padEnd(4)} --  0.0.0.0/0            0.0.0.0/0            ${extras}\n`,
  ).chains[0]!.rules[0]!

const matches = (extras: string) => printOptions(rule('', extras, 'all').options)
const target = (name: string, extras: string) => printOptions(rule(name, extras, 'all').options)

describe('matches', () => {
  test.each([
    ['/* shop/web -> 10.0.0.1:80 */', '-m comment --comment "shop/web -> 10.0.0.1:80"'],
    ['/* cali:x */ /* two  spaces */', '-m comment --comment "cali:x" -m comment --comment "two  spaces"'],
    ['/*  */', '-m comment --comment ""'],
    ['/* a */ b */ tcp dpt:80', '-m comment --comment "a */ b" -m tcp --dport 80'],
    ['/* a */ b */', '-m comment --comment "a */ b"'],
    ['tcp dpt:http-alt', '-m tcp --dport 8080'],
    ['tcp dpts:30000:32767', '-m tcp --dport 30000:32767'],
    ['tcp spt:!53', '-m tcp ! --sport 53'],
    ['tcp spts:!1:1023 dpt:https', '-m tcp ! --sport 1:1023 --dport 443'],
    ['udp dpt:domain', '-m udp --dport 53'],
    ['udp dpt:no-such-service', '-m udp --dport no-such-service'],
    ['sctp dpt:80', '-m sctp --dport 80'],
    ['tcp flags:0x17/0x02', '-m tcp --tcp-flags FIN,SYN,RST,ACK SYN'],
    ['tcp flags:!SYN,RST,ACK/SYN', '-m tcp ! --tcp-flags SYN,RST,ACK SYN'],
    ['tcp flags:0x3F/0x00', '-m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE'],
    ['multiport dports 22,http', '-m multiport --dports 22,80'],
    ['multiport ports 53,5000:5100', '-m multiport --ports 53,5000:5100'],
    ['multiport sports  !80,443', '-m multiport ! --sports 80,443'],
    ['statistic mode random probability 0.33333333349', '-m statistic --mode random --probability 0.33333333349'],
    ['statistic mode random ! probability 0.5', '-m statistic --mode random ! --probability 0.5'],
    ['statistic ! mode random probability 0.5', '-m statistic --mode random ! --probability 0.5'],
    ['statistic mode nth every 3', '-m statistic --mode nth --every 3 --packet 0'],
    ['statistic mode nth every 3 packet 2', '-m statistic --mode nth --every 3 --packet 2'],
    [
      'recent: CHECK seconds: 600 reap name: KUBE-SEP-X side: source mask: 255.255.255.255',
      '-m recent --rcheck --seconds 600 --reap --name KUBE-SEP-X --mask 255.255.255.255 --rsource',
    ],
    [
      'recent: SET name: KUBE-SEP-X side: source mask: 255.255.255.255',
      '-m recent --set --name KUBE-SEP-X --mask 255.255.255.255 --rsource',
    ],
    [
      '! recent: UPDATE seconds: 60 hit_count: 4 TTL-Match name: x side: dest',
      '-m recent ! --update --seconds 60 --hitcount 4 --rttl --name x --rdest',
    ],
    ['ADDRTYPE match dst-type LOCAL', '-m addrtype --dst-type LOCAL'],
    ['ADDRTYPE match dst-typeLOCAL', '-m addrtype --dst-type LOCAL'],
    ['ADDRTYPE match src-type !LOCAL limit-out', '-m addrtype ! --src-type LOCAL --limit-iface-out'],
    ['mark match 0x4000/0x4000', '-m mark --mark 0x4000/0x4000'],
    ['mark match ! 0x4000/0x4000', '-m mark ! --mark 0x4000/0x4000'],
    ['MARK match 0x1', '-m mark --mark 0x1'],
    ['connmark match  0x80/0x80', '-m connmark --mark 0x80/0x80'],
    ['connmark match ! 0x80', '-m connmark ! --mark 0x80'],
    ['ctstate NEW,ESTABLISHED', '-m conntrack --ctstate NEW,ESTABLISHED'],
    ['! ctstate INVALID ctstatus ASSURED', '-m conntrack ! --ctstate INVALID --ctstatus ASSURED'],
    ['ctorigdst ip-10-0-2-1.ec2.internal/16 ctdir REPLY', '-m conntrack --ctorigdst 10.0.0.0/16 --ctdir REPLY'],
    ['state RELATED,ESTABLISHED', '-m state --state RELATED,ESTABLISHED'],
    ['! state NEW', '-m state ! --state NEW'],
    ['PHYSDEV match ! --physdev-is-in', '-m physdev ! --physdev-is-in'],
    ['PHYSDEV match --physdev-in veth+ ! --physdev-out e0', '-m physdev --physdev-in veth+ ! --physdev-out e0'],
    ['match-set cali40all-hosts-net src', '-m set --match-set cali40all-hosts-net src'],
    ['! match-set KUBE-LOOP-BACK dst,dst,src', '-m set ! --match-set KUBE-LOOP-BACK dst,dst,src'],
    ['set old-name src', '-m set --match-set old-name src'],
    ['nfacct-name  ct_state_invalid', '-m nfacct --nfacct-name  ct_state_invalid'],
    ['limit: avg 3/min burst 5', '-m limit --limit 3/min'],
    ['limit: avg 10/sec burst 50', '-m limit --limit 10/sec --limit-burst 50'],
    ['icmptype 8', '-m icmp --icmp-type 8'],
    ['icmptype 255', '-m icmp --icmp-type any'],
    ['icmptype 3 code 4', '-m icmp --icmp-type 3/4'],
    ['icmp !type 3 code 4', '-m icmp ! --icmp-type 3/4'],
    ['icmp type 8', '-m icmp --icmp-type 8'],
    ['icmp echo-request', '-m icmp --icmp-type echo-request'],
    ['icmp !redirect', '-m icmp ! --icmp-type redirect'],
    ['ipv6-icmptype 135', '-m icmp6 --icmpv6-type 135'],
    ['MAC 02:42:AC:11:00:02', '-m mac --mac-source 02:42:AC:11:00:02'],
    ['MAC ! 02:42:AC:11:00:02', '-m mac ! --mac-source 02:42:AC:11:00:02'],
    ['owner UID match 0', '-m owner --uid-owner 0'],
    ['! owner GID match 1-9 owner socket exists', '-m owner ! --gid-owner 1-9 --socket-exists'],
    ['rpfilter validmark invert', '-m rpfilter --validmark --invert'],
    ['! ipvs', '-m ipvs ! --ipvs'],
    ['vaddr 10.96.0.1 vport 80 vdir ORIGINAL', '-m ipvs --vaddr 10.96.0.1 --vport 80 --vdir ORIGINAL'],
    ['u32 ! "0x6&0xff=0x1:0x2"', '-m u32 ! --u32 "0x6&0xff=0x1:0x2"'],
    ['STRING match  "a \\"b" ALGO name bm TO 65535', '-m string --string "a \\"b" --algo bm --to 65535'],
    [
      'STRING match ! "|0d0a|" ALGO name kmp FROM 4 ICASE',
      '-m string ! --hex-string "|0d0a|" --algo kmp --from 4 --icase',
    ],
    ['socket --transparent', '-m socket --transparent'],
  ])('%s', (extras, options) => {
    expect(matches(extras)).toBe(options)
  })
})

describe('targets', () => {
  test.each([
    ['DNAT', 'to:10.0.0.1:8080', '--to-destination 10.0.0.1:8080'],
    ['DNAT', 'to:[fd00::1]:80 random persistent', '--to-destination [fd00::1]:80 --random --persistent'],
    ['DNAT', 'to::0 persistent persistent', '--to-destination :0 --persistent --persistent'],
    ['SNAT', 'to:192.0.2.1-192.0.2.9:1-9 random-fully', '--to-source 192.0.2.1-192.0.2.9:1-9 --random-fully'],
    ['REDIRECT', 'redir ports 8080', '--to-ports 8080'],
    ['MASQUERADE', 'masq ports: 1024-65535 random', '--to-ports 1024-65535 --random'],
    ['MASQUERADE', 'random-fully', '--random-fully'],
    ['REJECT', 'reject-with icmp-port-unreachable', '--reject-with icmp-port-unreachable'],
    ['MARK', 'MARK or 0x4000', '--set-xmark 0x4000/0x4000'],
    ['MARK', 'MARK and 0xfff1ffff', '--set-xmark 0x0/0xe0000'],
    ['MARK', 'MARK and 0xffffffff', '--set-xmark 0x0/0x0'],
    ['MARK', 'MARK xor 0x4000', '--set-xmark 0x4000/0x0'],
    ['MARK', 'MARK set 0x1', '--set-xmark 0x1/0xffffffff'],
    ['MARK', 'MARK xset 0x4000/0xff00', '--set-xmark 0x4000/0xff00'],
    ['CONNMARK', 'CONNMARK save', '--save-mark --nfmask 0xffffffff --ctmask 0xffffffff'],
    ['CONNMARK', 'CONNMARK restore mask 0xff', '--restore-mark --nfmask 0xff --ctmask 0xff'],
    ['CONNMARK', 'CONNMARK save nfmask 0x1 ctmask ~0x2', '--save-mark --nfmask 0x1 --ctmask 0x2'],
    ['CONNMARK', 'CONNMARK restore ctmask 0x2 nfmask ~0x1', '--restore-mark --nfmask 0x1 --ctmask 0x2'],
    ['CONNMARK', 'CONNMARK set 0x1/0xff', '--set-xmark 0x1/0xff'],
    ['NFLOG', 'nflog-prefix  "a \\"b\\" " nflog-group 100', '--nflog-prefix "a \\"b\\" " --nflog-group 100'],
    ['NFLOG', 'nflog-group 100', '--nflog-group 100'],
    ['LOG', 'LOG flags 0 level 4 prefix "DROP: "', '--log-prefix "DROP: "'],
    ['LOG', 'LOG flags 9 level 6', '--log-level 6 --log-tcp-sequence --log-uid'],
    ['LOG', 'LOG level debug uid macdecode', '--log-level 7 --log-uid --log-macdecode'],
    ['LOG', "LOG flags 0 level 4 prefix `old'", '--log-prefix old'],
    ['TCPMSS', 'TCPMSS clamp to PMTU', '--clamp-mss-to-pmtu'],
    ['TCPMSS', 'TCPMSS set 1360', '--set-mss 1360'],
    ['CT', 'CT notrack', '--notrack'],
    ['CT', 'NOTRACK', '--notrack'],
    ['CT', 'CTzone 7', '--zone 7'],
    ['CT', 'CT helper ftp zone-orig 7', '--helper ftp --zone-orig 7'],
    ['NETMAP', 'to:10.2.0.0/16', '--to 10.2.0.0/16'],
    ['SET', 'add-set nodes src exist timeout 60', '--add-set nodes src --exist --timeout 60'],
    [
      'TPROXY',
      'TPROXY redirect 127.0.0.1:15001 mark 0x1/0x1',
      '--on-port 15001 --on-ip 127.0.0.1 --tproxy-mark 0x1/0x1',
    ],
    ['CHECKSUM', 'CHECKSUM fill', '--checksum-fill'],
  ])('%s: %s', (name, extras, options) => {
    expect(target(name, extras)).toBe(`-j ${name} ${options}`)
  })

  test('a target that prints nothing, a chain, none at all, and goto', () => {
    expect(target('MASQUERADE', '')).toBe('-j MASQUERADE')
    expect(target('KUBE-MARK-MASQ', '')).toBe('-j KUBE-MARK-MASQ')
    expect(rule('', '', 'all').options).toEqual([])
    expect(target('KUBE-A', '[goto] /* x */')).toBe('-m comment --comment x -g KUBE-A')
  })

  test('the protocol before a target is the match of that protocol without options', () => {
    expect(printOptions(rule('DNAT', '/* shop/web */ tcp to:10.0.0.1:8080').options)).toBe(
      '-p tcp -m comment --comment "shop/web" -m tcp -j DNAT --to-destination 10.0.0.1:8080',
    )
  })
})

describe('what is not understood', () => {
  test.each([
    ['policy match dir in pol ipsec', '--unknown "policy match dir in pol ipsec" -j ACCEPT'],
    [
      'source IP range 10.0.0.1-10.0.0.9 tcp dpt:80',
      '--unknown "source IP range 10.0.0.1-10.0.0.9" -m tcp --dport 80 -j ACCEPT',
    ],
    [
      'tcp dpt:80 #conn src/32 > 5 ctstate NEW',
      '--unknown "#conn src/32 > 5" -m tcp --dport 80 -m conntrack --ctstate NEW -j ACCEPT',
    ],
    ['limit: up to 5/sec burst 5 mode srcip', '--unknown "limit: up to 5/sec burst 5 mode srcip" -j ACCEPT'],
    ['limit: avg 5/sec burst 5 mode srcip', '--unknown "limit: avg 5/sec burst 5 mode srcip" -j ACCEPT'],
    ['sctp dpt:80 any INIT', '--unknown "any INIT" -m sctp --dport 80 -j ACCEPT'],
    ['icmptype 3 codes 0-5', '--unknown "icmptype 3 codes 0-5" -j ACCEPT'],
    [
      "UNKNOWN match `frob' comment [unsupported revision]",
      '--unknown "UNKNOWN match `frob\\\' comment [unsupported revision]" -j ACCEPT',
    ],
    ['MARK or 0x4000', '--unknown "MARK or 0x4000" -j ACCEPT'],
    ['constructor __proto__', '--unknown "constructor __proto__" -j ACCEPT'],
    ['/* note */ frobnicate 7', '--unknown "frobnicate 7" -m comment --comment note -j ACCEPT'],
  ])('%s', (extras, options) => {
    expect(printOptions(rule('ACCEPT', extras, 'all').options)).toBe(options)
  })

  test('each stretch is a piece of its own, and all stand before the first module', () => {
    const { options } = rule('ACCEPT', 'length 9 tcp dpt:80 quota: 5 bytes')
    expect(options.slice(0, 3).map(({ flag, args }) => [flag, ...args])).toEqual([
      ['-p', 'tcp'],
      ['--unknown', 'length 9'],
      ['--unknown', 'quota: 5 bytes'],
    ])
  })
})

describe('a line that was cut', () => {
  test.each([
    ['in a comment', rule('DNAT', '/* shop/we'), 'the line ends inside a comment'],
    ['after the sign of a comment', rule('ACCEPT', '/*'), 'the line ends inside a comment'],
    ['before the address of DNAT', rule('DNAT', '/* shop/web */ tcp'), 'DNAT without its address'],
    ['DNAT of another version', rule('DNAT', 'DNAT [unsupported revision]'), 'DNAT without its address'],
    ['after "to:"', rule('SNAT', 'to:'), 'SNAT without its address'],
    ['never', rule('ACCEPT', 'x '.repeat(40_000)), 'longer than any rule'],
  ])('%s', (_, { problem }, expected) => {
    expect(problem).toBe(expected)
  })
})
