import { describe, expect, it } from 'vitest'
import { parseNftJson } from '../../../src/parse/nft/json.ts'
import { printNftJson } from '../../../src/parse/nft/print.ts'
import { parseNftText } from '../../../src/parse/nft/text.ts'
import { capturedListings, jsonListing, listing, meaningOfAll, rulesIn } from './listings.ts'

const captured = (await capturedListings()).flatMap(({ node, json }) => (json === null ? [] : [{ node, json }]))
const shapes = listing('shapes.json')

/** A document of one table with a chain of the given rules. */
const document = (...rules: object[]): string =>
  JSON.stringify({
    nftables: [
      { table: { family: 'inet', name: 't', handle: 1 } },
      { chain: { family: 'inet', table: 't', name: 'c', handle: 1 } },
      ...rules.map((rule) => ({ rule: { family: 'inet', table: 't', chain: 'c', ...rule } })),
    ],
  })

describe('printNftJson', () => {
  it.each([
    ...captured,
    { node: 'shapes.json', json: shapes },
    { node: 'kube-proxy-1.29.json', json: listing('kube-proxy-1.29.json') },
  ])('prints back what was read: $node', ({ json }) => {
    expect(JSON.parse(printNftJson(parseNftJson(json, 'nft.json')))).toEqual(JSON.parse(json))
  })

  it('prints what was read as text so that it says the same', () => {
    const text = parseNftText(listing('shapes.txt'), 'nft.txt')
    const again = parseNftJson(printNftJson(text), 'nft.json')
    expect(meaningOfAll(again)).toEqual(meaningOfAll(text))
  })
})

describe('parseNftJson', () => {
  it('tells where a rule stands', () => {
    const pretty = JSON.stringify(
      JSON.parse(document({ expr: [{ accept: null }] }, { expr: [{ drop: null }] })),
      null,
      2,
    )
    const lines = pretty.split('\n')
    const [first, second] = rulesIn(parseNftJson(pretty, 'nft.json'), 'inet t', 'c')
    expect(lines[first!.source.line]).toContain('"rule"')
    expect(second!.source.line - first!.source.line).toBe(12)
    expect([first!.source.text, second!.source.text]).toEqual(['accept', 'drop'])
    const rules = rulesIn(jsonListing('kube-proxy-1.29.json'), 'ip kube-proxy', 'nat-prerouting')
    expect(rules[0]!.source).toEqual({ line: 1, text: 'jump services' })
  })

  it('renders a rule as nft prints it', () => {
    const rules = rulesIn(jsonListing('kube-proxy-1.29.json'), 'ip kube-proxy', 'external-42NFTM6N-ns2/svc2/tcp/p80')
    expect(rules.map(({ source }) => source.text)).toEqual([
      'ip saddr 10.0.0.0/8 goto service-ULMVA6XW-ns1/svc1/tcp/p80 comment "short-circuit pod traffic"',
      'fib saddr type local jump mark-for-masquerade comment "masquerade local traffic"',
      'fib saddr type local goto service-ULMVA6XW-ns1/svc1/tcp/p80 comment "short-circuit local traffic"',
    ])
  })

  it('reads fragments, which are not whole', () => {
    const chain = jsonListing('chain.json')
    expect(chain.tables).toMatchObject([{ family: 'ip', name: 'kube-proxy', whole: false }])
    expect(rulesIn(chain, 'ip kube-proxy', 'services')).toHaveLength(2)
    const map = jsonListing('map.json')
    expect(map.tables[0]!.whole).toBe(false)
    expect(map.tables[0]!.sets.get('service-ips')!.elements).toHaveLength(3)
    expect(jsonListing('tables.json').tables).toMatchObject([{ name: 'kube-proxy', whole: false }])
  })

  it('puts fragments together', () => {
    const both = parseNftJson(`${listing('chain.json')}\n${listing('map.json')}`, 'nft.json')
    expect(both.problems).toEqual([])
    expect(both.tables).toHaveLength(1)
    expect([...both.tables[0]!.chains.keys(), ...both.tables[0]!.sets.keys()]).toEqual(['services', 'service-ips'])
    expect(rulesIn(both, 'ip kube-proxy', 'services')[0]!.actions).toMatchObject([{ map: 'service-ips' }])
  })

  it('does not take a chain that is listed twice for twice as long', () => {
    const chain = listing('chain.json')
    const twice = parseNftJson(chain + chain, 'nft.json')
    expect(rulesIn(twice, 'ip kube-proxy', 'services')).toHaveLength(2)
    expect(twice.problems).toEqual([
      { file: 'nft.json', line: 2, message: 'the chain services is listed again; its first listing counts' },
    ])
  })

  it('reads objects without their document, as jq takes them out', () => {
    const { nftables } = JSON.parse(shapes) as { nftables: object[] }
    const lines = nftables.map((object) => JSON.stringify(object)).join('\n')
    expect(meaningOfAll(parseNftJson(lines, 'nft.json'))).toEqual(meaningOfAll(jsonListing('shapes.json')))
    expect(meaningOfAll(parseNftJson(`[${lines.replaceAll('\n', ',')}]`, 'f'))).toEqual(
      meaningOfAll(jsonListing('shapes.json')),
    )
  })

  it('keeps what stands before a cut, and says where it is', () => {
    const whole = document({ expr: [{ accept: null }] }, { expr: [{ drop: null }] })
    const cut = parseNftJson(whole.slice(0, whole.indexOf('drop')), 'nft.json')
    expect(cut.problems).toEqual([
      { file: 'nft.json', line: 1, message: 'the JSON that begins at line 1 is cut off here' },
    ])
    expect(cut.tables[0]!.whole).toBe(false)
    expect(rulesIn(cut, 'inet t', 'c').map(({ actions }) => actions)).toEqual([[{ kind: 'accept' }]])
    const between = parseNftJson(whole.slice(0, whole.lastIndexOf(',{"rule"')), 'nft.json')
    expect([between.problems.length, between.tables[0]!.whole]).toEqual([1, false])
    const { tables } = parseNftJson(whole, 'nft.json')
    expect(tables[0]).toMatchObject({ whole: false, gaps: [{ kind: 'fragment', text: 'no base chain' }] })
  })

  it('reads on after an object that is damaged or none of nft’s', () => {
    const whole = document({ expr: [{ accept: null }] }, { expr: [{ drop: null }] })
    const damaged = parseNftJson(whole.replace('"accept":null', '"accept":nul'), 'nft.json')
    expect(damaged.problems).toMatchObject([{ line: 1, message: expect.stringContaining('cannot be read') }])
    expect(rulesIn(damaged, 'inet t', 'c')).toHaveLength(1)
    expect(damaged.tables[0]!.whole).toBe(false)
    for (const object of [
      '{"frob": {}}',
      '{"rule": {"table": "t"}}',
      '{"table": {"family": "x", "name": "t"}}',
      '{"set": 5}',
    ]) {
      expect(parseNftJson(object, 'nft.json').problems).toMatchObject([
        { message: expect.stringContaining('not understood') },
      ])
    }
    expect(parseNftJson('$ nft -j list ruleset\n{"nftables": []}', 'f').problems).toMatchObject([{ line: 1 }])
  })

  it('takes a set that rules write to for one that changes', () => {
    const set = { set: { family: 'inet', table: 't', name: 's', type: 'ipv4_addr', elem: ['10.0.0.1'] } }
    const rule = { expr: [{ set: { op: 'add', elem: { payload: { protocol: 'ip', field: 'saddr' } }, set: '@s' } }] }
    const sets = (text: string) => parseNftJson(text, 'f').tables[0]!.sets.get('s')
    expect(sets(`${JSON.stringify(set)}${document()}`)).toMatchObject({ dynamic: false })
    expect(sets(`${JSON.stringify(set)}${document(rule)}`)).toMatchObject({ dynamic: true })
  })

  it('reads sets by the types that later versions name', () => {
    const type = { typeof: { concat: [{ payload: { protocol: 'ip', field: 'saddr' } }, { meta: { key: 'iifname' } }] } }
    const elem = [
      { concat: [{ prefix: { addr: '10.0.0.0', len: 8 } }, 'eth0'] },
      { elem: { val: '*', counter: { packets: 1, bytes: 2 } } },
    ]
    const set = { set: { family: 'ip', table: 't', name: 's', type, elem } }
    expect(parseNftJson(JSON.stringify(set), 'f').tables[0]!.sets.get('s')!.elements).toEqual([
      [
        { kind: 'prefix', cidr: { family: 4, base: 0x0a000000n, bits: 8 } },
        { kind: 'word', word: 'eth0' },
      ],
      [{ kind: 'any' }, { kind: 'any' }],
    ])
  })

  it('knows that the base chains of a dormant table are not called', () => {
    const table = { table: { family: 'ip', name: 't', flags: ['dormant'] } }
    const chain = {
      chain: { family: 'ip', table: 't', name: 'c', type: 'filter', hook: 'input', prio: 0, policy: 'drop' },
    }
    const base = (...objects: object[]) =>
      parseNftJson(JSON.stringify({ nftables: objects }), 'f').tables[0]!.chains.get('c')!.base
    expect(base({ table: { family: 'ip', name: 't' } }, chain)).toEqual({ hook: 'input', type: 'filter', priority: 0 })
    expect(base(table, chain)).toBeNull()
  })

  it('does not follow a jump into a chain without a name, which JSON leaves out', () => {
    const rule = { expr: [{ jump: { target: '__chain5' } }] }
    const ruleset = parseNftJson(document(rule), 'f')
    expect(rulesIn(ruleset, 'inet t', 'c')[0]!.actions).toEqual([{ kind: 'unknown', text: 'jump __chain5' }])
  })
})
