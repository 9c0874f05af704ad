/** What the kernel tells of real packets, beside the walk: the rules of kube-proxy in both of its modes, for services of every shape. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendPacket } from '../../src/kernel/hooks.ts'
import type { TracedPackets } from '../../src/model/kernel-trace/packets.ts'
import type { KernelRule, TracedPacket } from '../../src/model/kernel-trace/trace.ts'
import type { NodeState } from '../../src/model/node.ts'
import { parseKernelChains } from '../../src/parse/kernel-trace/chains.ts'
import { parseKernelTrace } from '../../src/parse/kernel-trace/trace.ts'
import { compareTrace } from '../../src/trace/kernel-trace/compare.ts'
import { isLeftOut } from '../needs.ts'
import { scratch } from '../scratch.ts'
import { AIDS, type Aimed, packetOf } from './expect.ts'
import { Lab } from './lab.ts'
import { load, readHost } from './node.ts'
import { ADDRESSES, type Family, NODE_PORT } from './places.ts'
import { kubeRuleSet, type ServiceSpec, services } from './services.ts'
import { kubeNftText } from './services-nft.ts'
import { iptablesText } from './spell-iptables.ts'
import { traced } from './traced.ts'

describe.skipIf(isLeftOut('kernel'))('the kernel tells what the walk says', () => {
  let lab: Lab
  let host: NodeState

  beforeAll(async () => {
    lab = await Lab.start()
    host = readHost(lab)
  })
  afterAll(() => lab?.stop())

  const MODES = [
    ['iptables-nft', (family: Family, specs: ServiceSpec[]) => iptablesText(kubeRuleSet(family, specs))],
    ['nft', (family: Family, specs: ServiceSpec[]) => kubeNftText(family, specs)],
  ] as const

  describe.each([4, 6] as const)('IPv%i', (family) => {
    test.each(MODES)('of services of any shape in %s', async (backEnd, spell) => {
      await fc.assert(
        fc.asyncProperty(services(family), async (specs) => {
          const text = spell(family, specs)
          const rulesets = load(lab, family, backEnd, text)
          const told = await tell(family, specs)
          expect(told.length).toBeGreaterThan(0)
          const outcomes = rulesets.slice(0, backEnd === 'nft' ? 2 : 1).flatMap((ruleset) =>
            told.map(({ probe, packet, rules }) => {
              const node = { ...host, rulesets: [ruleset] }
              const { outcome, reason, steps } = held(node, probe, packet, rules)
              return outcome === 'same' ? [] : [JSON.stringify({ outcome, reason, probe, steps }, null, 1)]
            }),
          )
          expect(
            outcomes
              .flat()
              .slice(0, 1)
              .map((one) => `${one}\n${text}`),
          ).toEqual([])
        }),
        {
          numRuns: Number(process.env.SVCPATH_ORACLE_RUNS ?? 4),
          seed: Number(process.env.SVCPATH_ORACLE_SEED ?? 20261128),
          endOnFailure: true,
        },
      )
    })
  })

  test.each(MODES)('each shape of service in %s, twice, so that affinity holds', async (backEnd, spell) => {
    const rulesets = load(lab, 4, backEnd, spell(4, SHAPES))
    const told = [...(await tell(4, SHAPES)), ...(await tell(4, SHAPES))]
    const node = { ...host, rulesets: rulesets.slice(0, 1) }
    const all = told.map(({ probe, packet, rules }) => held(node, probe, packet, rules))
    expect(all.filter(({ outcome }) => outcome !== 'same')).toEqual([])
    const ends = told.map(({ packet }) => packet.events.at(-1)!.verdict.kind)
    expect(new Set(ends)).toEqual(new Set(['accept', 'drop']))
  })

  test.each(MODES)(
    'a rule that the walk has otherwise in %s is a difference, if the rules are known to have stayed',
    async (backEnd, spell) => {
      const text = spell(4, SHAPES)
      // What the walk is shown is loaded first.
      const shown = load(
        lab,
        4,
        backEnd,
        text
          .replaceAll(`${ADDRESSES[4].endpoint2}:8080`, '10.1.4.3:8080')
          .replaceAll(`${ADDRESSES[4].endpoint2} . 8080`, '10.1.4.3 . 8080'),
      )
      load(lab, 4, backEnd, text)
      const told = (await tell(4, SHAPES)).filter(
        ({ probe }) => probe.destination === SHAPES[1]!.address && probe.port === 443,
      )
      const node = { ...host, rulesets: shown.slice(0, 1) }
      const outcomes = told.map(({ probe, packet, rules }) =>
        [true, false].map((steady) => held(node, probe, packet, rules, steady).outcome),
      )
      expect(outcomes.filter(([, unsteady]) => unsteady === 'different')).toEqual([])
      expect(outcomes.filter(([steady]) => steady !== 'same').length).toBeGreaterThan(0)
    },
  )

  const held = (node: NodeState, probe: Aimed, packet: TracedPacket, rules: KernelRule[], steady = true) =>
    compareTrace({ node, packet, rules, journeys: sendPacket(node, packet.hook, packetOf(node, probe), ALONE), steady })

  /** Sends probes to all entries, and gives each with what the kernel told of it. */
  async function tell(family: Family, specs: readonly ServiceSpec[]) {
    const probes = toEntries(family, specs)
    const packets = probes.map(({ destination, port, protocol }): TracedPackets => {
      const name = protocol === 'tcp' ? 'TCP' : 'UDP'
      return { protocol: name, address: destination, port, sourcePorts: { from: 1024, to: 65535 } }
    })
    const once = [...new Map(packets.map((one) => [JSON.stringify(one), one])).values()]
    const folder = scratch('kernel-trace')
    const sections = await traced(lab, folder.path, once, () => lab.send(probes, () => false))
    folder.remove()
    const textOf = (name: string) => sections.find(({ file }) => file === name)?.text ?? ''
    const { packets: seen, whole, problems } = parseKernelTrace(textOf('kernel-trace.txt'), 'kernel-trace.txt')
    expect({ whole, problems }).toEqual({ whole: true, problems: [] })
    const rules = parseKernelChains(textOf('kernel-trace-chains.txt'), textOf('kernel-trace-iptables.txt'))
    const missed = probes.filter((probe) => !seen.some((packet) => isOf(packet, probe)))
    expect(missed).toEqual([])
    return seen.map((packet) => ({ packet, rules, probe: probes.find((probe) => isOf(packet, probe))! }))
  }
})

const NEAR = [{ address: ADDRESSES[4].endpoint2, port: 8080, local: true }]
const BOTH = [{ address: ADDRESSES[4].endpoint1, port: 8080, local: false }, ...NEAR]
const PLAIN: Omit<ServiceSpec, 'address'> = {
  ...{ port: 443, protocol: 'tcp', endpoints: BOTH, nodePort: null, local: false, affinity: false, balancer: null },
}

/** With node port and load balancer for some sources by policy Local, with one endpoint, and with affinity. */
const SHAPES: ServiceSpec[] = [
  {
    ...PLAIN,
    ...{ address: '10.96.0.1', nodePort: NODE_PORT, local: true },
    balancer: { address: '10.96.0.9', ranges: [ADDRESSES[4].outside] },
  },
  { ...PLAIN, address: '10.96.0.2', endpoints: NEAR },
  { ...PLAIN, address: '10.96.0.3', affinity: true, protocol: 'udp' },
  { ...PLAIN, address: '10.96.0.4', endpoints: [] },
  { ...PLAIN, address: '10.96.0.5', endpoints: [{ address: ADDRESSES[4].node, port: 8080, local: true }] },
]

const ALONE = { ...AIDS, names: { ...AIDS.names, remembersClients: () => false }, apart: true } as const

const isOf = ({ sent, hook }: TracedPacket, { source, destination, port, protocol, from }: Aimed): boolean =>
  sent.source === source &&
  sent.destination === destination &&
  sent.destinationPort === port &&
  sent.protocol === protocol &&
  (hook === 'output') === (from === 'node')

function toEntries(family: Family, specs: readonly ServiceSpec[]): Aimed[] {
  const balancer = { destination: family === 4 ? '10.96.0.9' : 'fd00:96::9', port: specs[0]!.port }
  const entries = [
    ...specs.map(({ address, port }) => ({ destination: address, port })),
    ...(specs[0]!.balancer ? [balancer] : []),
    { destination: ADDRESSES[family].node, port: NODE_PORT },
    { destination: specs[0]!.address, port: 8080 },
    { destination: ADDRESSES[family].endpoint1, port: 8080 },
  ]
  return (['pod', 'outside', 'node'] as const).flatMap((from) =>
    entries.flatMap((entry) =>
      (['tcp', 'udp'] as const).map((protocol) => ({ from, source: ADDRESSES[family][from], protocol, ...entry })),
    ),
  )
}
