/** What kube-proxy 1.29 to 1.33 writes otherwise than 1.36, and what later ones may add. */
import { describe, expect, it } from 'vitest'
import { DPORT, PROTOCOL, printKey, SET_MARK, setOf, tcp, to } from './kube-proxy.ts'
import { jsonListing, meaningOf, rulesIn, textListing } from './listings.ts'

describe.each([
  ['text', textListing('kube-proxy-1.29.txt')],
  ['JSON', jsonListing('kube-proxy-1.29.json')],
])('kube-proxy 1.29 in %s', (_, ruleset) => {
  const rules = (chain: string) => meaningOf(rulesIn(ruleset, 'ip kube-proxy', chain))

  it('marks in a chain of its own', () => {
    expect(rules('mark-for-masquerade')).toEqual([{ matches: [], actions: [SET_MARK] }])
    expect(rules('masquerading')).toEqual([
      {
        matches: [{ kind: 'mark', of: 'packet', negated: false, value: 0, mask: 0x4000 }],
        actions: [{ kind: 'return' }],
      },
      { matches: [], actions: [{ kind: 'mark', of: 'packet', and: 0xffffffff, xor: 0x4000 }] },
      { matches: [], actions: [{ kind: 'masquerade' }] },
    ])
  })

  it('takes node ports by the type of the address', () => {
    const [, nodePorts] = rules('services')
    expect(nodePorts!.matches[0]).toEqual({
      kind: 'addressType',
      side: 'destination',
      negated: false,
      types: ['LOCAL'],
    })
    expect(nodePorts!.matches[1]).toMatchObject({ side: 'destination', negated: true, text: '127.0.0.0/8' })
    expect(nodePorts!.actions).toEqual([{ kind: 'verdictMap', fields: [PROTOCOL, DPORT], map: 'service-nodeports' }])
  })

  it('draws among chains of endpoints', () => {
    const [masquerade, draw] = rules('service-ULMVA6XW-ns1/svc1/tcp/p80')
    expect(masquerade!.matches.map(({ kind }) => kind)).toEqual(['address', 'protocol', 'port', 'address'])
    expect(masquerade!.actions).toEqual([{ kind: 'jump', chain: 'mark-for-masquerade' }])
    const chain = 'endpoint-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80'
    const other = 'endpoint-RSRQ24XY-ns1/svc1/tcp/p80__10.180.0.2/80'
    expect(draw!.actions).toEqual([
      {
        kind: 'randomVerdict',
        choices: [chain, other, other].map((name) => ({ probability: 1 / 3, verdict: { kind: 'goto', chain: name } })),
      },
    ])
    expect(rules(chain)[1]).toEqual({
      matches: [tcp],
      actions: [{ kind: 'dnat', choices: [{ probability: 1, target: to('10.180.0.1', 80) }] }],
    })
  })

  it('counts by name what it rejects, and knows what it cannot tell of a connection', () => {
    expect(rules('endpoints-check')[2]!.actions).toEqual([
      { kind: 'none', text: 'counter name "localhost-nodeport-rejected"' },
      { kind: 'reject', with: 'icmp port-unreachable' },
    ])
    const [, offload] = rules('filter-forward')
    expect(offload!.matches).toEqual([
      {
        kind: 'set',
        dialect: 'nft',
        negated: false,
        set: 'cluster-ips',
        fields: [{ kind: 'connection', direction: 'original', field: { kind: 'address', side: 'destination' } }],
      },
      { kind: 'unknown', text: 'ct packets > 20' },
    ])
  })

  it('keeps sets with a timeout apart', () => {
    const affinity = setOf(ruleset, 'ip kube-proxy', 'affinity-GTK6MW7G-ns5/svc5/tcp/p80__10.180.0.3/80')
    expect(affinity.dynamic).toBe(true)
    expect(affinity.elements.map(printKey)).toEqual(['10.180.0.9'])
    expect(setOf(ruleset, 'ip kube-proxy', 'nodeport-ips').dynamic).toBe(false)
  })
})
