/** Random rule sets that iptables and nft can both spell, over the addresses of the lab. */
import fc from 'fast-check'
import type { ChainType, Hook } from '../../src/model/rules.ts'
import { ADDRESSES, type Family, PORTS, SERVICES } from './places.ts'
import { type Dialect, type Spelt, speltDeed, speltTest } from './spelt.ts'

export interface RuleSetSpec {
  family: Family
  tables: TableSpec[]
}

export interface TableSpec {
  name: TableName
  chains: ChainSpec[]
}

export interface ChainSpec {
  name: string
  base: { hook: Hook; priority: number; type: ChainType; policy: 'accept' | 'drop' } | null
  rules: RuleSpec[]
}

export interface RuleSpec {
  tests: TestSpec[]
  deed: DeedSpec
}

export type TestSpec = { not: boolean } & (
  | { kind: 'source' | 'destination'; prefix: string }
  /** `ports` null: any. */
  | { kind: 'protocol'; protocol: 'tcp' | 'udp'; ports: [number, number] | null }
  /** A name, or its start followed by `+`. */
  | { kind: 'in' | 'out'; name: string }
  | { kind: 'mark' | 'connmark'; value: number; mask: number }
  | { kind: 'state'; states: string[] }
  | { kind: 'status'; status: 'DNAT' | 'SNAT' }
  | { kind: 'local'; side: 'source' | 'destination' }
  | { kind: 'random'; thousandths: number }
  | ({ kind: 'spelt' } & Spelt)
)

export type DeedSpec =
  | { kind: 'accept' | 'drop' | 'return' | 'masquerade' | 'save' | 'restore' | 'notrack' | 'nothing' }
  | { kind: 'reject'; prohibited: boolean }
  | { kind: 'jump' | 'goto'; chain: string }
  | { kind: 'dnat'; address: string; addressEnd: string | null; port: number | null }
  | { kind: 'redirect'; port: number | null }
  | { kind: 'snat'; address: string }
  | { kind: 'mark' | 'connmark'; and: number; xor: number }
  | ({ kind: 'spelt' } & Spelt)

type Deed = 'mark' | 'connmark' | 'notrack' | 'drop' | 'reject' | 'dnat' | 'snat' | 'masquerade'

/** Chains that may call each other: those at hooks, and what may stand in all of them besides what may always. */
interface Group {
  hooks: Partial<Record<Hook, number>>
  deeds: Deed[]
}

export type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'nat-again' | 'filter-again'

/** The tables of iptables; and two that only nft can have, which the kernel asks before and after these. */
const TABLES: Record<TableName, { type: ChainType; groups: Group[] }> = {
  raw: { type: 'filter', groups: [{ hooks: { prerouting: -300, output: -300 }, deeds: ['mark', 'notrack'] }] },
  mangle: { type: 'filter', groups: [{ hooks: everywhere(-150), deeds: ['mark', 'connmark'] }] },
  nat: {
    type: 'nat',
    groups: [
      { hooks: { prerouting: -100, output: -100 }, deeds: ['dnat', 'mark', 'connmark'] },
      { hooks: { input: 100 }, deeds: ['snat', 'mark'] },
      { hooks: { postrouting: 100 }, deeds: ['snat', 'masquerade', 'mark'] },
    ],
  },
  filter: {
    type: 'filter',
    groups: [{ hooks: { input: 0, forward: 0, output: 0 }, deeds: ['drop', 'reject', 'mark'] }],
  },
  'nat-again': {
    type: 'nat',
    groups: [
      { hooks: { prerouting: -90, output: -110 }, deeds: ['dnat', 'mark'] },
      { hooks: { postrouting: 90 }, deeds: ['snat', 'masquerade'] },
    ],
  },
  'filter-again': {
    type: 'filter',
    groups: [
      { hooks: { prerouting: -50, input: 300, forward: -10, output: 10, postrouting: 300 }, deeds: ['drop', 'mark'] },
    ],
  },
}

function everywhere(priority: number): Group['hooks'] {
  return { prerouting: priority, input: priority, forward: priority, output: priority, postrouting: priority }
}

export const IPTABLES = ['raw', 'mangle', 'nat', 'filter'] as const

/** Rule sets of some of these tables; `odd` in a dialect: with what only that one can say, or says in a way of its own. */
export function ruleSets(
  family: Family,
  names: readonly TableName[] = IPTABLES,
  odd: Dialect | null = null,
  replies: readonly RuleSpec[] = [REPLIES],
): fc.Arbitrary<RuleSetSpec> {
  const tables = names.map((name) =>
    fc.option(tableOf(name, { family, odd, replies }), { freq: name === 'raw' ? 1 : 5 }),
  )
  return fc.tuple(...tables).map((chosen) => ({ family, tables: chosen.filter((table) => table !== null) }))
}

/** For whom rules are made. */
interface Maker {
  family: Family
  odd: Dialect | null
  /** What stands first where anything may be dropped. */
  replies: readonly RuleSpec[]
}

function tableOf(name: TableName, maker: Maker): fc.Arbitrary<TableSpec> {
  const groups = TABLES[name].groups.map((group, i) => chainsOf(name, group, `${name}-${i}`.toUpperCase(), maker))
  return fc.tuple(...groups).map((chains) => ({ name, chains: chains.flat() }))
}

/** The base chains of a group, and chains that they call; a chain calls only later ones, so there is no loop. */
function chainsOf(table: TableName, { hooks, deeds }: Group, prefix: string, maker: Maker): fc.Arbitrary<ChainSpec[]> {
  const names = ['A', 'B', 'C', 'D'].map((letter) => prefix + letter)
  const bases = (Object.entries(hooks) as [Hook, number][]).map(([hook, priority]) => {
    const rules = fc.array(ruleOf(maker, deeds, names, hook), { maxLength: 5, size: 'max' })
    const policy = deeds.includes('drop')
      ? fc.constantFrom('accept', 'accept', 'accept', 'accept', 'drop')
      : fc.constant('accept')
    return fc.tuple(rules, policy as fc.Arbitrary<'accept' | 'drop'>).map(([own, policy]) => {
      const base = { hook, priority, type: TABLES[table].type, policy }
      return { name: hook.toUpperCase(), base, rules: deeds.includes('drop') ? [...maker.replies, ...own] : own }
    })
  })
  const called = names.map((name, i) => {
    const rules = fc.array(ruleOf(maker, deeds, names.slice(i + 1), null), { maxLength: 4, size: 'max' })
    return rules.map((rules) => ({ name, base: null, rules }))
  })
  return fc.tuple(...bases, ...called)
}

/** Where anything may be dropped replies are let through, so that TCP and refusals can be seen. */
const REPLIES: RuleSpec = {
  tests: [{ kind: 'state', not: false, states: ['RELATED', 'ESTABLISHED'] }],
  deed: { kind: 'accept' },
}

function ruleOf({ family, odd }: Maker, deeds: Deed[], chains: string[], hook: Hook | null): fc.Arbitrary<RuleSpec> {
  const usual = testOf(family, hook)
  const spelt = odd && speltTest(family, odd).map((one): TestSpec => ({ kind: 'spelt', not: false, ...one }))
  const test = spelt ? fc.oneof({ weight: 2, arbitrary: usual }, { weight: 1, arbitrary: spelt }) : usual
  const own = odd && speltDeed(family, odd, new Set(deeds))?.map((one): DeedSpec => ({ kind: 'spelt', ...one }))
  const ordinary = deedOf(family, deeds, chains)
  const deed = own ? fc.oneof({ weight: 3, arbitrary: ordinary }, { weight: 1, arbitrary: own }) : ordinary
  const tests = fc.uniqueArray(test, { maxLength: 3, selector: (test) => test.kind })
  const protocol = fc.constantFrom('tcp' as const, 'udp' as const)
  return fc.tuple(tests, deed, protocol).map(([all, deed, protocol]) => {
    // What is spelt out may ask for a protocol itself: then nothing else of the rule does.
    const asks = deed.kind === 'spelt' && deed.protocol
    const asked = all.some((one) => one.kind === 'spelt' && one.protocol)
    const tests = all.filter((one) => {
      if (one.kind === 'spelt') return !(asks && one.protocol)
      // iptables takes one mark a rule.
      if (one.kind === 'mark' || one.kind === 'connmark')
        return !all.some((other) => other.kind === 'spelt' && other.text.startsWith('-m mark'))
      return one.kind !== 'protocol' || !(asks || asked)
    })
    // Ports can be changed only of protocols that have them.
    const lacksPorts = !asked && 'port' in deed && deed.port !== null && !tests.some((test) => test.kind === 'protocol')
    return { tests: lacksPorts ? [{ kind: 'protocol', not: false, protocol, ports: null }, ...tests] : tests, deed }
  })
}

function testOf(family: Family, hook: Hook | null): fc.Arbitrary<TestSpec> {
  const not = fc.boolean()
  const sides: ('in' | 'out')[] = []
  if (hook !== 'output' && hook !== 'postrouting') sides.push('in')
  if (hook !== 'prerouting' && hook !== 'input') sides.push('out')
  const port = fc.constantFrom(...PORTS)
  const ports = fc.tuple(port, port).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)])
  const state = fc.constantFrom('NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED')
  return fc.oneof(
    { weight: 4, arbitrary: record('destination', { not, prefix: prefixOf(family) }) },
    { weight: 2, arbitrary: record('source', { not, prefix: prefixOf(family) }) },
    {
      weight: 3,
      arbitrary: record('protocol', { not: NEVER, protocol: fc.constantFrom('tcp', 'udp'), ports: fc.option(ports) }),
    },
    record(fc.constantFrom(...sides), { not, name: fc.constantFrom('cni0', 'eth0', 'eth+', 'veth1', 'veth+', 'lo') }),
    record(fc.constantFrom('mark', 'connmark'), { not, value: fc.nat(2), mask: fc.constantFrom(3, 7, 0xffffffff) }),
    record('state', { not, states: fc.uniqueArray(state, { minLength: 1, maxLength: 2 }) }),
    record('status', { not, status: fc.constantFrom('DNAT', 'SNAT') }),
    record('local', { not, side: fc.constantFrom('source', 'destination') }),
    record('random', { not: NEVER, thousandths: fc.constantFrom(250, 500, 750) }),
  ) as fc.Arbitrary<TestSpec>
}

const NEVER = fc.constant(false)

const record = (kind: string | fc.Arbitrary<string>, fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record({ kind: typeof kind === 'string' ? fc.constant(kind) : kind, ...fields })

function prefixOf(family: Family): fc.Arbitrary<string> {
  const four = ['10.96.0.0/16', '10.96.0.0/31', '10.1.0.0/16', '10.1.3.0/24', '10.1.2.0/23']
  const six = ['fd00:96::/64', 'fd00:96::/127', 'fd00::/16', 'fd00:3::/64', 'fd00:2::/31']
  const places = Object.values(ADDRESSES[family])
  return fc.constantFrom(...SERVICES[family], ...SERVICES[family], ...places, ...(family === 4 ? four : six))
}

function deedOf(family: Family, deeds: Deed[], chains: string[]): fc.Arbitrary<DeedSpec> {
  const simple = fc.constantFrom('accept' as const, 'return' as const, 'nothing' as const).map((kind) => ({ kind }))
  const all: fc.WeightedArbitrary<DeedSpec>[] = [{ weight: 1, arbitrary: simple }]
  if (chains.length > 0) {
    const kind = fc.constantFrom('jump' as const, 'jump' as const, 'goto' as const)
    all.push({ weight: 4, arbitrary: fc.record({ kind, chain: fc.constantFrom(...chains) }) })
  }
  for (const deed of deeds) all.push({ weight: deed === 'dnat' ? 4 : 1, arbitrary: DEEDS[deed](family) })
  return fc.oneof(...all)
}

const DEEDS: Record<Deed, (family: Family) => fc.Arbitrary<DeedSpec>> = {
  drop: () => fc.constant({ kind: 'drop' }),
  reject: () => fc.boolean().map((prohibited) => ({ kind: 'reject', prohibited })),
  masquerade: () => fc.constant({ kind: 'masquerade' }),
  notrack: () => fc.constant({ kind: 'notrack' }),
  snat: (family) => fc.constant({ kind: 'snat', address: family === 4 ? '10.1.5.1' : 'fd00:5::1' }),
  mark: () => markChange.map((change) => ({ kind: 'mark', ...change })),
  connmark: () =>
    fc.oneof(
      fc.constantFrom('save' as const, 'restore' as const).map((kind) => ({ kind })),
      markChange.map((change) => ({ kind: 'connmark' as const, ...change })),
    ),
  dnat: (family) => {
    const { endpoint1, endpoint2, node } = ADDRESSES[family]
    const port = fc.option(fc.constantFrom(...PORTS))
    // Both are addresses of endpoint1. What iptables-save prints of such a range without a port is not read right yet.
    const range = { address: endpoint1, addressEnd: endpoint1.replace(/2$/, '3') }
    return fc.oneof(
      {
        weight: 4,
        arbitrary: fc
          .tuple(fc.constantFrom(endpoint1, endpoint2, node), port)
          .map(([address, port]) => dnat(address, null, port)),
      },
      {
        weight: 1,
        arbitrary: (family === 4 ? port : fc.constantFrom(...PORTS)).map((port) =>
          dnat(range.address, range.addressEnd, port),
        ),
      },
      { weight: 1, arbitrary: port.map((port) => ({ kind: 'redirect' as const, port })) },
    )
  },
}

const dnat = (address: string, addressEnd: string | null, port: number | null): DeedSpec => ({
  kind: 'dnat',
  address,
  addressEnd,
  port,
})

const markChange = fc.record({ and: fc.constantFrom(0, 0xfffffffe, 0xfffffffc, 0xffffffff), xor: fc.nat(3) })
