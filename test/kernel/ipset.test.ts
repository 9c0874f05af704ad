import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inIpset } from '../../src/kernel/ipset.ts'
import { type Answer, NO_MARK, type Packet } from '../../src/kernel/packet.ts'
import { type AddressSet, contains, formatAddress, parseCidr, single } from '../../src/model/address.ts'
import type { IpSet } from '../../src/model/ipset.ts'
import type { Side } from '../../src/model/rules.ts'
import { parseIpsets } from '../../src/parse/ipset/ipset.ts'

const setsOf = (text: string): IpSet[] => {
  const { items, problems } = parseIpsets(`${text}\n`, 'f')
  expect(problems).toEqual([])
  return items
}

interface Sent {
  protocol: string
  source: string | AddressSet
  destination: string | AddressSet
  port: number
  in?: string | null
  out?: string | null
}

const packetOf = ({ protocol, source, destination, port, in: inInterface = 'eth0', out = null }: Sent): Packet => ({
  protocol,
  source: typeof source === 'string' ? single(source) : source,
  sourceLocal: false,
  destination: typeof destination === 'string' ? single(destination) : destination,
  destinationLocal: false,
  destinationPort: port,
  inInterface,
  outInterface: out,
  bridged: false,
  mark: NO_MARK,
  connectionMark: NO_MARK,
  translated: false,
  untracked: false,
})

const SIDES: Record<string, Side> = { src: 'source', dst: 'destination' }
const ask = (text: string, match: string, sent: Partial<Sent>): Answer | 'maybe' => {
  const [set, words, exceptions] = match.split(' ')
  const sides = words!.split(',').map((word) => SIDES[word]!)
  const packet = packetOf({ protocol: 'tcp', source: '10.1.0.1', destination: '10.2.0.2', port: 80, ...sent })
  const answer = inIpset({ set: set!, sides, exceptions: exceptions !== undefined }, packet, setsOf(text))
  return typeof answer === 'boolean' ? answer : 'maybe'
}
const range = (...prefixes: string[]): AddressSet => ({
  family: prefixes[0]!.includes(':') ? 6 : 4,
  within: prefixes.map((prefix) => parseCidr(prefix)!),
  except: [],
})

describe('one packet', () => {
  it.each<[string, string, string, Partial<Sent>, Answer | 'maybe']>([
    ['an address and port', 'create s hash:ip,port family inet\nadd s 10.2.0.2,tcp:80', 's dst,dst', {}, true],
    ['another port', 'create s hash:ip,port family inet\nadd s 10.2.0.2,tcp:80', 's dst,dst', { port: 81 }, false],
    [
      'another protocol',
      'create s hash:ip,port family inet\nadd s 10.2.0.2,tcp:80',
      's dst,dst',
      { protocol: 'udp' },
      false,
    ],
    [
      'a source port that is not known',
      'create s hash:ip,port family inet\nadd s 10.1.0.1,tcp:80',
      's src,src',
      {},
      'maybe',
    ],
    ['fewer words than dimensions', 'create s hash:ip,port family inet\nadd s 10.2.0.2,tcp:80', 's dst', {}, false],
    ['more words than dimensions', 'create s hash:ip family inet\nadd s 10.2.0.2', 's dst,dst', {}, true],
    ['the other family', 'create s hash:ip family inet6\nadd s fd00::1', 's dst', {}, false],
    ['a bitmap', 'create s bitmap:port range 0-65535\nadd s 80', 's dst', {}, true],
    [
      'a bitmap does not see SCTP',
      'create s bitmap:port range 0-65535\nadd s 80',
      's dst',
      { protocol: 'sctp' },
      false,
    ],
    [
      'hairpin',
      'create s hash:ip,port,ip family inet\nadd s 10.2.0.2,tcp:80,10.2.0.2',
      's dst,dst,src',
      { source: '10.2.0.2' },
      true,
    ],
    ['no hairpin', 'create s hash:ip,port,ip family inet\nadd s 10.2.0.2,tcp:80,10.2.0.2', 's dst,dst,src', {}, false],
    [
      'perhaps hairpin',
      'create s hash:ip,port,ip family inet\nadd s 10.2.0.2,tcp:80,10.2.0.2',
      's dst,dst,src',
      { source: range('10.2.0.0/24') },
      'maybe',
    ],
    [
      'no hairpin of others',
      'create s hash:ip,port,ip family inet\nadd s 10.2.0.2,tcp:80,10.2.0.2',
      's dst,dst,src',
      { source: range('10.3.0.0/24') },
      false,
    ],
    ['an exception', 'create s hash:net family inet\nadd s 10.0.0.0/8\nadd s 10.1.0.0/16 nomatch', 's src', {}, false],
    [
      'beside an exception',
      'create s hash:net family inet\nadd s 10.0.0.0/8\nadd s 10.1.0.0/16 nomatch',
      's dst',
      {},
      true,
    ],
    [
      'within an exception',
      'create s hash:net family inet\nadd s 10.0.0.0/8\nadd s 10.1.0.0/16 nomatch\nadd s 10.1.0.0/24',
      's src',
      {},
      true,
    ],
    [
      'exceptions asked for',
      'create s hash:net family inet\nadd s 10.0.0.0/8\nadd s 10.1.0.0/16 nomatch',
      's src x',
      {},
      true,
    ],
    [
      'exceptions asked for, elsewhere',
      'create s hash:net family inet\nadd s 10.0.0.0/8\nadd s 10.1.0.0/16 nomatch',
      's dst x',
      {},
      false,
    ],
    [
      'all clients, in halves',
      'create s hash:net family inet\nadd s 0.0.0.0/1\nadd s 128.0.0.0/1',
      's src',
      { source: range('0.0.0.0/0') },
      true,
    ],
    [
      'all clients but one',
      'create s hash:net family inet\nadd s 0.0.0.0/1\nadd s 128.0.0.0/1\nadd s 10.1.0.0/24 nomatch',
      's src',
      { source: range('0.0.0.0/0') },
      'maybe',
    ],
    ['in by an interface', 'create s hash:net,iface family inet\nadd s 10.1.0.0/16,eth0', 's src,src', {}, true],
    ['in by another', 'create s hash:net,iface family inet\nadd s 10.1.0.0/16,eth1', 's src,src', {}, false],
    [
      'in by one whose name begins so',
      'create s hash:net,iface family inet\nadd s 10.1.0.0/16,eth wildcard',
      's src,src',
      {},
      true,
    ],
    [
      'out by nobody knows which',
      'create s hash:net,iface family inet\nadd s 10.2.0.0/16,eth1',
      's dst,dst',
      {},
      'maybe',
    ],
    [
      'a netmask',
      'create s hash:ip family inet netmask 16\nadd s 10.2.0.0',
      's dst',
      { destination: '10.2.9.9' },
      true,
    ],
    [
      'a list',
      'create a hash:ip family inet6\nadd a fd00::1\ncreate b hash:ip family inet\nadd b 10.2.0.2\ncreate s list:set size 8\nadd s a\nadd s b',
      's dst',
      {},
      true,
    ],
    ['a list with one that is not known', 'create s list:set size 8\nadd s a', 's dst', {}, 'maybe'],
    [
      'a list with one that is not known, and one that tells',
      'create b hash:ip family inet\nadd b 10.2.0.2\ncreate s list:set size 8\nadd s a\nadd s b',
      's dst',
      {},
      true,
    ],
    ['nothing in it', 'create s hash:ip family inet', 's dst', {}, false],
    ['one that is not there', 'create t hash:ip family inet', 's dst', {}, 'maybe'],
    [
      'members that are not known',
      'Name: s\nType: hash:ip\nHeader: family inet\nNumber of entries: 2',
      's dst',
      {},
      'maybe',
    ],
    ['a MAC address', 'create s hash:ip,mac family inet\nadd s 10.1.0.1,00:11:22:33:44:55', 's src,src', {}, 'maybe'],
    [
      'a MAC address of another',
      'create s hash:ip,mac family inet\nadd s 10.1.0.2,00:11:22:33:44:55',
      's src,src',
      {},
      false,
    ],
    [
      'IPv6',
      'create s hash:net family inet6\nadd s fd00:1::/32',
      's src',
      { source: 'fd00:1::5', destination: 'fd00:2::1' },
      true,
    ],
    ['a time limit', 'create s hash:ip family inet timeout 60\nadd s 10.2.0.2 timeout 5', 's dst', {}, true],
  ])('%s', (_name, text, match, sent, expected) => {
    expect(ask(text, match, sent)).toBe(expected)
  })
})

/** Sets and packets from a small world, so that they meet. */
const address = fc.nat(15).map((n) => formatAddress(4, 0x0a000000n + BigInt(n * 16)))
const net = fc.tuple(fc.nat(15), fc.integer({ min: 24, max: 32 })).map(([n, bits]) => {
  const free = BigInt(32 - bits)
  return `${formatAddress(4, ((0x0a000000n + BigInt(n * 16)) >> free) << free)}/${bits}`
})
const port = fc.constantFrom('tcp:80', 'tcp:81', 'udp:80', 'sctp:80')
const TYPES: Record<string, fc.Arbitrary<string>> = {
  'hash:ip': address,
  'hash:net': net,
  'hash:ip,port': fc.tuple(address, port).map((parts) => parts.join(',')),
  'hash:net,port': fc.tuple(net, port).map((parts) => parts.join(',')),
  'hash:ip,port,ip': fc.tuple(address, port, address).map((parts) => parts.join(',')),
  'hash:ip,port,net': fc.tuple(address, port, net).map((parts) => parts.join(',')),
  'hash:net,iface': fc.tuple(net, fc.constantFrom('eth0', 'eth1')).map((parts) => parts.join(',')),
  'bitmap:port': fc.constantFrom('80', '81'),
}

const world = fc.constantFrom(...Object.keys(TYPES)).chain((type) => {
  const exception = type.includes('net') ? fc.boolean() : fc.constant(false)
  return fc.record({
    type: fc.constant(type),
    members: fc.uniqueArray(fc.tuple(TYPES[type]!, exception), { maxLength: 12, selector: ([text]) => text }),
    sides: fc.array(fc.constantFrom<Side>('source', 'destination'), { minLength: 3, maxLength: 3 }),
    exceptions: fc.boolean(),
    source: address,
    destination: address,
    protocol: fc.constantFrom('tcp', 'udp', 'sctp'),
    port: fc.constantFrom(80, 81),
  })
})

interface World {
  type: string
  members: [string, boolean][]
  sides: Side[]
  exceptions: boolean
  source: string
  destination: string
  protocol: string
  port: number
}

const textOf = ({ type, members }: World): string =>
  [
    `create s ${type} ${type === 'bitmap:port' ? 'range 0-65535' : 'family inet'}`,
    ...members.map(([text, nomatch]) => `add s ${text}${nomatch ? ' nomatch' : ''}`),
  ].join('\n')

/** What ipset(8) says of it, for a packet of which all is known: of the members that fit, the one with the longest prefix counts. */
function naive({ type, members, sides, exceptions, source, destination, protocol, port }: World, sourcePort: number) {
  const kinds = type.split(':')[1]!.split(',')
  const fitting = members.flatMap(([text, nomatch]) => {
    const lengths: number[] = []
    const fits = text.split(',').every((word, i) => {
      const from = sides[i] === 'source'
      if (kinds[i] === 'port') {
        const [wanted, number] = word.includes(':') ? word.split(':') : [protocol === 'sctp' ? 'none' : protocol, word]
        return wanted === protocol && Number(number) === (from ? sourcePort : port)
      }
      if (kinds[i] === 'iface') return word === (from ? 'eth0' : 'eth1')
      const cidr = parseCidr(word)!
      if (kinds[i] === 'net') lengths.push(cidr.bits)
      return contains(cidr, parseCidr(from ? source : destination)!)
    })
    return fits ? [{ length: lengths[0] ?? 0, nomatch }] : []
  })
  const best = fitting.sort((a, b) => b.length - a.length)[0]
  return best !== undefined && best.nomatch === exceptions
}

describe('any set and packet', () => {
  const packet = ({ protocol, source, destination, port }: World) =>
    packetOf({ protocol, source, destination, port, in: 'eth0', out: 'eth1' })

  it('is answered as ipset(8) has it', () => {
    fc.assert(
      fc.property(world, (one) => {
        const answer = inIpset({ set: 's', ...one }, packet(one), setsOf(textOf(one)))
        const possible = new Set([80, 81, 50_000].map((sourcePort) => naive(one, sourcePort)))
        // Where members ask for the source port, nobody knows.
        const asks = one.type
          .split(':')[1]!
          .split(',')
          .some((kind, i) => kind === 'port' && one.sides[i] === 'source')
        if (possible.size === 1 && (!asks || typeof answer === 'boolean')) expect(answer).toBe([...possible][0])
        else expect(answer).toHaveProperty('maybe')
      }),
      { numRuns: 2000 },
    )
  })

  it('is never told wrongly of a client who may be one of many', () => {
    const clients = fc.tuple(
      world,
      fc.uniqueArray(net, { minLength: 1, maxLength: 3 }),
      fc.array(net, { maxLength: 2 }),
    )
    let certain = 0
    fc.assert(
      fc.property(clients, ([one, within, except]) => {
        const source: AddressSet = { ...range(...within), except: except.map((text) => parseCidr(text)!) }
        const all = Array.from({ length: 256 }, (_, n) => formatAddress(4, 0x0a000000n + BigInt(n)))
        const members = all.filter((text) => {
          const cidr = parseCidr(text)!
          return (
            source.within.some((part) => contains(part, cidr)) && !source.except.some((part) => contains(part, cidr))
          )
        })
        if (members.length === 0) return
        const answer = inIpset({ set: 's', ...one }, { ...packet(one), source }, setsOf(textOf(one)))
        const possible = new Set(
          members.flatMap((client) =>
            [80, 81, 50_000].map((sourcePort) => naive({ ...one, source: client }, sourcePort)),
          ),
        )
        if (typeof answer === 'boolean') {
          certain++
          expect([...possible]).toEqual([answer])
        }
      }),
      { numRuns: 1000 },
    )
    expect(certain).toBeGreaterThan(300)
  })
})

/** Why the kernel cannot be asked here; null where it can. */
function whyNoKernel(): string | null {
  try {
    execFileSync('unshare', ['--net', 'sh', '-c', 'ipset create a hash:net,iface && ipset create b hash:ip,port,net'], {
      stdio: 'ignore',
    })
    return null
  } catch {
    return 'it takes root, ipset (Debian: ipset) and a kernel with ip_set'
  }
}

describe.skipIf(whyNoKernel() !== null)('the kernel itself', () => {
  it('lists what it was given as it is read here', () => {
    const text = Object.keys(TYPES)
      .map((type, i) => {
        const [first] = fc.sample(fc.uniqueArray(TYPES[type]!, { minLength: 2, maxLength: 2 }), { numRuns: 1, seed: i })
        const create = `create s${i} ${type} ${type === 'bitmap:port' ? 'range 0-65535' : 'family inet'}`
        return [create, ...first!.map((member) => `add s${i} ${member}`)].join('\n')
      })
      .join('\n')
    const said = execFileSync('unshare', ['--net', 'sh', '-c', 'ipset restore && ipset save && ipset list'], {
      input: `${text}\n`,
    }).toString()
    const bare = (sets: IpSet[]) =>
      sets.map(({ name, type, family, members }) => ({
        name,
        type,
        family,
        members: members!.map(({ text }) => text.replace('/32', '')).sort(),
      }))
    expect(bare(setsOf(said)).sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(bare(setsOf(text)))
  })

  it('matches as is said here', () => {
    // A packet that the node sends to itself leaves by lo, and came in by nothing.
    const worlds = fc
      .sample(world, { numRuns: 150, seed: 7 })
      .filter(({ protocol }) => protocol !== 'sctp')
      .map(
        (one): World => ({
          ...one,
          members: one.members.map(([text, nomatch]) => [text.replace('eth0', 'lo'), nomatch]),
        }),
      )
    const words = { source: 'src', destination: 'dst' }
    const sets = worlds.map((one, i) => textOf(one).replace(/^(create|add) s/gm, `$1 s${i}`))
    const rules = worlds.map((one, i) => {
      const sides = one.sides.map((side) => words[side]).join(',')
      const packet = `-p ${one.protocol} -s ${one.source} -d ${one.destination} --sport ${SOURCE_PORT} --dport ${one.port}`
      return `-A OUTPUT ${packet} -m set --match-set s${i} ${sides}${one.exceptions ? ' --return-nomatch' : ''} -m comment --comment w${i}\n`
    })
    const own = Array.from({ length: 16 }, (_, n) => `ip addr add 10.0.0.${n * 16}/32 dev lo; `).join('')
    const script = [
      `ip link set lo up; ${own} printf '%s\\n' "$SETS" | ipset restore`,
      `printf '*filter\\n%sCOMMIT\\n' "$RULES" | iptables-restore`,
      `"$NODE" -e "$SEND" "$WORLDS" && iptables-save -c`,
    ].join(' && ')
    const env = {
      ...process.env,
      ...{ SETS: sets.join('\n'), RULES: rules.join(''), NODE: process.execPath, SEND, WORLDS: JSON.stringify(worlds) },
    }
    const said = execFileSync('unshare', ['--net', 'sh', '-c', script], { env }).toString()
    const matched = new Set([...said.matchAll(/^\[[1-9]\d*:\d+\].* --comment (w\d+)/gm)].map(([, name]) => name))
    let certain = 0
    for (const [i, one] of worlds.entries()) {
      const packet = packetOf({ ...one, in: '', out: 'lo' })
      const answer = inIpset({ set: 's', ...one }, packet, setsOf(textOf(one)))
      if (typeof answer !== 'boolean') continue
      certain++
      expect({ ...one, answer }).toEqual({ ...one, answer: matched.has(`w${i}`) })
    }
    expect(certain).toBeGreaterThan(60)
    expect(matched.size).toBeGreaterThan(10)
  })
})

const SOURCE_PORT = 50_000

/** Sends the first packet of each world. */
const SEND = `
const { createSocket } = require('node:dgram')
const { connect } = require('node:net')
const wait = (one) => new Promise((resolve) => {
  if (one.protocol === 'udp') {
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    socket.bind(${SOURCE_PORT}, one.source, () => socket.send('x', one.port, one.destination, () => socket.close(resolve)))
  } else {
    const socket = connect({ host: one.destination, port: one.port, localAddress: one.source, localPort: ${SOURCE_PORT} })
    socket.on('error', () => {})
    socket.on('close', resolve)
  }
})
const worlds = JSON.parse(process.argv[1])
;(async () => { for (const one of worlds) await wait(one) })()
`
