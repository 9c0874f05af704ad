/**
 * The kernel as judge of the walker: random rules and routes are loaded in network namespaces, real packets are sent, and
 * what becomes of each must be among what the walker foretells from the node's own dumps.
 *
 * SVCPATH_ORACLE_RUNS rule sets a test (default 12) of SVCPATH_ORACLE_SEED (default: always the same few); `npm run oracle`
 * tries 10,000 in all. Takes root and
 * the tools named in lab.ts; without them it is skipped, but fails where CI is set.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NodeState } from '../../src/model/node.ts'
import type { Ruleset } from '../../src/model/rules.ts'
import { isLeftOut } from '../needs.ts'
import { type Aimed, answersOf, outcomesOf, sightsOf } from './expect.ts'
import { Lab } from './lab.ts'
import { type BackEnd, load, readHost, readIpsets } from './node.ts'
import { ADDRESSES, type Family, NODE_PORT, SERVICES } from './places.ts'
import { type RoutingSpec, routingScripts, routings, rulesForRouting } from './routing.ts'
import { IPTABLES, type RuleSetSpec, ruleSets } from './rules.ts'
import { kubeRuleSet, type ServiceSpec, services } from './services.ts'
import { kubeNftText } from './services-nft.ts'
import { iptablesText } from './spell-iptables.ts'
import { nftText } from './spell-nft.ts'

const RUNS = process.env.SVCPATH_ORACLE_RUNS
const SEED = process.env.SVCPATH_ORACLE_SEED
const HOUR = 3_600_000

describe.skipIf(isLeftOut('kernel'))('the kernel does what the walker says', RUNS ? { timeout: HOUR } : {}, () => {
  let lab: Lab
  let host: NodeState

  beforeAll(async () => {
    lab = await Lab.start()
    host = readHost(lab)
    expect(host.problems).toEqual([])
  })
  afterAll(() => lab?.stop())

  describe.each([4, 6] as const)('IPv%i', (family) => {
    test.each(['iptables-legacy', 'iptables-nft'] as const)('rules of any kind in %s', async (backEnd) => {
      if (backEnd === 'iptables-legacy' && !lab.legacy) return console.warn('this kernel has no iptables-legacy')
      await agree(ruleSets(family), (spec) => tryRules(family, backEnd, iptablesText(spec), anywhere(spec)))
    })

    test.each([
      ['tables of one family', { inet: false, sets: false }],
      ['tables of both families, look-ups in sets', { inet: true, sets: true }],
    ])('rules of any kind in nft: %s', async (_, style) => {
      await agree(ruleSets(family), (spec) => tryRules(family, 'nft', nftText(spec, style), anywhere(spec)))
    })

    test.each(['iptables-legacy', 'iptables-nft'] as const)('what only iptables can say, in %s', async (backEnd) => {
      if (backEnd === 'iptables-legacy' && !lab.legacy) return console.warn('this kernel has no iptables-legacy')
      const specs = ruleSets(family, IPTABLES, 'iptables')
      await agree(specs, (spec) => tryRules(family, backEnd, iptablesText(spec), anywhere(spec)))
    })

    test.each([
      ['tables of one family', { inet: false, sets: false }],
      ['tables of both families, look-ups in sets', { inet: true, sets: true }],
    ])('what only nft can say: %s', async (_, style) => {
      const specs = ruleSets(family, IPTABLES, 'nft')
      await agree(specs, (spec) => tryRules(family, 'nft', nftText(spec, style), anywhere(spec)))
    })

    test('several base chains at a hook', async () => {
      const specs = ruleSets(family, [...IPTABLES, 'nat-again', 'filter-again'])
      const style = { inet: true, sets: false }
      await agree(specs, (spec) => tryRules(family, 'nft', nftText(spec, style), anywhere(spec)))
    })

    test('the rules of kube-proxy for iptables', async () => {
      await agree(services(family), (specs) => {
        return tryRules(family, 'iptables-nft', iptablesText(kubeRuleSet(family, specs)), toServices(family, specs))
      })
    })

    test('the rules of kube-proxy for nftables', async () => {
      await agree(services(family), (specs) => {
        return tryRules(family, 'nft', kubeNftText(family, specs), toServices(family, specs))
      })
    })

    test.runIf(family === 4)('node ports at 127.0.0.1', async () => {
      const specs = fc.record({ kube: services(family), passes: fc.boolean(), nft: fc.boolean() })
      const attempt = async ({ kube, passes, nft }: { kube: ServiceSpec[]; passes: boolean; nft: boolean }) => {
        lab.run('node', `sysctl -qw net.ipv4.conf.all.route_localnet=${passes ? 1 : 0}`)
        const text = nft ? kubeNftText(family, kube) : iptablesText(kubeRuleSet(family, kube))
        const readings = load(lab, family, nft ? 'nft' : 'iptables-nft', text)
        const aims = [NODE_PORT, 80].flatMap((port) =>
          (['udp', 'tcp'] as const).map((protocol) => ({ port, protocol })),
        )
        const probes = aims.map((aim) => ({
          from: 'node' as const,
          source: '127.0.0.1',
          destination: '127.0.0.1',
          ...aim,
        }))
        return tryProbes(readHost(lab), readings, probes, `route_localnet ${passes}\n${text}`)
      }
      await agree(specs, attempt, ['lost', 'node', 'endpoint1'])
      lab.run('node', 'sysctl -qw net.ipv4.conf.all.route_localnet=0')
    })

    test.each([
      ['iptables-nft', 'iptables'],
      ['nft', 'nft'],
    ] as const)('answers, by rules of any kind in %s', async (backEnd, dialect) => {
      // Nobody has the addresses of services: what is not translated is answered by nobody, and tells nothing.
      const specs = ruleSets(family, ['mangle', 'nat', 'filter'], dialect, [])
      const spell = (spec: RuleSetSpec) =>
        backEnd === 'nft' ? nftText(spec, { inet: false, sets: false }) : iptablesText(spec)
      await agree(
        specs,
        (spec) => tryAnswers(family, backEnd, spell(spec), everywhere(family, [80, 8443], ['udp'])),
        ['answered', 'silent'],
        0.7,
      )
    })

    test('policy routing', async () => {
      const { endpoint1 } = ADDRESSES[family]
      const rulesets = load(lab, family, 'iptables-nft', rulesForRouting(SERVICES[family][0]!, endpoint1))
      const attempt = async (spec: RoutingSpec) => {
        const { up, down } = routingScripts(spec)
        lab.run('node', up)
        try {
          const routed = readHost(lab)
          return await tryProbes(routed, rulesets.slice(0, 1), everywhere(family, [80, 443, 8443], ['udp']), up)
        } finally {
          lab.run('node', down)
        }
      }
      await agree(routings(family), attempt, ['lost', 'endpoint1', 'endpoint2', 'node', 'world'])
    })
  })

  test.each([
    ['a mark of the connection that its first packet was given', '-A INPUT -m connmark --mark 0/3 -j DROP', 'answered'],
    ['the port that its first packet came from', '-A INPUT -m conntrack --ctorigsrcport 1024:65535 -j DROP', 'silent'],
  ])('an answer meets a rule about %s', async (_, rule, expected) => {
    const text = `*mangle\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -j CONNMARK --set-xmark 1/4294967295\nCOMMIT
*filter\n:INPUT ACCEPT [0:0]\n${rule}\nCOMMIT\n`
    const probes = everywhere(4, [80], ['udp']).filter(
      ({ from, destination }) => from === 'node' && destination === ADDRESSES[4].endpoint1,
    )
    const sights = await tryAnswers(4, 'iptables-nft', text, probes)
    expect(probes).not.toEqual([])
    for (const sight of sights) expect([expected, 'anything']).toContain(sight)
  })

  const tryRules = (family: Family, backEnd: BackEnd, text: string, probes: Aimed[]) =>
    tryProbes({ ...host, ipsets: readIpsets(lab) }, load(lab, family, backEnd, text), probes, text)

  /** Sends the probes, and fails where one was answered or not against what the reading foretold. Tells all that was. */
  async function tryAnswers(family: Family, backEnd: BackEnd, text: string, probes: Aimed[]): Promise<string[]> {
    const [reading] = load(lab, family, backEnd, text)
    const node = { ...host, ipsets: readIpsets(lab) }
    const foretold = probes.map((probe) => answersOf(node, [reading!], probe))
    const certain = (i: number) => foretold[i]!.size === 1 && foretold[i]!.has('answered')
    const seen = await lab.ask(probes, () => false, certain)
    const sights = seen.map(({ answered }) => (answered ? 'answered' : 'silent'))
    const wrong = sights.flatMap((sight, i) =>
      foretold[i]!.has(sight) || foretold[i]!.has('anything')
        ? []
        : [
            `${JSON.stringify(probes[i])}: ${sight} (${JSON.stringify(seen[i]!.seen)}), not ${[...foretold[i]!].join(' | ')}`,
          ],
    )
    if (wrong.length > 0) throw new Error(`${wrong.slice(0, 5).join('\n')}\n\n${text}`)
    return sights.map((sight, i) => (foretold[i]!.has('anything') ? 'anything' : sight))
  }

  /** Sends the probes, and fails where one of the readings of the rules did not foretell what was seen. Tells all that was. */
  async function tryProbes(node: NodeState, readings: Ruleset[], probes: Aimed[], text: string): Promise<string[]> {
    const foretold = readings.map((reading) => probes.map((probe) => outcomesOf(node, [reading], probe)))
    // What tells the sender that it is refused finds no entry in its own zone, and goes untranslated.
    if (text.includes('--zone'))
      for (const outcomes of foretold.flat()) if (outcomes.has('refused')) outcomes.add('lost')
    const certain = foretold[0]!.map((outcomes) => !outcomes.has('lost') && !outcomes.has('anything'))
    const seen = await lab.send(probes, (i) => certain[i]!)
    const sights = probes.map((probe, i) => sightsOf(seen[i]!, probe))
    const wrong = foretold.flatMap((all, reading) =>
      all.flatMap((outcomes, i) => {
        const file = readings[reading]!.file
        const told = `${JSON.stringify(probes[i])}: ${sights[i]![0]}, by ${file} ${[...outcomes].join(' | ')}`
        return sights[i]!.some((sight) => outcomes.has(sight)) ? [] : [told]
      }),
    )
    if (wrong.length > 0) throw new Error(`${wrong.slice(0, 5).join('\n')}\n\n${text}`)
    return sights.map(([sight], i) =>
      foretold[0]![i]!.has('anything') ? 'anything' : sight!.replace(/:\d+ from/, ' from'),
    )
  }
})

const FATES = ['lost', 'refused', 'endpoint1', 'endpoint2', 'node']

/** Tries random specs; in all, these fates must have been seen, and nearly all foretold. */
async function agree<T>(
  specs: fc.Arbitrary<T>,
  attempt: (spec: T) => Promise<string[]>,
  fates: readonly string[] = FATES,
  mostUntold = 0.2,
): Promise<void> {
  const seen = new Map<string, number>()
  const property = fc.asyncProperty(specs, async (spec) => {
    for (const sight of await attempt(spec)) seen.set(sight, (seen.get(sight) ?? 0) + 1)
  })
  const unseen = () => {
    const all = new Set([...seen.keys()].map((sight) => sight.split(' ')[0]))
    return fates.filter((fate) => !all.has(fate))
  }
  const first = SEED ? Number(SEED) : RUNS ? Date.now() % 2 ** 31 : 20261121
  // The kernel draws the endpoints: a few sets may miss a fate by chance, so that more are tried until it was seen.
  for (let round = 0; round === 0 || (unseen().length > 0 && round < 10); round++) {
    // A failure costs seconds: no time for shrinking, unless it is asked for by a longer run.
    await fc.assert(property, { numRuns: Number(RUNS ?? 12), endOnFailure: !RUNS, seed: first + round })
  }
  const total = [...seen.values()].reduce((sum, count) => sum + count, 0)
  expect((seen.get('anything') ?? 0) / total).toBeLessThan(mostUntold)
  expect(unseen()).toEqual([])
}

/** From every client to every service, the node and the endpoints. */
function everywhere(family: Family, ports: readonly number[], protocols: readonly Aimed['protocol'][]): Aimed[] {
  const { node, endpoint1, endpoint2 } = ADDRESSES[family]
  const destinations = [...SERVICES[family], node, endpoint1, endpoint2]
  return from(
    family,
    destinations.flatMap((destination) => ports.map((port) => ({ destination, port }))),
    protocols,
  )
}

/** NOTRACK leaves the answers to TCP untranslated: there UDP alone tells. */
const anywhere = ({ family, tables }: RuleSetSpec): Aimed[] =>
  everywhere(family, [80, 8443], tables.some(({ name }) => name === 'raw') ? ['udp'] : ['udp', 'tcp'])

/** To all addresses of services, to ports that they do not have, and to a service address that none has. */
function toServices(family: Family, specs: readonly ServiceSpec[]): Aimed[] {
  const [first] = specs
  const entries = specs.map(({ address, port }) => ({ destination: address, port }))
  const balancer = { destination: family === 4 ? '10.96.0.9' : 'fd00:96::9', port: first!.port }
  const nodePort = { destination: ADDRESSES[family].node, port: NODE_PORT }
  const closed = { destination: first!.address, port: 8080 }
  const none = { destination: family === 4 ? '10.96.0.77' : 'fd00:96::77', port: 80 }
  return from(family, [...entries, ...entries, balancer, nodePort, closed, none], ['udp', 'tcp'])
}

function from(
  family: Family,
  aims: { destination: string; port: number }[],
  protocols: readonly Aimed['protocol'][],
): Aimed[] {
  return (['pod', 'outside', 'node'] as const).flatMap((client) =>
    aims.flatMap((aim) =>
      protocols.map((protocol) => ({ from: client, source: ADDRESSES[family][client], protocol, ...aim })),
    ),
  )
}
