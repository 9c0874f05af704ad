import { canonicalAddress, parseAddress } from '../../model/address.ts'
import type { Action, DnatTarget, PortRange } from '../../model/rules.ts'
import { MOST_PORT } from './match-values.ts'
import { readMasked } from './matches.ts'
import { type Option, printOptions } from './option.ts'

/** What `-j X` or `-g X` with its options does. A name that is no known target is a chain. */
export function targetAction(option: Option, options: readonly Option[]): Action {
  const name = option.args[0] ?? ''
  if (option.flag === '-g') return { kind: 'goto', chain: name }
  const value = (flag: string) => options.find((candidate) => candidate.flag === flag)?.args[0]
  switch (name) {
    case 'ACCEPT':
      return { kind: 'accept' }
    case 'DROP':
      return { kind: 'drop' }
    case 'RETURN':
      return { kind: 'return' }
    case 'REJECT':
      return { kind: 'reject', with: value('--reject-with') ?? null }
    case 'DNAT':
      // An older iptables than the one that wrote the rule shows `[unsupported revision]` for where it leads.
      return (option.args.length > 1 ? null : dnatAction(options)) ?? untold(option, options)
    case 'SNAT':
      return snat(value('--to-source') ?? '')
    case 'MASQUERADE':
      return { kind: 'masquerade', ...portsOf(dnatTarget(`:${value('--to-ports') ?? ''}`)) }
    case 'REDIRECT':
      return redirect(value('--to-ports'))
    case 'MARK':
      return markAction('packet', options) ?? unknown(option, options)
    case 'CONNMARK':
      return copyMark(options) ?? shiftedMark(options) ?? unknown(option, options)
    case 'NOTRACK':
      return { kind: 'notrack' }
    case 'CT':
      return options.some(({ flag }) => flag === '--notrack') ? { kind: 'notrack' } : noEffect(option, options)
    case 'SET':
      // The mark that an ipset holds for the packet is in no dump of rules.
      return value('--map-set') !== undefined && options.some(({ flag }) => flag === '--map-mark')
        ? { kind: 'anyMark', of: 'packet', bits: 0xffffffff, text: printOptions([option, ...options]) }
        : { ...noEffect(option, options), writes: value('--add-set') ?? value('--del-set') ?? '' }
    default:
      if (WITHOUT_EFFECT.has(name)) return noEffect(option, options)
      return UNSUPPORTED.has(name) ? unknown(option, options) : { kind: 'jump', chain: name }
  }
}

/** Targets that leave the packet and its way as they are. */
const WITHOUT_EFFECT = new Set(
  `LOG NFLOG ULOG TRACE AUDIT TCPMSS TCPOPTSTRIP CHECKSUM CLASSIFY DSCP TOS ECN HL TTL SECMARK CONNSECMARK RATEEST
  IDLETIMER LED`.split(/\s+/),
)

/** Targets that change the way and are not followed. */
const UNSUPPORTED = new Set('NETMAP TPROXY QUEUE NFQUEUE SYNPROXY CLUSTERIP HMARK TEE MIRROR SAME BALANCE'.split(' '))

const noEffect = (option: Option, options: readonly Option[]): Action & { kind: 'none' } => ({
  kind: 'none',
  text: printOptions([option, ...options]),
})

const unknown = (option: Option, options: readonly Option[]): Action & { kind: 'unknown' } => ({
  kind: 'unknown',
  text: printOptions([option, ...options]),
})

/** It translates, and where to is not known. */
const untold = (option: Option, options: readonly Option[]): Action => ({
  ...unknown(option, options),
  translates: true,
})

/**
 * One choice for each `--to-destination`; iptables before 2.6.11 allowed several. None at all is a rule gone wrong. Null where one is no address, as in
 * a line that was cut: where it leads is not known, which is not the same as nowhere.
 */
function dnatAction(options: readonly Option[]): Action | null {
  const texts = options.filter((option) => option.flag === '--to-destination').map((option) => option.args[0] ?? '')
  const targets = texts.length > 0 ? texts.map(dnatTarget) : [NOWHERE]
  const known = targets.filter((target) => target !== null)
  if (known.length < targets.length) return null
  return { kind: 'dnat', choices: known.map((target) => ({ probability: 1 / known.length, target })) }
}

/** `10.0.0.1`, or with ports `10.0.0.1:1024-2048`. */
const snat = (to: string): Action => ({ kind: 'snat', to, ...portsOf(dnatTarget(to)) })

/** A rule that names no ports takes any. */
const portsOf = (target: DnatTarget | null): { ports?: PortRange } =>
  target?.port ? { ports: { from: target.port, to: target.portEnd ?? target.port } } : {}

/** `8080` or `8080-8090`. */
function redirect(ports: string | undefined): Action {
  const [low, high] = (ports ?? '').split('-').map((text) => Number.parseInt(text, 10))
  if (!low) return { kind: 'redirect', port: null }
  return { kind: 'redirect', port: low, ...(high ? { portEnd: high } : {}) }
}

const NOWHERE: DnatTarget = { address: null, addressEnd: null, port: null, portEnd: null }

/** `10.0.0.1:80`, `10.0.0.1-10.0.0.9:80-90`, `[fd00::1]:80`, `fd00::1-fd00::9`, `:80`. */
function dnatTarget(text: string): DnatTarget | null {
  const plain = PLAIN.exec(text)
  if (plain && parseAddress(plain[1]!) && Number(plain[2]) <= MOST_PORT)
    return { address: plain[1]!, addressEnd: null, port: Number(plain[2]), portEnd: null }
  // Two colons and no bracket: IPv6 without a port.
  const bare = !text.startsWith('[') && text.indexOf(':') !== text.lastIndexOf(':')
  const parts = (bare ? /^(.*)$/ : WITH_PORT).exec(text)
  if (!parts || Math.max(Number(parts[2] ?? 0), Number(parts[3] ?? 0)) > MOST_PORT) return null
  const [from, to] = parts[1]!.replaceAll(/[[\]]/g, '').split('-')
  if ([from, to].some((address) => address && !parseAddress(address))) return null
  return {
    address: from ? canonicalAddress(from) : null,
    addressEnd: to ? canonicalAddress(to) : null,
    port: parts[2] ? Number(parts[2]) : null,
    portEnd: parts[3] ? Number(parts[3]) : null,
  }
}

/** Nearly all. */
const PLAIN = /^([\d.]+):(\d{1,5})$/
const WITH_PORT = /^(\[[^\]]*\](?:-\[[^\]]*\])?|[^:]*)(?::(\d+)(?:-(\d+))?(?:\/\d+)?)?$/

/** The five spellings of setting a mark, as xt_MARK computes them: mark = (mark & ~mask) ^ value. */
function markAction(of: 'packet' | 'connection', options: readonly Option[]): Action | null {
  for (const { flag, args } of options) {
    const mark = readMasked(args[0] ?? '')
    if (!mark) continue
    const { value, mask } = mark
    if (flag === '--set-xmark') return { kind: 'mark', of, and: ~mask >>> 0, xor: value }
    if (flag === '--set-mark') return { kind: 'mark', of, and: ~(mask | value) >>> 0, xor: value }
    if (flag === '--and-mark') return { kind: 'mark', of, and: value, xor: 0 }
    if (flag === '--or-mark') return { kind: 'mark', of, and: ~value >>> 0, xor: value }
    if (flag === '--xor-mark') return { kind: 'mark', of, and: 0xffffffff, xor: value }
  }
  return null
}

function copyMark(options: readonly Option[]): Action | null {
  const flags = new Map(options.map((option) => [option.flag, option.args[0] ?? '']))
  const direction = flags.has('--save-mark') ? 'save' : flags.has('--restore-mark') ? 'restore' : null
  if (!direction) return null
  const mask = (flag: string) => readMasked(flags.get(flag) ?? flags.get('--mask') ?? '0xffffffff')?.value
  const [ofPacket, ofConnection] = [mask('--nfmask'), mask('--ctmask')]
  const shift = shiftOf(options)
  if (ofPacket === undefined || ofConnection === undefined || shift === null) return null
  const [from, into] = direction === 'save' ? [ofPacket, ofConnection] : [ofConnection, ofPacket]
  const other = from === into ? {} : { into }
  return { kind: 'copyMark', direction, mask: from, ...other, ...(shift === 0 ? {} : { shift }) }
}

function shiftedMark(options: readonly Option[]): Action | null {
  const action = markAction('connection', options)
  const shift = shiftOf(options)
  if (action?.kind !== 'mark' || shift === null) return null
  return shift === 0 ? action : { ...action, shift }
}

/** By how many bits connmark_tg_shift of xt_connmark.c moves the mark, to the left; null where the number is none. */
function shiftOf(options: readonly Option[]): number | null {
  const option = options.find(({ flag }) => flag === '--left-shift-mark' || flag === '--right-shift-mark')
  if (!option) return 0
  const bits = Number(option.args[0])
  return Number.isInteger(bits) ? (option.flag === '--left-shift-mark' ? bits : -bits) : null
}
