import type { Option } from './option.ts'
import { readOptions } from './words.ts'

/**
 * Is a line one rule of `iptables-save` with a target, each flag with as many arguments as it takes? A flag that is not known is no proof. Of half a rule,
 * or of two halves joined wrongly, that is mostly not so.
 */
export function isWholeRule(line: string): boolean {
  const options = optionsOf(line) ?? []
  const isKnown = options.every((option) => argumentsOf(option.flag) !== null && isSound(option))
  return isKnown && options.some(({ flag }) => flag === '-j' || flag === '-g')
}

/** The same of a rule that may lack a target, and have flags that are not known. */
export const isSoundRule = (line: string): boolean => optionsOf(line)?.every(isSound) ?? false

function optionsOf(line: string): Option[] | null {
  const found = /^(?:\[\d+:\d+\] )?-A [\w:.+-]+/.exec(line)
  return found && readOptions(line, found[0].length, line.length)
}

const isSound = ({ flag, args }: Option): boolean =>
  args.length === (argumentsOf(flag) ?? args.length) && fits(flag, args)

function argumentsOf(flag: string): number | null {
  if (BARE.has(flag)) return 0
  if (PAIRS.has(flag)) return 2
  return SINGLE.has(flag) ? 1 : null
}

/** What is known of the form of arguments. */
function fits(flag: string, [value = '', other = '']: readonly string[]): boolean {
  if (flag === '-s' || flag === '-d') return /^(?:\d+(?:\.\d+){3}\/\d+|[\da-f:]+(?:\.\d+){0,3}\/\d+)$/.test(value)
  if (flag === '-j' || flag === '-g') return isChain(value)
  if (/^--[sd]ports?$/.test(flag)) return /^\d{1,5}(?:[,:]\d{1,5})*$/.test(value)
  if (flag === '--to-destination') return /^(?:[\d.]{7,}|\[[\da-f:]+\]):\d{1,5}$/.test(value)
  if (flag === '-m') return MODULES.has(value)
  if (flag === '-p') return /^(?:tcp|udp|sctp|icmp|ipv6-icmp|\d+)$/.test(value)
  if (flag === '--match-set') return /^(?:src|dst)(?:,(?:src|dst))*$/.test(other)
  return true
}

/** Chains of kube-proxy's services end with a hash of fixed length. */
const isChain = (name: string): boolean =>
  /^KUBE-(?:S|SV|SVC|SVL|SE|SEP|E|EX|EXT|F|FW|X|XL|XLB)(?:-|$)/.test(name)
    ? /^KUBE-(?:SVC|SVL|SEP|EXT|FW|XLB)-[A-Z2-7]{16}$/.test(name)
    : /^[\w:.+-]+[\w+]$/.test(name)

const set = (words: string) => new Set(words.split(' '))

const BARE = set(
  '-f --random --random-fully --persistent --rcheck --set --update --remove --rsource --rdest --reap --rttl --restore-mark --save-mark --notrack ' +
    '--validmark --physdev-is-in --physdev-is-out --physdev-is-bridged --syn --socket-exists --transparent --nowildcard --loose --accept-local --invert --log-uid',
)
const PAIRS = set('-c --tcp-flags --match-set --add-set --del-set')
const SINGLE = set(
  '-s -d -p -i -o -m -j -g --comment --dport --sport --dports --sports --ports --dst-type --src-type --limit-iface-in --mark --set-xmark --set-mark ' +
    '--or-mark --and-mark --xor-mark --ctstate --ctstatus --ctorigdst --ctorigdstport --ctorigsrc --ctdir --ctproto --ctreplsrc --ctrepldst --state ' +
    '--to-destination --to-source --to-ports --to --mode --probability --every --packet --reject-with --name --mask --seconds --hitcount --nfmask --ctmask ' +
    '--log-prefix --log-level --limit --limit-burst --icmp-type --icmpv6-type --nfacct-name --zone --helper --timeout --physdev-in --physdev-out --src-range ' +
    '--dst-range --tos --dscp --uid-owner --gid-owner --clamp-mss-to-pmtu --set-mss --mss --pkt-type --hashlimit-upto --hashlimit-above --hashlimit-burst ' +
    '--hashlimit-mode --hashlimit-name --connlimit-above --connlimit-upto --connlimit-mask --nflog-group --nflog-prefix',
)
const MODULES = set(
  'comment tcp udp sctp icmp icmp6 ipv6-icmp addrtype mark connmark conntrack state statistic recent limit hashlimit connlimit multiport physdev iprange ' +
    'set nfacct rpfilter socket owner string u32 pkttype length ttl tos dscp tcpmss mac bpf cgroup time connbytes ipvs policy esp ah rt hl frag',
)
