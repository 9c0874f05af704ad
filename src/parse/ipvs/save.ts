/** `ipvsadm -Sn`: each line a command that would make it anew (print_rule in ipvsadm.c). */
import type { IpvsProtocol, RealServer, VirtualServer } from '../../model/ipvs.ts'
import { readHostPort } from './address.ts'
import { blankReal, blankVirtual, type Line, type ServerLine, sourceOf } from './line.ts'

/** `-A -t 10.96.0.1:443 -s rr -p 600`, `-a -t 10.96.0.1:443 -r 172.30.0.2:6443 -m -w 1`; null for any other line. */
export function readSavedServer(line: Line): ServerLine | null {
  const words = line.text.split(/\s+/).filter((word) => word !== '')
  const command = words[0]
  if (command !== '-A' && command !== '-a') return null
  const options = optionsOf(words.slice(1))
  const by = options && serviceOf(options)
  if (!by) return null
  const source = sourceOf(line, 'ipvsadm -Sn')
  if (command === '-A') {
    const virtual = blankVirtual(by, 'save', source)
    return { virtual: { ...virtual, ...schedulingOf(options), family: options.has('-6') ? 6 : virtual.family } }
  }
  const server = readHostPort(options.get('-r') ?? '')
  const forwarding = [...FORWARDING].find(([flag]) => options.has(flag))?.[1]
  const weight = wholeNumber(options.get('-w'))
  if (!server || !forwarding || weight === null) return null
  return { real: { ...blankReal(server, source), forwarding, weight }, of: by }
}

/** Each option with its word; null where there is one that is not known, or one without its word: the line is cut off. */
function optionsOf(words: readonly string[]): Map<string, string> | null {
  const options = new Map<string, string>()
  for (let i = 0; i < words.length; i++) {
    const option = words[i]!
    if (FLAGS.has(option)) options.set(option, '')
    else if (WITH_WORD.has(option) && i + 1 < words.length) options.set(option, words[++i]!)
    else return null
  }
  return options
}

const FLAGS = new Set(['-m', '-g', '-i', '-o', '-6', '--tun-nocsum', '--tun-csum', '--tun-remcsum'])
const WITH_WORD = new Set([
  '-t',
  '-u',
  '-f',
  '--sctp-service',
  '-r',
  '-s',
  '-p',
  '-M',
  '-b',
  '-w',
  '-x',
  '-y',
  '--pe',
  '--tun-type',
  '--tun-port',
])

function serviceOf(options: ReadonlyMap<string, string>): Pick<VirtualServer, 'service' | 'firewallMark'> | null {
  const mark = wholeNumber(options.get('-f'))
  if (mark !== null) return { service: null, firewallMark: mark }
  for (const [flag, protocol] of SERVICES) {
    const place = readHostPort(options.get(flag) ?? '')
    if (place) return { service: { protocol, ...place }, firewallMark: null }
  }
  return null
}

const SERVICES: readonly (readonly [string, IpvsProtocol])[] = [
  ['-t', 'tcp'],
  ['-u', 'udp'],
  ['--sctp-service', 'sctp'],
]

const FORWARDING = new Map<string, NonNullable<RealServer['forwarding']>>([
  ['-m', 'masquerade'],
  ['-g', 'route'],
  ['-i', 'tunnel'],
])

/** A persistence without a word about its netmask counts each client for itself. */
function schedulingOf(
  options: ReadonlyMap<string, string>,
): Pick<VirtualServer, 'scheduler' | 'flags' | 'persistence'> {
  const seconds = wholeNumber(options.get('-p'))
  return {
    scheduler: options.get('-s') ?? null,
    flags: [...(options.has('-o') ? ['ops'] : []), ...(options.get('-b')?.split(',') ?? [])],
    persistence: options.has('-p') ? { seconds, mask: options.get('-M') ?? null } : 'none',
  }
}

const wholeNumber = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null
