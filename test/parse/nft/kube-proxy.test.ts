/** The tables that kube-proxy 1.36 writes, as captured from n1. */
import { describe, expect, it } from 'vitest'
import { formatCidr } from '../../../src/model/address.ts'
import type { Match } from '../../../src/model/rules.ts'
import { parseNftJson } from '../../../src/parse/nft/json.ts'
import { parseNftText } from '../../../src/parse/nft/text.ts'
import { address, DPORT, inSet, PROTOCOL, printKey, SET_MARK, setOf, tcp, to } from './kube-proxy.ts'
import { capturedListings, meaningOf, rulesIn } from './listings.ts'

const n1 = (await capturedListings()).find(({ node }) => node === 'k8s-1.36-nftables-dualstack-ptp n1')!

/** A match's addresses as text. */
const cidrsOf = (match: Match | undefined): string[] | null =>
  match?.kind === 'address' ? (match.cidrs ?? []).map(formatCidr) : null

describe.each([
  ['text', parseNftText(n1.text, 'nft.txt')],
  ['JSON', parseNftJson(n1.json!, 'nft.json')],
])('kube-proxy 1.36 in %s', (_, ruleset) => {
  const rules = (chain: string, table = 'ip kube-proxy') => rulesIn(ruleset, table, chain)

  it('has whole tables of both families', () => {
    expect(ruleset).toMatchObject({ dialect: 'nft', backend: 'nft', takenAt: null, problems: [] })
    expect(ruleset.tables.map(({ family, name, whole }) => [family, name, whole])).toEqual([
      ['ip', 'mangle', true],
      ['ip', 'filter', true],
      ['ip6', 'mangle', true],
      ['ip', 'nat', true],
      ['ip6', 'nat', true],
      ['ip6', 'filter', true],
      ['ip', 'kube-proxy', true],
      ['ip6', 'kube-proxy', true],
    ])
  })

  it('has base chains with their hooks, and chains without', () => {
    const chains = [...ruleset.tables.at(-1)!.chains.values()]
    const bases = chains.flatMap(({ name, base, policy }) =>
      base ? [[name, base.type, base.hook, base.priority, policy]] : [],
    )
    expect(bases).toEqual([
      ['filter-prerouting-pre-dnat', 'filter', 'prerouting', -110, 'accept'],
      ['filter-output-pre-dnat', 'filter', 'output', -110, 'accept'],
      ['filter-input', 'filter', 'input', 0, 'accept'],
      ['filter-forward', 'filter', 'forward', 0, 'accept'],
      ['filter-output', 'filter', 'output', 0, 'accept'],
      ['nat-prerouting', 'nat', 'prerouting', -100, 'accept'],
      ['nat-output', 'nat', 'output', -100, 'accept'],
      ['nat-postrouting', 'nat', 'postrouting', 100, 'accept'],
    ])
    expect(ruleset.tables.at(-1)!.chains.get('services')).toMatchObject({ base: null, policy: null, counter: null })
  })

  it('dispatches by address, protocol and port', () => {
    const [masquerade, ips, nodePorts, ...others] = rules('services')
    expect(masquerade!.matches[0]).toEqual(inSet('cluster-ips', 'destination'))
    expect(masquerade!.matches[1]).toMatchObject({ side: 'source', negated: true, text: '10.244.0.0/16' })
    expect(masquerade).toMatchObject({
      actions: [SET_MARK],
      counter: null,
      comment: 'masquerade clusterIP traffic from outside cluster',
    })
    expect(ips!.matches).toEqual([])
    expect(ips!.actions).toEqual([
      { kind: 'verdictMap', fields: [address('destination'), PROTOCOL, DPORT], map: 'service-ips' },
    ])
    expect(nodePorts!.matches).toEqual([inSet('nodeport-ips', 'destination')])
    expect(nodePorts!.actions).toEqual([{ kind: 'verdictMap', fields: [PROTOCOL, DPORT], map: 'service-nodeports' }])
    expect(others).toEqual([])
  })

  it('knows the elements of its verdict maps', () => {
    const ips = setOf(ruleset, 'ip kube-proxy', 'service-ips')
    expect(ips.dynamic).toBe(false)
    expect(ips.elements).toHaveLength(21)
    expect(ips.verdicts!.map(({ key }) => key)).toEqual(ips.elements)
    const web = ips.verdicts!.find(({ key }) => printKey(key) === '10.96.57.15 tcp 80')
    expect(web).toMatchObject({ verdict: { kind: 'goto', chain: 'service-452DNVGS-shop/web/tcp/' }, comment: null })
    const dead = setOf(ruleset, 'ip kube-proxy', 'no-endpoint-services').verdicts!
    expect(dead.map(({ key, verdict, comment }) => [printKey(key), verdict, comment])).toEqual([
      ['10.96.171.36 tcp 80', { kind: 'goto', chain: 'reject-chain' }, 'shop/empty'],
      ['10.96.192.242 tcp 80', { kind: 'drop' }, 'shop/web-internal-local'],
    ])
    const nodePorts = setOf(ruleset, 'ip kube-proxy', 'service-nodeports').verdicts!
    expect(nodePorts.map(({ key }) => printKey(key))).toEqual(['tcp 30080', 'tcp 30081', 'tcp 30649', 'tcp 31722'])
    expect(setOf(ruleset, 'ip6 kube-proxy', 'service-ips').elements.map(printKey)).toEqual(['fd00:10:96::d2b7 tcp 80'])
  })

  it('draws among the endpoints of either family', () => {
    const [web] = rules('service-452DNVGS-shop/web/tcp/')
    expect(web!.matches).toEqual([tcp])
    const endpoints = ['10.244.1.4', '10.244.2.3', '10.244.2.5', '10.244.3.2', '10.244.3.3']
    const choices = endpoints.map((endpoint) => ({ probability: 0.2, target: to(endpoint, 8080) }))
    expect(web!.actions).toEqual([{ kind: 'dnat', choices }])
    const [dual] = rules('service-UKER4VBB-shop/web-dual/tcp/', 'ip6 kube-proxy')
    const action = dual!.actions[0]!
    expect(action.kind === 'dnat' && action.choices.map(({ target }) => target)).toEqual([
      to('fd00:10:244:1::4', 8080),
      to('fd00:10:244:2::3', 8080),
      to('fd00:10:244:2::5', 8080),
      to('fd00:10:244:3::2', 8080),
      to('fd00:10:244:3::3', 8080),
    ])
    expect(rules('service-2QRHZV4L-default/kubernetes/tcp/https')[0]!.actions).toEqual([
      { kind: 'dnat', choices: [{ probability: 1, target: to('172.30.0.2', 6443) }] },
    ])
  })

  it('sends a client where it was before, and a new one by lot', () => {
    const sticky = rules('service-PSCQNZ7O-shop/web-sticky/tcp/')
    expect(sticky).toHaveLength(6)
    const endpoint = 'I5ZXQLQL-shop/web-sticky/tcp/__10.244.2.3/8080'
    expect(meaningOf(sticky)[1]).toEqual({
      matches: [inSet(`affinity-${endpoint}`, 'source')],
      actions: [{ kind: 'goto', chain: `endpoint-${endpoint}` }],
    })
    const last = sticky[5]!.actions[0]!
    expect(last.kind === 'randomVerdict' && last.choices.map(({ probability }) => probability)).toEqual([
      0.2, 0.2, 0.2, 0.2, 0.2,
    ])
    expect(last).toMatchObject({ choices: { 1: { verdict: { kind: 'goto', chain: `endpoint-${endpoint}` } } } })
    const writes = `affinity-${endpoint}`
    expect(meaningOf(rules(`endpoint-${endpoint}`))).toEqual([
      { matches: [], actions: [{ kind: 'none', text: `update @${writes} { ip saddr }`, writes }] },
      { matches: [tcp], actions: [{ kind: 'dnat', choices: [{ probability: 1, target: to('10.244.2.3', 8080) }] }] },
    ])
    const seen = setOf(ruleset, 'ip kube-proxy', 'affinity-JL7IZ7MP-shop/web-sticky/tcp/__10.244.3.2/8080')
    expect(seen).toMatchObject({ dynamic: true, verdicts: null })
    expect(seen.elements.map(printKey)).toEqual(['10.244.1.3'])
  })

  it('masquerades what is marked, and hairpins', () => {
    expect(meaningOf(rules('masquerading'))).toEqual([
      {
        matches: [{ kind: 'mark', of: 'packet', negated: true, value: 0, mask: 0x4000 }],
        actions: [{ kind: 'mark', of: 'packet', and: 0xffffffff, xor: 0x4000 }, { kind: 'masquerade' }],
      },
      {
        matches: [
          { kind: 'conntrack', negated: false, states: ['DNAT'], ofEntry: true },
          {
            kind: 'set',
            dialect: 'nft',
            negated: false,
            set: 'hairpin-connections',
            fields: [address('source'), address('destination'), PROTOCOL, DPORT],
          },
        ],
        actions: [{ kind: 'masquerade' }],
      },
    ])
    const hairpins = setOf(ruleset, 'ip kube-proxy', 'hairpin-connections').elements.map(printKey)
    expect(hairpins[1]).toBe('10.244.1.2 10.244.1.2 tcp 53')
  })

  it('rejects, drops, and lets in only some', () => {
    const [invalid, unallocated] = rules('cluster-ips-check')
    expect(invalid!.actions).toEqual([{ kind: 'reject', with: 'icmp port-unreachable' }])
    expect(invalid!.matches).toEqual([inSet('cluster-ips', 'destination')])
    expect(unallocated!.actions).toEqual([{ kind: 'drop' }])
    expect(cidrsOf(unallocated!.matches[0])).toEqual(['10.96.0.0/16'])
    expect(rules('reject-chain', 'ip6 kube-proxy')[0]!.actions).toEqual([
      { kind: 'reject', with: 'icmpv6 port-unreachable' },
    ])
    const [firewall] = rules('firewall-5UCFG6EA-shop/web-lb/tcp/')
    expect(firewall!.matches[0]).toMatchObject({ kind: 'address', side: 'source', negated: true })
    expect(cidrsOf(firewall!.matches[0])).toEqual(['172.30.0.0/24', '192.0.2.0/24', '203.0.113.10'])
    expect(meaningOf(rules('filter-input'))[0]).toEqual({
      matches: [{ kind: 'conntrack', negated: false, states: ['NEW'] }],
      actions: [{ kind: 'jump', chain: 'nodeport-endpoints-check' }],
    })
  })

  it('keeps local traffic apart', () => {
    const external = rules('external-OX4FEVER-shop/web-lb-local/tcp/')
    expect(external.map(({ comment }) => comment)).toEqual([
      'short-circuit pod traffic',
      'masquerade local traffic',
      'short-circuit local traffic',
      null,
    ])
    const local: Match = { kind: 'addressType', side: 'source', negated: false, types: ['LOCAL'] }
    expect(meaningOf(external)[1]).toEqual({ matches: [local], actions: [SET_MARK] })
    expect(meaningOf(external)[3]!.actions).toEqual([{ kind: 'goto', chain: 'local-OX4FEVER-shop/web-lb-local/tcp/' }])
  })
})
