import { parseAddress, prefixesOf } from '../../model/address.ts'
import type { Match, Side } from '../../model/rules.ts'
import { known } from '../parsed.ts'
import { connectionMatches } from './connection-matches.ts'
import { addressMatch, portRange, protocolName } from './match-values.ts'
import { type Option, printOptions } from './option.ts'

/** Stands in a rule for the interfaces that `iptables -L` without -v leaves out: an ACCEPT of everything may be one of loopback only. */
export const HIDDEN_INTERFACES = '--interfaces-not-shown-without-v'

/** What the options outside any module ask: `-s`, `-d`, `-p`, `-i`, `-o`. */
export function coreMatches(options: readonly Option[]): Match[] {
  const matches: Match[] = []
  for (const option of options) {
    const negated = option.negation !== 'none'
    const arg = option.args[0] ?? ''
    switch (option.flag) {
      case '-s':
        matches.push(addressMatch('source', negated, arg))
        break
      case '-d':
        matches.push(addressMatch('destination', negated, arg))
        break
      case '-p':
        if (!ANY_PROTOCOL.has(arg)) matches.push(negated ? protocolMatch(arg, true) : ofProtocol(arg))
        break
      case '-i':
        matches.push({ kind: 'interface', side: 'in', negated, pattern: arg.replace(/\+$/, '*') })
        break
      case '-o':
        matches.push({ kind: 'interface', side: 'out', negated, pattern: arg.replace(/\+$/, '*') })
        break
      case '-4':
      case '-6':
        break
      case HIDDEN_INTERFACES:
        matches.push({ kind: 'unknown', text: option.flag, why: 'a listing without -v does not show the interfaces' })
        break
      default:
        matches.push(unknown([option]))
    }
  }
  return matches
}

const protocolMatch = (arg: string, negated: boolean): Match => ({
  kind: 'protocol',
  negated,
  protocols: [protocolName(arg)],
})

/** Most rules of a dump ask for one of two: one object serves them all. */
const ofProtocol = (arg: string): Match => (arg === 'tcp' ? TCP : arg === 'udp' ? UDP : protocolMatch(arg, false))
const [TCP, UDP] = [protocolMatch('tcp', false), protocolMatch('udp', false)]

/** What the options of one `-m` ask. A module or option that is not known gives an unknown match with its text. */
export function moduleMatches(module: { name: string; options: readonly Option[] }): Match[] {
  const read = known(MODULES, module.name)
  const matches = read?.(module.options)
  return matches ?? [unknownModule(module)]
}

/** Reads a module's options; null where one of them is beyond it. */
type Reader = (options: readonly Option[]) => Match[] | null

/** Modules whose options are ports. */
export const PORT_MODULES: readonly string[] = ['tcp', 'udp', 'sctp', 'dccp', 'udplite', 'multiport']

const MODULES: Record<string, Reader> = {
  ...Object.fromEntries(PORT_MODULES.map((name) => [name, each(portOption)])),
  // --comment itself stands in Rule.comment.
  comment: (options) => (options.length === 0 ? [] : null),
  conntrack: connectionMatches,
  state: connectionMatches,
  mark: each((option) => markMatch(option, 'packet')),
  connmark: each((option) => markMatch(option, 'connection')),
  iprange: each(rangeOption),
  addrtype: each(addressTypeOption),
  statistic,
  recent,
  set: ipset,
  nfacct: (options) => [{ kind: 'always', text: printOptions(options) }],
  physdev: each(physdevOption),
}

/** A reader for modules whose options stand each for themselves. */
function each(read: (option: Option) => Match | null): Reader {
  return (options) => {
    const matches = options.map(read)
    return matches.includes(null) ? null : (matches as Match[])
  }
}

/** `--src-range 10.0.0.1-10.0.0.9`; a single address stands for itself. */
function rangeOption({ flag, negation, args: [text = ''] }: Option): Match | null {
  const side = flag === '--src-range' ? 'source' : flag === '--dst-range' ? 'destination' : null
  const [low, high] = text.split('-').map(parseAddress)
  const end = text.includes('-') ? high : low
  if (!side || !low || !end || low.family !== end.family) return null
  const cidrs = prefixesOf(low.family, low.value, end.value)
  return { kind: 'address', side, negated: negation !== 'none', cidrs, text }
}

function portOption(option: Option): Match | null {
  const negated = option.negation !== 'none'
  const side = known(PORT_FLAGS, option.flag)
  if (side) {
    const ranges = (option.args[0] ?? '').split(',').map(portRange)
    return ranges.includes(null) ? null : { kind: 'port', side, negated, ranges: ranges as [number, number][] }
  }
  if (option.flag === '--syn') return { kind: 'tcpFlags', negated, mask: 23, set: 2 }
  if (option.flag !== '--tcp-flags') return null
  const [mask, set] = option.args.map(tcpFlags)
  return mask === undefined || set === undefined ? null : { kind: 'tcpFlags', negated, mask, set }
}

const PORT_FLAGS: Record<string, Side | 'either'> = {
  '--sport': 'source',
  '--sports': 'source',
  '--dport': 'destination',
  '--dports': 'destination',
  '--ports': 'either',
}

function tcpFlags(text: string): number {
  const bits: Record<string, number> = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ALL: 63, NONE: 0 }
  if (/^0x/.test(text)) return Number(text)
  return text.split(',').reduce((sum, word) => sum | (known(bits, word) ?? 0), 0)
}

function markMatch(option: Option, of: 'packet' | 'connection'): Match | null {
  const mark = readMasked(option.args[0] ?? '')
  return option.flag === '--mark' && mark ? { kind: 'mark', of, negated: option.negation !== 'none', ...mark } : null
}

/** `value` or `value/mask`, decimal or hexadecimal; unsigned 32-bit. */
export function readMasked(text: string): { value: number; mask: number } | null {
  const parts = /^(0x[\da-f]+|\d+)(?:\/(0x[\da-f]+|\d+))?$/i.exec(text)
  if (!parts) return null
  return { value: Number(parts[1]) >>> 0, mask: parts[2] ? Number(parts[2]) >>> 0 : 0xffffffff }
}

function addressTypeOption(option: Option): Match | null {
  const side = option.flag === '--src-type' ? 'source' : option.flag === '--dst-type' ? 'destination' : null
  if (!side) return null
  // match_type6 of xt_addrtype.c.
  const types = (option.args[0] ?? '').split(',')
  return { kind: 'addressType', side, negated: option.negation !== 'none', types, apart: true }
}

function statistic(options: readonly Option[]): Match[] | null {
  const probability = find(options, '--probability')
  if (probability) {
    const value = Number(probability.args[0])
    return value >= 0 && value <= 1
      ? [{ kind: 'random', negated: probability.negation !== 'none', probability: value }]
      : null
  }
  const every = find(options, '--every')
  return every && Number(every.args[0]) > 0
    ? [{ kind: 'nth', negated: every.negation !== 'none', every: Number(every.args[0]) }]
    : null
}

function recent(options: readonly Option[]): Match[] | null {
  const operation = options.find((option) => RECENT.test(option.flag))
  const list = find(options, '--name')?.args[0] ?? 'DEFAULT'
  // --rttl compares TTLs and --hitcount needs the list's history: neither can be told from a dump.
  if (!operation || find(options, '--rttl') || find(options, '--hitcount')) return null
  const seconds = find(options, '--seconds')?.args[0]
  return [
    {
      kind: 'recent',
      operation: operation.flag.slice(2) as 'set',
      negated: operation.negation !== 'none',
      list,
      seconds: seconds === undefined ? null : Number(seconds),
    },
  ]
}

const RECENT = /^--(set|rcheck|update|remove)$/

/** `--match-set NAME src,dst [--return-nomatch]`. Tests of a member's counters are beyond a dump; that they are not brought up to date makes no difference. */
function ipset(options: readonly Option[]): Match[] | null {
  const [match, ...others] = options.filter((option) => option.flag === '--match-set')
  const [set, words] = match?.args ?? []
  const sides = (words ?? '').split(',').map((word) => known(SIDES, word))
  if (!match || others.length > 0 || !set || !sides.every((side) => side !== undefined)) return null
  const rest = options.filter((option) => option !== match)
  const exceptions = rest.some(({ flag }) => flag === '--return-nomatch')
  if (!rest.every(({ flag }) => flag === '--return-nomatch' || UNCOUNTED.has(flag))) return null
  return [{ kind: 'ipset', negated: match.negation !== 'none', set, sides, exceptions }]
}

const SIDES: Record<string, Side> = { src: 'source', dst: 'destination' }
const UNCOUNTED = new Set(['--update-counters', '--update-subcounters'])

function physdevOption(option: Option): Match | null {
  const test = option.flag.replace('--physdev-', '')
  if (!/^(is-in|is-out|is-bridged|in|out)$/.test(test)) return null
  const name = option.args[0]?.replace(/\+$/, '*') ?? null
  return { kind: 'bridgePort', test: test as 'in', negated: option.negation !== 'none', name }
}

const find = (options: readonly Option[], flag: string) => options.find((option) => option.flag === flag)

const unknown = (options: readonly Option[]): Match => ({ kind: 'unknown', text: printOptions(options) })

/** The test of a module that the model has no kind for. */
function unknownModule({ name, options }: { name: string; options: readonly Option[] }): Match {
  const all: Option[] = [{ flag: '-m', negation: 'none', args: [name] }, ...options]
  const text = printOptions(all)
  if (!LASTING.has(name) || options.length === 0) return { kind: 'unknown', text }
  const negated = all.filter(({ negation }) => negation !== 'none').length === 1
  const plain = negated ? all.map((option): Option => ({ ...option, negation: 'none' })) : all
  return { kind: 'unknown', text, asks: { text: printOptions(plain), negated } }
}

/** Modules that give one packet the same answer again. */
const LASTING = new Set(
  'mac owner pkttype length string time cgroup socket rpfilter policy icmp icmp6 esp ah tcpmss'.split(' '),
)

const ANY_PROTOCOL = new Set(['all', '0', ''])
