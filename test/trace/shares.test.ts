import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sendPacket } from '../../src/kernel/hooks.ts'
import type { Journey } from '../../src/kernel/journey.ts'
import { NO_MARK, type Packet } from '../../src/kernel/packet.ts'
import { everything, single } from '../../src/model/address.ts'
import type { NodeState } from '../../src/model/node.ts'
import { parseSave } from '../../src/parse/iptables/save.ts'
import { parseNftText } from '../../src/parse/nft/text.ts'
import { KUBE_PROXY_NAMES } from '../../src/proxies/kube-proxy/walk-names.ts'
import { NOTHING } from '../nothing.ts'

const bare: NodeState = {
  ...NOTHING,
  routes: [
    {
      family: 4,
      destination: '0.0.0.0/0',
      type: 'unicast',
      hops: [{ gateway: '172.30.0.1', device: 'eth0' }],
      table: 'main',
      metric: 0,
      source: null,
    },
  ],
}

const packetTo = (address: string, port: number, source = single('10.244.1.9')): Packet => ({
  protocol: 'tcp',
  source,
  sourceLocal: false,
  destination: single(address),
  destinationLocal: false,
  destinationPort: port,
  inInterface: 'cni0',
  outInterface: '',
  bridged: false,
  mark: NO_MARK,
  connectionMark: NO_MARK,
  translated: false,
  untracked: false,
})

const HEADS = ['PREROUTING', 'OUTPUT', 'POSTROUTING'].map((name) => `:${name} ACCEPT [0:0]`)

const saved = (rules: readonly string[]) => parseSave(['*nat', ...HEADS, ...rules, 'COMMIT', ''].join('\n'), 'rules')

const AIDS = { names: KUBE_PROXY_NAMES, stations: [], starts: [], resolve: () => null }

const send = (rules: readonly string[], packet: Packet): Journey[] =>
  sendPacket({ ...bare, rulesets: [saved(rules)] }, 'prerouting', packet, AIDS).all

/** Where the connections go: target or fate → share. */
function outcome(journeys: readonly Journey[]): Record<string, number> {
  const shares: Record<string, number> = {}
  for (const { ending, fate, probability } of journeys) {
    const target =
      ending?.verdict.kind === 'dnat' ? `${ending.verdict.target.address}:${ending.verdict.target.port}` : fate
    shares[target] = (shares[target] ?? 0) + probability
  }
  return shares
}

const address = (i: number) => `10.1.${i >> 8}.${i & 255}`

describe('shares', () => {
  test.each([1, 2, 3, 5, 10, 50, 300])('kube-proxy’s cascade for %i endpoints gives each 1/n', (count) => {
    const rules = Array.from({ length: count }, (_, i) => {
      const draw = i < count - 1 ? `-m statistic --mode random --probability ${(1 / (count - i)).toFixed(11)} ` : ''
      return [`-A SVC ${draw}-j SEP-${i}`, `-A SEP-${i} -p tcp -m tcp -j DNAT --to-destination ${address(i)}:80`]
    })
    const shares = outcome(send(['-A PREROUTING -j SVC', ...rules.flat()], packetTo('10.96.0.1', 80)))
    expect(Object.keys(shares)).toHaveLength(count)
    for (const share of Object.values(shares)) expect(share).toBeCloseTo(1 / count, 6)
  })

  test('of whatever random rules, they sum to 1 and follow the cascade', () => {
    const draws = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(draws, (chances) => {
        const rules = chances.map(
          (chance, i) =>
            `-A PREROUTING -p tcp -m statistic --mode random --probability ${chance.toFixed(11)} -j DNAT --to-destination ${address(i)}:80`,
        )
        const shares = outcome(send(rules, packetTo('10.96.0.1', 80)))
        let left = 1
        for (const [i, chance] of chances.entries()) {
          expect(shares[`${address(i)}:80`] ?? 0).toBeCloseTo(left * chance, 6)
          left *= 1 - chance
        }
        expect(Object.values(shares).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
      }),
    )
  })

  test('jumps that come back and jumps that never do', () => {
    const rules = [
      '-A PREROUTING -j A',
      '-A PREROUTING -p tcp -j DNAT --to-destination 10.1.0.9:80',
      '-A A -g B',
      '-A A -p tcp -j DNAT --to-destination 10.1.0.1:80',
      '-A B -s 10.9.0.0/16 -p tcp -j DNAT --to-destination 10.1.0.2:80',
      '-A B -j RETURN',
    ]
    // goto leaves A for good: coming back from B, the packet is behind the jump in PREROUTING.
    expect(outcome(send(rules, packetTo('10.96.0.1', 80)))).toEqual({ '10.1.0.9:80': 1 })
    expect(outcome(send(rules, packetTo('10.96.0.1', 80, single('10.9.0.1'))))).toEqual({ '10.1.0.2:80': 1 })
  })
})

describe('what cannot be told', () => {
  test('a source that may or may not match gives both ways, each with its condition', () => {
    const rules = [
      '-A PREROUTING -s 10.9.0.0/16 -p tcp -j DNAT --to-destination 10.1.0.1:80',
      '-A PREROUTING -p tcp -j DNAT --to-destination 10.1.0.2:80',
    ]
    const journeys = send(rules, packetTo('10.96.0.1', 80, everything(4)))
    expect(
      journeys.map(({ ending, conditions }) => [
        ending!.verdict.kind === 'dnat' && ending!.verdict.target.address,
        conditions.length,
      ]),
    ).toEqual([
      ['10.1.0.1', 1],
      ['10.1.0.2', 1],
    ])
  })

  test('one that makes no difference leaves no condition behind', () => {
    const rules = [
      '-A PREROUTING -s 10.9.0.0/16 -j MARK --set-xmark 0x4000/0x4000',
      '-A PREROUTING -p tcp -j DNAT --to-destination 10.1.0.2:80',
    ]
    const journeys = send(rules, packetTo('10.96.0.1', 80, everything(4)))
    expect(journeys).toHaveLength(1)
    expect(journeys[0]!.conditions).toEqual([])
  })

  test('jumps that double at every level end, and say why', () => {
    const levels = Array.from({ length: 40 }, (_, i) => [`-A L${i} -j L${i + 1}`, `-A L${i} -j L${i + 1}`]).flat()
    const [journey] = send(
      ['-A PREROUTING -j L0', ...levels, '-A L40 -m comment --comment end'],
      packetTo('10.96.0.1', 80),
    )
    expect([journey!.fate, journey!.reason]).toEqual(['unknown', 'the rules branch too often to be followed'])
  })
})

describe('a chain of thousands', () => {
  const service = (i: number) =>
    `-A KUBE-SERVICES -d 10.96.${i >> 8}.${i & 255}/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination ${address(i)}:8080`

  test('is answered by its index as rule by rule', () => {
    const between = fc.constantFrom(
      '-A KUBE-SERVICES -d 10.96.1.0/24 -p tcp -m tcp --dport 80 -j RETURN',
      '-A KUBE-SERVICES ! -d 10.96.0.0/16 -j RETURN',
      '-A KUBE-SERVICES -p tcp -m tcp --dport 81 -j DNAT --to-destination 10.2.0.1:81',
      '-A KUBE-SERVICES -p tcp -m multiport --dports 82,80 -s 10.9.0.0/16 -j DROP',
    )
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(400), between), { maxLength: 5 }),
        fc.nat(450),
        fc.constantFrom(80, 81, 82),
        (extra, wanted, port) => {
          const rules = Array.from({ length: 400 }, (_, i) => service(i))
          for (const [at, rule] of extra) rules.splice(at, 0, rule)
          const packet = packetTo(`10.96.${wanted >> 8}.${wanted & 255}`, port)
          const indexed = outcome(send(['-A PREROUTING -j KUBE-SERVICES', ...rules], packet))
          // Chains of one rule each are never indexed.
          const split = rules.flatMap((rule, i) => [`-A PREROUTING -j C${i}`, rule.replace('KUBE-SERVICES', `C${i}`)])
          const stop = rules.findIndex(
            (rule) =>
              / -j RETURN$/.test(rule) &&
              outcome(send([rule.replace('KUBE-SERVICES', 'PREROUTING').replace('RETURN', 'DROP')], packet)).drop === 1,
          )
          const plain = outcome(send(stop < 0 ? split : split.slice(0, stop * 2), packet))
          expect(indexed).toEqual(plain)
        },
      ),
      { numRuns: 25 },
    )
  })
})

test('the same rules in iptables’ words and in nft’s lead to the same places', () => {
  const rule = fc.record({
    source: fc.constantFrom(null, '10.244.0.0/16', '10.9.0.0/16'),
    negated: fc.boolean(),
    port: fc.constantFrom(null, 80, 443),
    target: fc.nat(20),
    verdict: fc.constantFrom('dnat', 'return', 'mark', 'jump'),
  })
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 8 }), fc.constantFrom(80, 443, 53), (specs, port) => {
      const save = specs.map(({ source, negated, port: dport, target, verdict }) => {
        const tests = `${source ? `${negated ? '! ' : ''}-s ${source} ` : ''}-p tcp ${dport ? `-m tcp --dport ${dport} ` : ''}`
        const deeds = {
          dnat: `DNAT --to-destination ${address(target)}:80`,
          return: 'RETURN',
          mark: 'MARK --set-xmark 0x4000/0x4000',
          jump: 'SIDE',
        }
        return `-A MAIN ${tests}-j ${deeds[verdict as 'dnat']}`
      })
      const nft = specs.map(({ source, negated, port: dport, target, verdict }) => {
        const tests = `${source ? `ip saddr ${negated ? '!= ' : ''}${source} ` : ''}meta l4proto tcp ${dport ? `tcp dport ${dport} ` : ''}`
        const deeds = {
          dnat: `dnat to ${address(target)}:80`,
          return: 'return',
          mark: 'meta mark set meta mark | 0x4000',
          jump: 'jump SIDE',
        }
        return `    ${tests}${deeds[verdict as 'dnat']}`
      })
      const side = [
        '-A SIDE -s 10.9.0.0/16 -p tcp -j DNAT --to-destination 10.1.9.9:80',
        '    ip saddr 10.9.0.0/16 meta l4proto tcp dnat to 10.1.9.9:80',
      ]
      const text = `table ip nat {\n  chain PREROUTING {\n    type nat hook prerouting priority -100; policy accept;\n    jump MAIN\n  }\n  chain MAIN {\n${nft.join('\n')}\n  }\n  chain SIDE {\n${side[1]}\n  }\n}\n`
      const packet = packetTo('10.96.0.1', port)
      const native = sendPacket({ ...bare, rulesets: [parseNftText(text, 'nft')] }, 'prerouting', packet, AIDS).all
      const iptables = send([':MAIN - [0:0]', ':SIDE - [0:0]', '-A PREROUTING -j MAIN', ...save, side[0]!], packet)
      expect(outcome(native)).toEqual(outcome(iptables))
    }),
  )
})
