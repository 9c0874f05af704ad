import { describe, expect, it } from 'vitest'
import { parseNftText } from '../../../src/parse/nft/text.ts'
import { capturedListings, listing, meaningOf, meaningOfAll, rulesIn, textListing } from './listings.ts'

const captured = await capturedListings()
const older = listing('kube-proxy-1.29.txt')
const whole = (text: string) => parseNftText(text, 'f').tables.map((table) => table.whole)

describe('parseNftText', () => {
  it.each(captured)('reads every line of $node', ({ text }) => {
    const ruleset = parseNftText(text, 'nft.txt')
    expect(ruleset.problems).toEqual([])
    expect(ruleset.tables.every((table) => table.whole)).toBe(true)
    const lines = text.split('\n')
    const rules = ruleset.tables.flatMap(({ chains }) => [...chains.values()].flatMap((chain) => chain.rules))
    expect(rules.length).toBeGreaterThan(90)
    for (const { source } of rules) expect(lines[source.line - 1]!.trim()).toBe(source.text)
    for (const object of ruleset.objects) {
      const rule = object.rule as { expr: unknown[] } | undefined
      const texts = (rule?.expr ?? []).filter((statement) => typeof statement === 'string')
      expect(texts.filter((text) => text !== '(a statement that nft did not print)')).toEqual([])
    }
  })

  it('reads what iptables-nft shows', () => {
    const { text } = captured.find(({ node }) => node === 'k8s-1.36-iptables-nft-dualstack-bridge n1')!
    const ruleset = parseNftText(text, 'nft.txt')
    const [masquerade, first, second, third, fourth, last] = rulesIn(ruleset, 'ip nat', 'KUBE-SVC-E3PXEPMWAWIUT6ZV')
    expect(masquerade!.matches.map(({ kind }) => kind)).toEqual(['protocol', 'address', 'address', 'port'])
    const draws = [first, second, third, fourth].map((rule) => rule!.matches)
    expect(draws).toEqual(
      [429496730, 536870912, 715827883, 1073741824].map((bound) => [
        { kind: 'random', negated: false, probability: bound / 2 ** 31 },
      ]),
    )
    expect(last).toMatchObject({ matches: [], counter: { packets: 4, bytes: 240 } })
    expect(first).toMatchObject({
      actions: [{ kind: 'jump', chain: 'KUBE-SEP-BWKO2ZW4IRW35RFX' }],
      counter: { packets: 5, bytes: 300 },
      source: {
        text: 'meta random & 2147483647 < 429496730 counter packets 5 bytes 300 jump KUBE-SEP-BWKO2ZW4IRW35RFX',
      },
    })
    const [, endpoint] = rulesIn(ruleset, 'ip nat', 'KUBE-SEP-ZQV34UAPSFBEUZLV')
    expect(meaningOf([endpoint!])).toEqual([
      {
        matches: [
          { kind: 'protocol', negated: false, protocols: ['tcp'] },
          { kind: 'unknown', text: 'xt match recent' },
        ],
        actions: [
          {
            kind: 'dnat',
            choices: [
              { probability: 1, target: { address: '10.244.2.4', addressEnd: null, port: 8080, portEnd: null } },
            ],
          },
        ],
      },
    ])
  })

  it('reads fragments, which are not whole', () => {
    expect(whole(listing('chain.txt'))).toEqual([false])
    expect(whole(listing('map.txt'))).toEqual([false])
    expect(whole(listing('tables.txt'))).toEqual([false])
    expect(whole(older)).toEqual([true])
    expect(whole('table ip a {\n}\ntable ip b {\n\tchain c {\n\t}\n}\n')).toEqual([true, false])
    const hook = 'type nat hook output priority 0'
    const two = (body: string) =>
      `table ip a {\n\tchain b {\n${body}\n\t}\n\tchain c {\n\t}\n}\ntable ip b {\n\tchain c {\n\t}\n}\n`
    expect(whole(two(hook))).toEqual([true, true])
    // No hook leads to any of it: a part of something, or nothing at all.
    expect(whole(two(''))).toEqual([false, false])
  })

  it('puts fragments together', () => {
    const both = parseNftText(listing('map.txt') + listing('chain.txt'), 'f')
    expect(both.problems).toEqual([])
    expect(both.tables).toHaveLength(1)
    expect([...both.tables[0]!.chains.keys(), ...both.tables[0]!.sets.keys()]).toEqual(['services', 'service-ips'])
  })

  it('reads CRLF as LF', () => {
    const crlf = parseNftText(older.replaceAll('\n', '\r\n'), 'f')
    expect(crlf.problems).toEqual([])
    expect(meaningOfAll(crlf)).toEqual(meaningOfAll(textListing('kube-proxy-1.29.txt')))
  })

  it('leaves a rule out that is cut off, and a set', () => {
    const rule = older.indexOf('dnat to 10.180.0.2:80')
    const cut = parseNftText(older.slice(0, rule + 'dnat to 10.180.0.2:8'.length), 'f')
    expect(cut.problems.map(({ line, message }) => [line, message])).toEqual([
      [117, 'this rule is cut off, and left out: "meta l4proto tcp dnat to 10.180.0.2:8"'],
      [117, 'the chain endpoint-RSRQ24XY-ns1/svc1/tcp/p80__10.180.0.2/80 is cut off here'],
      [117, 'the table kube-proxy is cut off here'],
    ])
    expect(cut.tables[0]!.whole).toBe(false)
    expect(rulesIn(cut, 'ip kube-proxy', 'endpoint-RSRQ24XY-ns1/svc1/tcp/p80__10.180.0.2/80')).toHaveLength(1)
    const set = parseNftText(older.slice(0, older.indexOf('goto service-HVFWP5L3')), 'f')
    expect(set.problems[0]).toEqual({ file: 'f', line: 43, message: 'the map service-ips is cut off' })
    expect(set.tables[0]!.sets.has('service-ips')).toBe(false)
    expect(set.tables[0]!.sets.has('no-endpoint-services')).toBe(true)
  })

  it('finds the next table after a chain without its end', () => {
    const text = 'table ip a {\n\tchain b {\n\t\taccept\ntable ip6 c {\n\tchain d {\n\t\tdrop\n\t}\n}\n'
    const ruleset = parseNftText(text, 'f')
    expect(ruleset.tables.map(({ name }) => name)).toEqual(['a', 'c'])
    expect(rulesIn(ruleset, 'ip a', 'b')).toHaveLength(1)
    expect(rulesIn(ruleset, 'ip6 c', 'd')).toHaveLength(1)
    expect(ruleset.problems.map(({ line }) => line)).toEqual([4, 4])
    expect(ruleset.tables[0]!.whole).toBe(false)
  })

  it('takes what was copied without its table, and says so', () => {
    const ruleset = parseNftText('chain c {\n\ttcp dport 22 accept\n}\n', 'f')
    expect(ruleset.problems).toEqual([{ file: 'f', line: 1, message: 'this stands outside of a table: "chain"' }])
    expect(ruleset.tables).toMatchObject([{ family: 'inet', name: '', whole: false }])
    expect(rulesIn(ruleset, 'inet ', 'c')).toHaveLength(1)
  })

  it('passes over comments and warnings, and names other lines', () => {
    const text =
      '# Warning: table ip nat is managed by iptables-nft, do not touch!\ntable ip nat { # handle 3\n\tchain c { # handle 1\n\t\t# allow ssh\n\t\ttcp dport 22 accept # handle 7\n\t}\n}\n$ exit\n'
    const ruleset = parseNftText(text, 'f')
    expect(ruleset.problems).toEqual([{ file: 'f', line: 8, message: 'this is no listing of nft: "$ exit"' }])
    expect(rulesIn(ruleset, 'ip nat', 'c').map(({ source }) => source)).toEqual([
      { line: 5, text: 'tcp dport 22 accept' },
    ])
    expect(ruleset.objects).toMatchObject([
      { table: { handle: 3 } },
      { chain: { handle: 1 } },
      { rule: { handle: 7, expr: [{ match: {} }, { accept: null }] } },
    ])
  })

  it('reads comments of iptables’ rules, and matches that older versions print as comments', () => {
    const text = [
      'table ip nat {',
      'chain c {',
      'meta l4proto tcp comment "default/kubernetes:https" tcp dport 443 counter packets 1 bytes 60 jump d',
      '# recent: CHECK name: x side: source counter packets 2 bytes 120 jump d',
      'tcp dport 22 # xt_recent counter packets 3 bytes 180 drop',
      '}',
      'chain d {',
      '}',
      '}',
      '',
    ].join('\n')
    const ruleset = parseNftText(text, 'f')
    expect(ruleset.problems).toEqual([])
    expect(rulesIn(ruleset, 'ip nat', 'c')).toMatchObject([
      {
        comment: 'default/kubernetes:https',
        matches: [{ kind: 'protocol' }, { kind: 'port' }],
        counter: { packets: 1 },
      },
      { matches: [{ kind: 'unknown', text: '# recent: CHECK name: x side: source' }], actions: [{ kind: 'jump' }] },
      {
        matches: [{ kind: 'protocol' }, { kind: 'port' }, { text: '# xt_recent' }],
        counter: { packets: 3, bytes: 180 },
      },
    ])
  })

  it('reads names, priorities and policies in all their forms', () => {
    const text = [
      'table bridge "odd name" {',
      'chain a { type filter hook prerouting priority dstnat; policy drop; accept; }',
      'chain b { type filter hook output priority out + 5; }',
      'chain c { type filter hook input priority -5; policy accept; }',
      '}',
      'table netdev n {',
      'chain a { type filter hook ingress devices = { "eth0", "eth1" } priority filter - 1; policy accept; }',
      'chain b { type filter hook egress device eth0 priority 5; comment "x"; drop; }',
      'chain c { type filter hook input priority soon; }',
      '}',
      '',
    ].join('\n')
    const ruleset = parseNftText(text, 'f')
    const bases = ruleset.tables.flatMap(({ name, chains }) =>
      [...chains.values()].map(({ base, policy, rules }) => [name, base?.hook, base?.priority, policy, rules.length]),
    )
    expect(bases).toEqual([
      ['odd name', 'prerouting', -300, 'drop', 1],
      ['odd name', 'output', 105, null, 0],
      ['odd name', 'input', -5, 'accept', 0],
      ['n', 'ingress', -1, 'accept', 0],
      ['n', 'egress', 5, null, 1],
      ['n', undefined, undefined, null, 0],
    ])
    expect(ruleset.problems).toMatchObject([{ line: 9, message: expect.stringContaining('hook') }])
    expect(ruleset.objects[6]).toMatchObject({ chain: { dev: ['eth0', 'eth1'] } })
  })

  it('follows a jump into a chain without a name', () => {
    const text =
      'table inet t {\n\tchain c {\n\t\ttcp dport 53 jump {\n\t\t\tip saddr 10.0.0.0/8 accept\n\t\t\tdrop\n\t\t}\n\t\tudp dport 53 goto {\n\t\t\taccept\n\t\t}\n\t}\n}\n'
    const ruleset = parseNftText(text, 'f')
    expect(ruleset.problems).toEqual([])
    const [first, second] = rulesIn(ruleset, 'inet t', 'c')
    expect(first).toMatchObject({ actions: [{ kind: 'jump', chain: '__chain0' }], source: { line: 3 } })
    expect(second!.actions).toEqual([{ kind: 'goto', chain: '__chain1' }])
    expect(rulesIn(ruleset, 'inet t', '__chain0').map(({ source }) => source)).toEqual([
      { line: 4, text: 'ip saddr 10.0.0.0/8 accept' },
      { line: 5, text: 'drop' },
    ])
  })

  it('reads sets and maps of every kind', () => {
    const ruleset = textListing('shapes.txt')
    const { sets } = ruleset.tables[0]!
    expect(sets.get('blocked')!.elements).toHaveLength(5)
    expect(sets.get('con')!.elements[0]).toMatchObject([{ kind: 'prefix' }, { word: 'tcp' }, { low: 80, high: 90 }])
    expect(sets.get('marks')!.elements).toEqual([
      [{ kind: 'range', low: 1, high: 1 }],
      [{ kind: 'range', low: 32, high: 32 }],
    ])
    expect(sets.get('m')).toMatchObject({ verdicts: null, elements: { length: 2 } })
    expect(sets.get('vm')!.verdicts).toMatchObject([
      { verdict: { kind: 'accept' } },
      { verdict: { kind: 'jump', chain: 'other' } },
      { key: [{ kind: 'any' }], verdict: { kind: 'drop' } },
    ])
    expect([...sets.values()].flatMap(({ name, dynamic }) => (dynamic ? [name] : []))).toEqual(['dyn'])
    const [table, , , , , , dyn] = ruleset.objects
    expect(table).toEqual({ table: { family: 'inet', name: 'fw' } })
    expect(dyn).toEqual({
      set: {
        family: 'inet',
        table: 'fw',
        name: 'dyn',
        type: ['ipv4_addr', 'inet_service'],
        size: 1000,
        flags: ['dynamic', 'timeout'],
        timeout: 300,
        'gc-interval': 60,
      },
    })
  })

  it('keeps an element that it cannot read as what may be anything', () => {
    const text =
      'table ip t {\n\tset s {\n\t\ttype ipv4_addr\n\t\tfrob 5\n\t\telements = { 10.0.0.1, ( ), 10.0.0.3 }\n\t}\n}\n'
    const ruleset = parseNftText(text, 'f')
    expect(ruleset.problems).toEqual([{ file: 'f', line: 4, message: 'this is not understood of a set: "frob 5"' }])
    expect(ruleset.tables[0]!.sets.get('s')!.elements).toMatchObject([
      [{ kind: 'prefix' }],
      [{ kind: 'unknown' }],
      [{ kind: 'prefix' }],
    ])
  })
})
