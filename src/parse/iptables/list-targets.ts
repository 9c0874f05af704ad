import { known } from '../parsed.ts'
import { type Form, form, type Groups, named, option, optional, unescaped } from './list-form.ts'
import type { Option } from './option.ts'

/** The form in which a target prints its options, after those of every match; undefined for one that prints none. */
export function targetForm(target: string): Form | undefined {
  return FORMS.get(target)
}

/** Several at once, and the same one twice, as mixed versions of iptables leave it (kubernetes/kubernetes#114537). */
const NAT_FLAGS = '(?: (?:random|random-fully|persistent))*'

const nat = (flag: string) =>
  form(String.raw`to:(?<to>\S*)(?<flags>${NAT_FLAGS})`, ({ to, flags }) => [
    ...optional(flag, to || undefined),
    ...named(flags, NONE),
  ])

const XMARK = '(?<op>and|or|xor|set|xset) (?<value>0x[0-9a-f]+)(?:/(?<mask>0x[0-9a-f]+))?'

const NONE = /^$/

const FORMS = new Map<string, Form>([
  ['DNAT', nat('--to-destination')],
  ['SNAT', nat('--to-source')],
  // 1.4 prints the network alone.
  ['NETMAP', form(String.raw`(?:to:)?(?<to>[0-9a-f.:]+/\S+)`, ({ to }) => [option('--to', [to!])])],
  [
    'REDIRECT',
    form(String.raw`redir ports (?<ports>\S+)(?<flags>${NAT_FLAGS})`, ({ ports, flags }) => [
      option('--to-ports', [ports!]),
      ...named(flags, NONE),
    ]),
  ],
  [
    'MASQUERADE',
    form(
      String.raw`(?:masq ports: (?<ports>\S+)|(?<first>random|random-fully))(?<flags>${NAT_FLAGS})`,
      ({ ports, first, flags }) => [...optional('--to-ports', ports), ...named(first, NONE), ...named(flags, NONE)],
    ),
  ],
  ['REJECT', form(String.raw`reject-with (?<type>\S+)`, ({ type }) => [option('--reject-with', [type!])])],
  ['MARK', form(`MARK ${XMARK}`, readMark)],
  [
    'CONNMARK',
    form(
      `CONNMARK (?:${XMARK}|(?<copy>save|restore)(?: mask (?<both>0x[0-9a-f]+)
        | (?<first>nfmask|ctmask) (?<firstMask>0x[0-9a-f]+) (?:nfmask|ctmask) ~?(?<lastMask>0x[0-9a-f]+))?)`,
      (groups) => (groups.copy ? readCopy(groups) : readMark(groups)),
    ),
  ],
  [
    'NFLOG',
    form(
      String.raw`(?=nflog-)(?:nflog-prefix (?:"(?<quoted>(?:[^"\\]|\\.){0,200})"|(?<bare>[^\s"]+)) ?)?
        (?<rest>(?:nflog-(?:group|range|size|threshold) \d+ ?)*)`,
      ({ quoted, bare, rest }) => [
        ...optional('--nflog-prefix', quoted === undefined ? bare : unescaped(quoted)),
        ...named(rest, /./),
      ],
    ),
  ],
  [
    'LOG',
    // Nothing is printed after the prefix, which may hold quotes of its own. Old versions open it with a backquote.
    form(
      String.raw`LOG(?: flags (?<flags>\d+))?(?: UNKNOWN)? level (?<level>\w+)
        (?<words>(?: (?:tcp-sequence|tcp-options|ip-options|uid|macdecode))*)
        (?: prefix ["\`](?<prefix>[^]{0,64}?)["'](?=\s*$))?`,
      readLog,
    ),
  ],
  [
    'TCPMSS',
    form(String.raw`TCPMSS (?:clamp to PMTU|set (?<mss>\d+))`, ({ mss }) => [
      mss ? option('--set-mss', [mss]) : option('--clamp-mss-to-pmtu'),
    ]),
  ],
  [
    'CT',
    // A rule with -j NOTRACK is listed with target CT and the word NOTRACK behind it. 1.4 prints `CTzone 7`.
    form(
      String.raw`(?:CT(?<words>(?: (?:notrack|(?:helper|timeout|ctevents|expevents) \S+))*)
        (?: ?(?<zone>zone(?:-orig|-reply)?) (?<id>\S+))?|NOTRACK)`,
      ({ words = 'notrack', zone, id }) => [...named(words, /^(?!notrack)/), ...optional(`--${zone}`, id)],
    ),
  ],
  [
    'SET',
    form(
      String.raw`(?<flag>(?:add|del|map)-set) (?<name>\S+) (?<sides>(?:src|dst)(?:,(?:src|dst))*)
        (?<rest>(?: (?:exist|timeout \d+|map-mark|map-prio|map-queue))*)`,
      ({ flag, name, sides, rest }) => [option(`--${flag}`, [name!, sides!]), ...named(rest, /^timeout$/)],
    ),
  ],
  [
    'TPROXY',
    form(
      String.raw`TPROXY redirect (?<address>\S+):(?<port>\d+) mark (?<mark>0x[0-9a-f]+/0x[0-9a-f]+)`,
      ({ address, port, mark }) => [
        option('--on-port', [port!]),
        option('--on-ip', [address!]),
        option('--tproxy-mark', [mark!]),
      ],
    ),
  ],
  ['CHECKSUM', form('CHECKSUM fill', () => [option('--checksum-fill')])],
])

/** xt_MARK knows one operation, mark = (mark & ~mask) ^ value, and a listing names its special cases. */
function readMark({ op, value, mask }: Groups): Option[] {
  const xmark = {
    and: `0x0/${hex(~Number(value))}`,
    or: `${value}/${value}`,
    xor: `${value}/0x0`,
    set: `${value}/${mask ?? '0xffffffff'}`,
    xset: `${value}/${mask}`,
  }[op!]!
  return [option('--set-xmark', [xmark])]
}

const hex = (bits: number): string => `0x${(bits >>> 0).toString(16)}`

/** `save`, `save mask M`, or `save nfmask M ctmask ~M`, where the tilde is a slip: what follows is the mask itself. */
function readCopy({ copy, both = '0xffffffff', first, firstMask, lastMask }: Groups): Option[] {
  const [nfmask, ctmask] = !first ? [both, both] : first === 'nfmask' ? [firstMask, lastMask] : [lastMask, firstMask]
  return [option(`--${copy}-mark`), option('--nfmask', [nfmask!]), option('--ctmask', [ctmask!])]
}

function readLog({ flags, level, words, prefix }: Groups): Option[] {
  const number = known(LOG_LEVELS, level!) ?? level!
  const bits = LOG_FLAGS.filter((_, bit) => (Number(flags ?? 0) >> bit) & 1)
  return [
    ...optional('--log-prefix', prefix),
    // Level 4, warning, is what iptables-save leaves out.
    ...(number === '4' ? [] : [option('--log-level', [number])]),
    ...named([...bits, words].join(' '), NONE).map((one) => ({ ...one, flag: one.flag.replace('--', '--log-') })),
  ]
}

const LOG_LEVELS: Record<string, string> = {
  ...{ emerg: '0', panic: '0', alert: '1', crit: '2', err: '3', error: '3', warn: '4', warning: '4' },
  ...{ notice: '5', info: '6', debug: '7' },
}

/** XT_LOG_TCPSEQ to XT_LOG_MACDECODE, bit by bit; XT_LOG_NFLOG is of no use here. */
const LOG_FLAGS = ['tcp-sequence', 'tcp-options', 'ip-options', 'uid', '', 'macdecode']
