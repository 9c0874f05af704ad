import type { Family } from '../../model/address.ts'
import { addressArgument } from './list-address.ts'
import { type Form, form, type Groups, glued, named, option, optional, unescaped } from './list-form.ts'
import type { Option } from './option.ts'
import { portNumbers } from './port-words.ts'

/**
 * The form of the match that prints something beginning at `at` of a rule's extras; undefined where no match begins so.
 *
 * The forms follow the `print` functions of iptables' libxt_*.c, libipt_*.c and libip6t_*.c in 1.4.21 and 1.8.11, the
 * options their `save` functions. Up to 1.4.10 each word had its space behind and not before it, which reads the same.
 */
export function matchForm(extras: string, at: number): Form | undefined {
  FIRST_WORD.lastIndex = at
  return FORMS.get(FIRST_WORD.exec(extras)?.[1] ?? '')
}

/** 1.4.7 prints `!recent: …`, 1.8.7 `MAC02:42:ac:11:00:02`. */
const FIRST_WORD = /(?:!\s*)?(MAC(?=[\da-f]{2}:)|[\w-]+)/iy

const MARK = '(?<not>! ?)?(?<mark>0x[0-9a-f]+(?:/0x[0-9a-f]+)?)'

const readMark = (module: string) => (groups: Groups) => [
  option('-m', [module]),
  ...optional('--mark', groups.mark, groups.not),
]

/** `ctstate NEW ! ctorigdst 10.96.0.1`: any of these, each with one argument, one after the other. */
const CONNTRACK = run(String.raw`ct(?:state|proto|(?:orig|repl)(?:src|dst)(?:port)?|status|expire|dir) [^\s!]+`)
const CONNTRACK_WORDS = `ctstate ctproto ctorigsrc ctorigdst ctreplsrc ctrepldst ctorigsrcport ctorigdstport
  ctreplsrcport ctrepldstport ctstatus ctexpire ctdir`

const IPVS = run(String.raw`(?:ipvs|v(?:proto|addr|port|dir|method|portctl) [^\s!]+)`)

const OWNER = run(String.raw`(?:owner (?:socket exists|(?:UID|GID|PID|SID|CMD) match \S+)|incl\. suppl\. groups)`)

/** By the words that a form can begin with. */
const FORMS = new Map<string, Form>(
  Object.entries({
    tcp: ports('tcp'),
    udp: ports('udp'),
    sctp: ports('sctp'),
    dccp: ports('dccp'),
    multiport: form(
      String.raw`multiport (?<side>sports|dports|ports) (?<not>! ?)?(?<ports>[^\s!]+)`,
      ({ side, not, ports }) => [option('-m', ['multiport']), option(`--${side}`, [portNumbers(ports!)], not)],
    ),
    'icmp icmptype ipv6-icmp ipv6-icmptype': form(
      String.raw`(?<protocol>icmp|ipv6-icmp)
        (?: ?(?:(?<not>!) ?)?type (?<type>\d+)(?: code (?<code>\d+))?(?! codes)
        | (?<name>!?(?!type\b)[A-Za-z][\w-]*))`,
      readIcmp,
    ),
    [CONNTRACK_WORDS]: form(CONNTRACK, ({ all }, { family }) => [
      option('-m', ['conntrack']),
      ...named(all, /./).map((one) => (ADDRESS.test(one.flag) ? withAddress(one, family) : one)),
    ]),
    state: form('(?<not>! )?state (?<states>[A-Z,]+)', ({ not, states }) => [
      option('-m', ['state']),
      option('--state', [states!], not),
    ]),
    mark: form(`mark match ${MARK}`, readMark('mark')),
    MARK: form(`MARK match ${MARK}`, readMark('mark')),
    connmark: form(`connmark match ${MARK}`, readMark('connmark')),
    CONNMARK: form(`CONNMARK match ${MARK}`, readMark('connmark')),
    statistic: form(
      // The old place of the negation is before the mode.
      String.raw`statistic(?<early> !)? mode (?:random|nth)(?<not> !)?
        (?: probability (?<probability>[\d.]+)| every (?<every>\d+)(?: packet (?<packet>\d+))?)`,
      readStatistic,
    ),
    recent: form(
      String.raw`(?<not>! ?)?recent: (?<test>SET|CHECK|UPDATE|REMOVE)(?: seconds: (?<seconds>\d+))?(?<reap> reap)?
        (?: hit_count: (?<hits>\d+))?(?<ttl> TTL-Match)? name: (?<name>\S+)
        (?: side: (?<side>source|dest))?(?: mask: (?<mask>\S+))?`,
      readRecent,
    ),
    ADDRTYPE: form(
      // Revision 0 prints `dst-typeLOCAL`.
      `ADDRTYPE match(?= (?:src|dst)-type)(?: src-type (?<src>!?[A-Z,]+))?
        (?: dst-type ?(?<dst>!?[A-Z,]+))?(?: limit-(?<limit>in|out))?`,
      ({ src, dst, limit }) => [
        option('-m', ['addrtype']),
        ...glued('--src-type', src),
        ...glued('--dst-type', dst),
        ...(limit ? [option(`--limit-iface-${limit}`)] : []),
      ],
    ),
    PHYSDEV: form(
      String.raw`PHYSDEV match(?<tests>(?:(?: !)? --physdev-(?:is-in|is-out|is-bridged|(?:in|out) \S+))+)`,
      ({ tests }) => [option('-m', ['physdev']), ...named(tests, /^physdev-(?:in|out)$/)],
    ),
    'match-set set': form(
      String.raw`(?<not>! )?(?:match-)?set (?<name>\S+) (?<sides>(?:src|dst)(?:,(?:src|dst))*)
        (?<rest>(?:(?: !)? (?:return-nomatch|update-(?:sub)?counters|(?:packets|bytes)-(?:eq|lt|gt) \d+))*)`,
      ({ not, name, sides, rest }) => [
        option('-m', ['set']),
        option('--match-set', [name!, sides!], not),
        ...named(rest, /^(?:packets|bytes)-/),
      ],
    ),
    'nfacct-name': form(String.raw`nfacct-name (?<name>\S+)`, ({ name }) => [
      option('-m', ['nfacct']),
      option('--nfacct-name', [name!]),
    ]),
    // hashlimit's first revision begins in the same way.
    limit: form(String.raw`limit: avg (?<rate>\d+/[a-z]+) burst (?<burst>\d+)(?! mode)`, ({ rate, burst }) => [
      option('-m', ['limit']),
      option('--limit', [rate!]),
      // XT_LIMIT_BURST, which iptables-save leaves out.
      ...(burst === '5' ? [] : [option('--limit-burst', [burst!])]),
    ]),
    MAC: form('MAC ?(?<not>! ?)?(?<mac>[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5})', ({ not, mac }) => [
      option('-m', ['mac']),
      option('--mac-source', [mac!], not),
    ]),
    'owner incl': form(OWNER, ({ all }) => [option('-m', ['owner']), ...readOwners(all!)]),
    rpfilter: form('rpfilter(?<all>(?: (?:loose|validmark|accept-local|invert))*)', ({ all }) => [
      option('-m', ['rpfilter']),
      ...named(all, /^$/),
    ]),
    'ipvs vproto vaddr vport vdir vmethod vportctl': form(IPVS, ({ all }) => [
      option('-m', ['ipvs']),
      ...named(all, /^v/),
    ]),
    // The quotes came with 1.4.11.
    u32: form(String.raw`u32 (?<not>! ?)?"?(?<tests>0x[^\s"]+)"?`, ({ not, tests }) => [
      option('-m', ['u32']),
      option('--u32', [tests!], not),
    ]),
    STRING: form(
      String.raw`STRING match (?<not>! ?)?"(?<text>(?:[^"\\]|\\.){0,300})" ALGO name (?<algo>\w+)
        (?: FROM (?<from>\d+))?(?: TO (?<to>\d+))?(?<icase> ICASE)?`,
      readString,
    ),
    socket: form('socket(?<all>(?: --(?:transparent|nowildcard|restore-skmark))*)', ({ all }) => [
      option('-m', ['socket']),
      ...named(all, /^$/),
    ]),
  }).flatMap(([words, made]) => words.split(/\s+/).map((word): [string, Form] => [word, made])),
)

/** A pattern for one item or several of a kind, each perhaps negated. */
function run(item: string): string {
  return `(?<all>(?:! )?${item}(?: (?:! )?${item})*)`
}

/** `tcp spts:1024:65535 dpt:!80 flags:0x17/0x02`; a bare `tcp` for the match without options. */
function ports(protocol: string): Form {
  return form(
    String.raw`${protocol}(?: spts?:(?<sport>\S+))?(?: dpts?:(?<dport>\S+))?(?: option=(?<option>\S+))?
      (?: flags:(?<mask>[^\s/]+)/(?<set>\S+))?`,
    (groups) => [
      option('-m', [protocol]),
      ...glued('--sport', groups.sport).map(withPorts),
      ...glued('--dport', groups.dport).map(withPorts),
      ...glued(`--${protocol}-option`, groups.option),
      ...glued('--tcp-flags', groups.mask).map((flags) => ({
        ...flags,
        args: [tcpFlags(flags.args[0]!), tcpFlags(groups.set!)],
      })),
    ],
  )
}

const withPorts = (one: Option): Option => ({ ...one, args: one.args.map(portNumbers) })

/** With -n flags are printed as hexadecimal bits. */
function tcpFlags(text: string): string {
  if (!text.startsWith('0x')) return text
  const names = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'].filter((_, bit) => (Number(text) >> bit) & 1)
  return names.join(',') || 'NONE'
}

/** A type by number, which for ICMPv4 255 is any, or with names shown by its name. */
function readIcmp({ protocol, not, type, code, name }: Groups): Option[] {
  const [module, flag] = protocol === 'icmp' ? ['icmp', '--icmp-type'] : ['icmp6', '--icmpv6-type']
  if (name) return [option('-m', [module]), ...glued(flag, name)]
  const any = protocol === 'icmp' && type === '255' && code === undefined
  const value = any ? 'any' : code === undefined ? type! : `${type}/${code}`
  return [option('-m', [module]), option(flag, [value], not)]
}

const ADDRESS = /^--ct(?:orig|repl)(?:src|dst)$/

/** iptables-save prints these addresses without their full-length mask. */
const withAddress = (one: Option, family: Family): Option => ({
  ...one,
  args: one.args.map((address) => addressArgument(address, family).replace(/\/(?:32|128)$/, '')),
})

function readStatistic({ early, not = early, probability, every, packet }: Groups): Option[] {
  const mode = probability === undefined ? 'nth' : 'random'
  return [
    option('-m', ['statistic']),
    option('--mode', [mode]),
    ...optional('--probability', probability, not),
    ...optional('--every', every, not),
    ...(mode === 'nth' ? [option('--packet', [packet ?? '0'])] : []),
  ]
}

const RECENT = { SET: '--set', CHECK: '--rcheck', UPDATE: '--update', REMOVE: '--remove' }

function readRecent({ not, test, seconds, reap, hits, ttl, name, side, mask }: Groups): Option[] {
  return [
    option('-m', ['recent']),
    option(RECENT[test as keyof typeof RECENT], [], not),
    ...optional('--seconds', seconds),
    ...(reap ? [option('--reap')] : []),
    ...optional('--hitcount', hits),
    ...(ttl ? [option('--rttl')] : []),
    option('--name', [name!]),
    ...optional('--mask', mask),
    ...(side ? [option(`--r${side}`)] : []),
  ]
}

function readOwners(text: string): Option[] {
  const items = text.matchAll(/(?:(!)\s+)?(?:owner\s+(?:(socket)|([A-Z])([A-Z]+)\s+match\s+(\S+))|incl)/g)
  return Array.from(items, ([, not, socket, first, rest, value]) => {
    if (socket) return option('--socket-exists', [], not)
    return value ? option(`--${(first! + rest!).toLowerCase()}-owner`, [value], not) : option('--suppl-groups', [], not)
  })
}

function readString({ not, text, algo, from, to, icase }: Groups): Option[] {
  const hex = /^\|.*\|$/.test(text!)
  return [
    option('-m', ['string']),
    option(hex ? '--hex-string' : '--string', [unescaped(text!)], not),
    option('--algo', [algo!]),
    ...optional('--from', from),
    ...optional('--to', to),
    ...(icase ? [option('--icase')] : []),
  ]
}
