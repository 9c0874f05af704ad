/** Random rule sets that iptables and nft can both spell, over the addresses of the lab. */
import fc from 'fast-check'
import type { ChainType, Hook } from '../../src/model/rules.ts'
import { ADDRESSES, PORTS } from './namespaces.ts'

export type TableName = 'raw' | 'mangle' | 'nat' | 'filter'

export interface RuleSetSpec {
  family: 4 | 6
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
  /** `high` null: any port. */
  | { kind: 'protocol'; protocol: 'tcp' | 'udp'; ports: [number, number] | null }
  /** A name, or its start followed by `+`. */
  | { kind: 'in' | 'out'; name: string }
  | { kind: 'mark' | 'connmark'; value: number; mask: number }
  | { kind: 'state'; states: string[] }
  | { kind: 'status'; status: 'DNAT' | 'SNAT' }
  | { kind: 'type'; side: 'source' | 'destination'; type: 'LOCAL' | 'UNICAST' }
  | { kind: 'random'; thousandths: number }
)

export type DeedSpec =
  | { kind: 'accept' | 'drop' | 'return' | 'masquerade' | 'save' | 'restore' | 'notrack' | 'nothing' }
  | { kind: 'reject'; prohibited: boolean }
  | { kind: 'jump' | 'goto'; chain: string }
  | { kind: 'dnat'; address: string; addressEnd: string | null; port: number | null }
  | { kind: 'redirect'; port: number | null }
  | { kind: 'snat'; address: string }
  | { kind: 'mark' | 'connmark'; and: number; xor: number }

/** Addresses of services; nothing has them. */
export const SERVICES = { 4: ['10.96.0.1', '10.96.0.2', '10.96.0.3'], 6: ['fd00:96::1', 'fd00:96::2', 'fd00:96::3'] }

/** The chains that a table may have at hooks, as iptables has them, and what may stand in each. */
const TABLES: Record<TableName, { hooks: Partial<Record<Hook, number>>; type: ChainType; groups: Group[] }> = {
  raw: { hooks: { prerouting: -300, output: -300 }, type: 'filter', groups: [{ hooks: ['prerouting', 'output'], deeds: ['mark', 'notrack'] }] },
  mangle: {
    hooks: { prerouting: -150, input: -150, forward: -150, output: -150, postrouting: -150 },
    type: 'filter',
    groups: [{ hooks: ['prerouting', 'input', 'forward', 'output', 'postrouting'], deeds: ['mark', 'connmark'] }],
  },
  nat: {
    hooks: { prerouting: -100, input: 100, output: -100, postrouting: 100 },
    type: 'nat',
    groups: [
      { hooks: ['prerouting', 'output'], deeds: ['dnat', 'mark', 'connmark'] },
      { hooks: ['postrouting'], deeds: ['snat', 'masquerade', 'mark'] },
    ],
  },
  filter: {
    hooks: { input: 0, forward: 0, output: 0 },
    type: 'filter',
    groups: [{ hooks: ['input', 'forward', 'output'], deeds: ['drop', 'reject', 'mark'] }],
  },
}

/** Chains that may call each other, and the deeds besides those that every chain may hold. */
interface Group {
  hooks: Hook[]
  deeds: ('mark' | 'connmark' | 'notrack' | 'drop' | 'reject' | 'dnat' | 'snat' | 'masquerade')[]
}

/** A rule set: always with a filter table, in which replies are let through first, so that TCP can be tried. */
export const ruleSets = (family: 4 | 6): fc.Arbitrary<RuleSetSpec> =>
  fc
    .tuple(...(['raw', 'mangle', 'nat', 'filter'] as const).map((name) => fc.option(tableOf(name, family), { freq: name === 'raw' ? 1 : 5 })))
    .map((tables) => ({ family, tables: tables.filter((table) => table !== null) }))

const tableOf = (name: TableName, family: 4 | 6): fc.Arbitrary<TableSpec> =>
  fc.tuple(...TABLES[name].groups.map((group, i) => chainsOf(name, group, i, family))).map((groups) => ({ name, chains: groups.flat() }))

/** The base chains of a group, and chains that they call; a chain calls only later ones, so there is no loop. */
function chainsOf(table: TableName, group: Group, number: number, family: 4 | 6): fc.Arbitrary<ChainSpec[]> {
  const { hooks, type } = TABLES[table]
  const names = ['A', 'B', 'C', 'D'].map((letter) => `${table.toUpperCase()}-${number}${letter}`)
  const bases = group.hooks.map((hook) =>
    fc.record({
      name: fc.constant(hook.toUpperCase()),
      base: fc.record({
        hook: fc.constant(hook),
        priority: fc.constant(hooks[hook]!),
        type: fc.constant(type),
        policy: table === 'filter' ? fc.constantFrom('accept' as const, 'accept' as const, 'drop' as const) : fc.constant('accept' as const),
      }),
      rules: fc.array(ruleOf(family, group.deeds, names, hook), { maxLength: 5, size: 'max' }).map((rules) => (STATEFUL.has(table) ? [REPLIES, ...rules] : rules)),
    }),
  )
  const called = names.map((name, i) =>
    fc.record({
      name: fc.constant(name),
      base: fc.constant(null),
      rules: fc.array(ruleOf(family, group.deeds, names.slice(i + 1), null), { maxLength: 4, size: 'max' }),
    }),
  )
  return fc.tuple(...bases, ...called)
}

const STATEFUL = new Set<TableName>(['mangle', 'filter'])
const REPLIES: RuleSpec = {
  tests: [{ kind: 'state', not: false, states: ['RELATED', 'ESTABLISHED'] }],
  deed: { kind: 'accept' },
}

function ruleOf(family: 4 | 6, deeds: Group['deeds'], chains: string[], hook: Hook | null): fc.Arbitrary<RuleSpec> {
  const tests = fc.uniqueArray(testOf(family, hook), { maxLength: 3, selector: (test) => test.kind })
  const protocol = fc.constantFrom<TestSpec>(TCP, UDP)
  return fc.tuple(tests, deedOf(family, deeds, chains), protocol).map(([tests, deed, protocol]) => {
    const needsProtocol = 'port' in deed && deed.port !== null && !tests.some((test) => test.kind === 'protocol')
    return { tests: needsProtocol ? [protocol, ...tests] : tests, deed }
  })
}

const TCP: TestSpec = { kind: 'protocol', not: false, protocol: 'tcp', ports: null }
const UDP: TestSpec = { kind: 'protocol', not: false, protocol: 'udp', ports: null }

function testOf(family: 4 | 6, hook: Hook | null): fc.Arbitrary<TestSpec> {
  const not = fc.boolean()
  const interfaces: ('in' | 'out')[] = []
  if (hook !== 'output' && hook !== 'postrouting') interfaces.push('in')
  if (hook !== 'prerouting' && hook !== 'input') interfaces.push('out')
  const ports = fc.option(fc.tuple(fc.constantFrom(...PORTS), fc.constantFrom(...PORTS)).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]))
  const state = fc.constantFrom('NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED')
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('destination' as const), not, prefix: prefixOf(family) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('source' as const), not, prefix: prefixOf(family) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('protocol' as const), not: fc.constant(false), protocol: fc.constantFrom('tcp' as const, 'udp' as const), ports }) },
    fc.record({ kind: fc.constantFrom(...interfaces), not, name: fc.constantFrom('cni0', 'eth0', 'eth+', 'veth1', 'veth+', 'lo') }),
    fc.record({ kind: fc.constantFrom('mark' as const, 'connmark' as const), not, ...markOf() }),
    fc.record({ kind: fc.constant('state' as const), not, states: fc.uniqueArray(state, { minLength: 1, maxLength: 2 }) }),
    fc.record({ kind: fc.constant('status' as const), not, status: fc.constantFrom('DNAT' as const, 'SNAT' as const) }),
    fc.record({ kind: fc.constant('type' as const), not, side: fc.constantFrom('source' as const, 'destination' as const), type: fc.constant('LOCAL' as const) }),
    fc.record({ kind: fc.constant('random' as const), not: fc.constant(false), thousandths: fc.constantFrom(250, 500, 750) }),
  )
}

/** A test of a mark; its value lies within its mask, for else it fails always. */
const markOf = () => ({ value: fc.constantFrom(0, 1, 2), mask: fc.constantFrom(3, 7, 0xffffffff) })

function prefixOf(family: 4 | 6): fc.Arbitrary<string> {
  const places = Object.values(ADDRESSES[family])
  const networks = family === 4 ? ['10.96.0.0/16', '10.96.0.0/31', '10.1.0.0/16', '10.1.3.0/24', '10.1.2.0/23'] : ['fd00:96::/64', 'fd00:96::/127', 'fd00::/16', 'fd00:3::/64', 'fd00:2::/31']
  return fc.constantFrom(...SERVICES[family], ...SERVICES[family], ...places, ...networks)
}

function deedOf(family: 4 | 6, deeds: Group['deeds'], chains: string[]): fc.Arbitrary<DeedSpec> {
  const all: fc.WeightedArbitrary<DeedSpec>[] = [
    { weight: 1, arbitrary: fc.constantFrom({ kind: 'accept' as const }, { kind: 'return' as const }, { kind: 'nothing' as const }) },
  ]
  if (chains.length > 0) {
    all.push({ weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('jump' as const, 'jump' as const, 'goto' as const), chain: fc.constantFrom(...chains) }) })
  }
  for (const deed of deeds) all.push({ weight: deed === 'dnat' ? 4 : 2, arbitrary: DEEDS[deed](family) })
  return fc.oneof(...all)
}

const DEEDS: Record<Group['deeds'][number], (family: 4 | 6) => fc.Arbitrary<DeedSpec>> = {
  drop: () => fc.constant({ kind: 'drop' }),
  reject: () => fc.record({ kind: fc.constant('reject'), prohibited: fc.boolean() }),
  masquerade: () => fc.constant({ kind: 'masquerade' }),
  notrack: () => fc.constant({ kind: 'notrack' }),
  snat: (family) => fc.constant({ kind: 'snat', address: ADDRESSES[family].node.replace('2.1', '5.1').replace('2::1', '5::1') }),
  mark: () => fc.record({ kind: fc.constant('mark'), ...changeOf() }),
  connmark: () => fc.oneof(fc.constant<DeedSpec>({ kind: 'save' }), fc.constant<DeedSpec>({ kind: 'restore' }), fc.record({ kind: fc.constant('connmark'), ...changeOf() })),
  dnat: (family) => {
    const { endpoint1, endpoint2, node } = ADDRESSES[family]
    const port = fc.option(fc.constantFrom(...PORTS))
    return fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('dnat'), address: fc.constantFrom(endpoint1, endpoint2, node), addressEnd: fc.constant(null), port }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('dnat'), address: fc.constant(endpoint1), addressEnd: fc.constant(endpoint1.replace(/2$/, '3')), port: family === 4 ? port : fc.constantFrom(...PORTS) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('redirect'), port }) },
    )
  },
}

const changeOf = () => ({ and: fc.constantFrom(0, 0xfffffffe, 0xfffffffc, 0xffffffff), xor: fc.constantFrom(0, 1, 2, 3) })
