import { describe, expect, test } from 'vitest'
import { NO_MARK } from '../../src/kernel/packet.ts'
import { parseSave } from '../../src/parse/iptables/save.ts'
import { nat, packet, rules, told, walk, within } from '../trace/build.ts'

/** A client of which only the network is known. */
const vague = packet({ source: within('10.1.0.0/16') })

describe('chains that call each other', () => {
  const marks = (name: string, value: number) => `${name}: -j MARK --set-xmark ${value}/${value}`

  test('a jump comes back to the next rule, whether by RETURN or by the end of the chain', () => {
    const ruleset = nat(
      'A: -j B',
      'A: -j DNAT --to-destination 10.0.0.1',
      'B: -p udp -j DROP',
      'B: -j RETURN',
      'B: -j DROP',
    )
    expect(told(walk(ruleset, 'A'))).toEqual(['dnat 10.0.0.1'])
    expect(told(walk(nat('A: -j B', 'A: -j ACCEPT', 'B:'), 'A'))).toEqual(['accept'])
  })

  test('a goto comes back to the chain that called the one it stands in', () => {
    const ruleset = nat(
      'A: -j B',
      marks('A', 1),
      'B: -g C',
      marks('B', 2), // never met
      'C: -j D',
      marks('C', 4),
      'D: -j RETURN',
    )
    const { returned } = walk(ruleset, 'A')
    expect(returned).toHaveLength(1)
    expect(returned[0]!.mark.value).toBe(5)
  })

  test('a goto in the first chain ends in its policy, and so does RETURN', () => {
    expect(told(walk(nat('A: -g B', 'A: -j DROP', 'B:'), 'A'))).toEqual(['returned'])
    expect(told(walk(nat('A: -j RETURN', 'A: -j DROP'), 'A'))).toEqual(['returned'])
  })

  test('verdicts of a chain in a chain end all of them', () => {
    const ruleset = nat('A: -j B', 'A: -j DROP', 'B: -j C', 'B: -j DROP', 'C: -j ACCEPT')
    const { ended } = walk(ruleset, 'A')
    expect(ended[0]!.chains).toEqual(['A', 'B', 'C'])
    expect(told(walk(ruleset, 'A'))).toEqual(['accept'])
  })

  test('a loop of jumps is named', () => {
    expect(told(walk(nat('A: -j B', 'B: -j C', 'C: -j B'), 'A'))).toEqual(['unknown: a loop of jumps: A → B → C → B'])
    expect(told(walk(nat('A: -g A'), 'A'))).toEqual(['unknown: a loop of jumps: A → A'])
  })

  test('1,000 jumps deep there is a way, 2,000 deep an answer', () => {
    const nested = (depth: number) =>
      nat(
        ...Array.from({ length: depth }, (_, i) => `C${i}: -j C${i + 1}`),
        `C${depth}: -j DNAT --to-destination 10.0.0.1`,
      )
    expect(told(walk(nested(1000), 'C0'))).toEqual(['dnat 10.0.0.1'])
    expect(told(walk(nested(2000), 'C0'))).toEqual(['unknown: jumps nest deeper than 1500'])
  })

  test('jumps that double at every level end as unknown', () => {
    const levels = Array.from({ length: 40 }, (_, i) => [`C${i}: -j C${i + 1}`, `C${i}: -j C${i + 1}`]).flat()
    const bomb = nat(...levels, 'C40: -j MARK --set-mark 1')
    expect(told(walk(bomb, 'C0'))).toEqual(['unknown: the rules branch too often to be followed'])
  })

  test('jumps that double at every level, at random, lose no share when they are given up', () => {
    const levels = Array.from({ length: 30 }, (_, i) => {
      const half = '-m statistic --mode random --probability 0.5'
      return [`C${i}: ${half} -j MARK --set-xmark ${i % 16}/15`, `C${i}: -j C${i + 1}`, `C${i}: -j C${i + 1}`]
    }).flat()
    const { ended, returned } = walk(nat(...levels, 'C30: -j RETURN'), 'C0')
    const shares = [...ended, ...returned].map((one) => one.probability)
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 6)
    expect(ended.every(({ verdict }) => verdict.kind === 'unknown')).toBe(true)
  })

  test('20,000 rules in a chain', () => {
    const text = `*nat\n${Array.from({ length: 20_000 }, (_, i) => `-A A -s 10.9.${i >> 8}.${i & 255} -j DROP\n`).join('')}-A A -j ACCEPT\n`
    expect(told(walk(parseSave(text, 'x'), 'A'))).toEqual(['accept'])
  })
})

describe('chains that are not in the text', () => {
  const fragment = parseSave('*nat\n-A A -j KUBE-MARK-MASQ\n-A A -j KUBE-SEP-X\n', 'x')

  test("kube-proxy's own are known by name, and the assumption is told", () => {
    const table = fragment.tables[0]!
    const { ended } = walk(fragment, 'A')
    expect(ended).toMatchObject([
      { verdict: { kind: 'endpointChain', chain: 'KUBE-SEP-X' }, mark: { value: 0x4000 }, chains: ['A', 'KUBE-SEP-X'] },
    ])
    expect(table.whole).toBe(false)
  })

  test('any other may do anything', () => {
    expect(told(walk(nat('A: -j GONE'), 'A'))).toEqual(['unknown: the chain GONE is not in the text'])
    // Names that JavaScript's own objects have are nobody's.
    expect(told(walk(nat('A: -j constructor'), 'A'))).toEqual(['unknown: the chain constructor is not in the text'])
  })

  test('a chain that a fragment only names may hold rules', () => {
    const named = parseSave('*nat\n:B - [0:0]\n-A A -j B\n', 'x')
    expect(told(walk(named, 'A'))).toEqual(['unknown: the chain B is not in the text'])
  })
})

describe('chance', () => {
  test.each([1, 2, 3, 5, 7, 64, 299, 300])('a cascade of %i gives each its equal share', (n) => {
    // Eleven digits, as iptables-save prints them.
    const jumps = Array.from({ length: n }, (_, i) => {
      const draw = i === n - 1 ? '' : `-m statistic --mode random --probability ${(1 / (n - i)).toFixed(11)} `
      return `A: ${draw}-j DNAT --to-destination 10.0.${i >> 8}.${i & 255}`
    })
    const { ended, returned } = walk(nat(...jumps), 'A')
    expect(returned).toEqual([])
    expect(ended).toHaveLength(n)
    for (const ending of ended) expect(Math.abs(ending.probability - 1 / n)).toBeLessThan(1e-6)
  })

  test('the captured spelling of five: 0.2, 0.25, 0.333…, 0.5, 1', () => {
    const draw = (p: string, i: number) =>
      `A: -m statistic --mode random --probability ${p} -j DNAT --to-destination 10.0.0.${i}`
    const five = nat(
      draw('0.20000000019', 1),
      draw('0.25000000000', 2),
      draw('0.33333333349', 3),
      draw('0.50000000000', 4),
      'A: -j DNAT --to-destination 10.0.0.5',
    )
    expect(told(walk(five, 'A'))).toEqual([1, 2, 3, 4, 5].map((i) => `dnat 10.0.0.${i} 0.2`))
  })

  test('every nth packet, probability 0 and 1, and a draw turned round', () => {
    const nth = nat(
      'A: -m statistic --mode nth --every 4 --packet 0 -j DNAT --to-destination 10.0.0.1',
      'A: -m statistic --mode nth --every 3 --packet 0 -j ACCEPT',
    )
    expect(told(walk(nth, 'A'))).toEqual(['dnat 10.0.0.1 0.25', 'accept 0.25', 'returned 0.5'])
    const random = (p: string, not = '') => nat(`A: -m statistic --mode random ${not}--probability ${p} -j DROP`)
    expect(told(walk(random('0'), 'A'))).toEqual(['returned'])
    expect(told(walk(random('1'), 'A'))).toEqual(['drop'])
    expect(told(walk(random('0.25', '! '), 'A'))).toEqual(['drop 0.75', 'returned 0.25'])
  })

  test('shares that a chain marks differently stay apart, and meet again where they are alike', () => {
    const half = '-m statistic --mode random --probability 0.5 -j MARK --set-xmark'
    const apart = walk(nat(`A: ${half} 1/1`), 'A')
    expect(apart.returned.map(({ probability, mark }) => [probability, mark.value])).toEqual([
      [0.5, 1],
      [0.5, 0],
    ])
    const again = Array.from({ length: 100 }, () => [`A: ${half} 1/1`, 'A: -j MARK --set-xmark 0/1']).flat()
    expect(told(walk(nat(...again), 'A'))).toEqual(['returned'])
  })

  test('a DNAT with several destinations shares between them', () => {
    const old = parseSave('*nat\n-A A -j DNAT --to-destination 10.0.0.1:80 --to-destination 10.0.0.2:80\n', 'x')
    expect(told(walk(old, 'A'))).toEqual(['dnat 10.0.0.1:80 0.5', 'dnat 10.0.0.2:80 0.5'])
  })

  test("a draw from a map: nft's numgen, as verdicts and as targets", () => {
    const numgen = rules(`table ip t {
      chain a { numgen random mod 4 vmap { 0 : goto b, 1 : goto c, 2-3 : drop } }
      chain b { dnat to 10.0.0.1 }
      chain c { meta l4proto tcp dnat ip to numgen random mod 3 map { 0 : 10.0.0.2 . 80, 1 : 10.0.0.3 . 81, 2 : 10.0.0.4 . 82 } }
      chain partly { numgen random mod 4 vmap { 0 : accept } }
    }`)
    expect(told(walk(numgen, 'a'))).toEqual([
      'dnat 10.0.0.1 0.25',
      'dnat 10.0.0.2:80 0.083333',
      'dnat 10.0.0.3:81 0.083333',
      'dnat 10.0.0.4:82 0.083333',
      'drop 0.5',
    ])
    expect(told(walk(numgen, 'partly'))).toEqual(['accept 0.25', 'returned 0.75'])
  })
})

describe('marks', () => {
  const after = (rule: string, before = 0xff) =>
    walk(nat(`A: -j MARK ${rule}`), 'A', packet({ mark: { value: before, known: 0xffffffff } })).returned[0]!.mark

  test.each([
    ['--set-xmark 0x4000/0x4000', 0x40ff],
    ['--set-xmark 0x0f/0xff', 0x0f],
    ['--set-xmark 0x4000/0x0', 0x40ff], // what --xor-mark 0x4000 is saved as
    ['--set-mark 0x100', 0x100],
    ['--set-mark 0x100/0xf', 0x1f0],
    ['--and-mark 0xf', 0x0f],
    ['--or-mark 0x100', 0x1ff],
    ['--xor-mark 0x1ff', 0x100],
    ['--set-xmark 0xffffffff/0xffffffff', 0xffffffff],
  ])('MARK %s', (rule, value) => expect(after(rule)).toEqual({ value, known: 0xffffffff }))

  test('CONNMARK keeps a mark for later, through a mask', () => {
    const ruleset = nat(
      'A: -j MARK --set-mark 0x1234',
      'A: -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff',
      'A: -j MARK --set-mark 0xff00',
      'A: -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff',
    )
    const [flow] = walk(ruleset, 'A').returned
    expect(flow!.connectionMark.value).toBe(0x34)
    expect(flow!.mark.value).toBe(0xff34)
    const set = nat('A: -j CONNMARK --set-xmark 0x7/0xffffffff', 'A: -m connmark --mark 0x3/0x3 -j ACCEPT')
    expect(told(walk(set, 'A'))).toEqual(['accept'])
  })

  test('what is known of some bits is enough for a test of these', () => {
    const half = packet({ mark: { value: 0x4001, known: 0x400f } })
    const asked = (test: string) => told(walk(nat(`A: -m mark ${test} -j DROP`), 'A', half))
    expect(asked('--mark 0x4000/0x4000')).toEqual(['drop'])
    expect(asked('! --mark 0x4000/0x4000')).toEqual(['returned'])
    expect(asked('--mark 0x2/0xf')).toEqual(['returned'])
    // A known bit that differs decides, whatever the others are.
    expect(asked('--mark 0x2/0xff')).toEqual(['returned'])
    const reason = "the packet's mark may be 0x1/0xff or not"
    expect(asked('--mark 0x1/0xff')).toEqual([`drop [${reason}]`, `returned [not: ${reason}]`])
    expect(told(walk(nat('A: -j MARK --set-xmark 0x0/0xff', 'A: -m mark --mark 0x0/0xff -j DROP'), 'A', half))).toEqual(
      ['drop'],
    )
  })

  test('conntrack rules change nothing where there is no entry', () => {
    const ruleset = nat(
      'A: -j CONNMARK --set-mark 1',
      'A: -j MARK --set-mark 2',
      'A: -j CONNMARK --save-mark',
      'A: -j CONNMARK --restore-mark',
    )
    const [flow] = walk(ruleset, 'A', packet({ untracked: true })).returned
    expect([flow!.connectionMark, flow!.mark.value]).toEqual([NO_MARK, 2])
  })
})

describe('tests that cannot be told', () => {
  const odd = '-m time --timestart 08:00:00'
  const reason = `${odd} is not understood`

  test('both ways are gone, each with its condition', () => {
    expect(told(walk(nat(`A: ${odd} -j DROP`, 'A: -j ACCEPT'), 'A'))).toEqual([
      `drop [${reason}]`,
      `accept [not: ${reason}]`,
    ])
    expect(told(walk(nat(`A: ${odd} -j B`, 'A: -j ACCEPT', 'B: -j RETURN', 'B: -j DROP'), 'A'))).toEqual(['accept'])
  })

  test('a target that is not understood ends the way as unknown', () => {
    expect(told(walk(nat('A: -j NFQUEUE --queue-num 1', 'A: -j ACCEPT'), 'A'))).toEqual([
      'unknown: -j NFQUEUE --queue-num 1 is not understood',
    ])
  })

  test('where both ways are alike they are one again, and the rule is still among those that were met', () => {
    const { returned, ended } = walk(nat(`A: ${odd} -j LOG`, `A: ${odd} -j B`, 'B: -p tcp -j RETURN'), 'A')
    expect(ended).toEqual([])
    expect(returned).toMatchObject([{ probability: 1, conditions: [] }])
    expect(returned[0]!.trail).toMatchObject({ length: 3, step: { maybe: null }, before: { step: { maybe: reason } } })
  })

  test('a mark that may have been set is not known from then on, the other bits are', () => {
    const ruleset = nat(`A: ${odd} -j MARK --set-xmark 0x4000/0x4000`)
    expect(walk(ruleset, 'A').returned).toMatchObject([{ probability: 1, conditions: [], mark: { known: 0xffffbfff } }])
  })

  test('a chain that is left early or late without more ado makes no difference either', () => {
    const ruleset = nat('A: -j B', 'A: -j ACCEPT', `B: ${odd} -j RETURN`, 'B: -i eth9 -j DROP', `B: ${odd} -g C`, 'C:')
    expect(told(walk(ruleset, 'A'))).toEqual(['accept'])
    const often = Array.from({ length: 50 }, (_, i) => [
      `A: ${odd} -j B${i}`,
      `B${i}: ${odd} -j RETURN`,
      `B${i}: -j MARK --set-mark ${i}`,
    ]).flat()
    expect(told(walk(nat(...often, 'A: -j ACCEPT'), 'A'))).toEqual(['accept'])
  })

  test('with chance beside it the share that the draw leaves out goes on', () => {
    const ruleset = nat(`A: ${odd} -m statistic --mode random --probability 0.25 -j DROP`, 'A: -j ACCEPT')
    expect(told(walk(ruleset, 'A'))).toEqual([
      `drop 0.25 [${reason}]`,
      `accept 0.75 [${reason}]`,
      `accept [not: ${reason}]`,
    ])
  })

  test('two in one rule are both named', () => {
    const ruleset = nat(`A: -s 10.1.1.0/24 ${odd} -j DROP`)
    const both = `the source may be in 10.1.1.0/24 or not and ${reason}`
    expect(told(walk(ruleset, 'A', vague))).toEqual([`drop [${both}]`, `returned [not: ${both}]`])
  })

  test('two rules that ask alike are answered alike, but for what counts', () => {
    const twice = (asked: string) =>
      nat(`A: ${asked} -j B`, `A: ${asked} -j B`, 'B: -m statistic --mode random --probability 0.5 -j DROP')
    expect(told(walk(twice(odd), 'A'))).toEqual([
      `drop 0.5 [${reason}]`,
      `drop 0.25 [${reason}]`,
      `returned 0.25 [${reason}]`,
      `returned [not: ${reason}]`,
    ])
    const limit = '-m limit --limit 5/sec'
    const limited = `${limit} is not understood`
    expect(told(walk(twice(limit), 'A'))).toEqual([
      `drop 0.5 [${limited}]`,
      `drop 0.25 [${limited}; ${limited} (again)]`,
      `drop 0.5 [not: ${limited}; ${limited} (again)]`,
      `returned 0.25 [${limited}; ${limited} (again)]`,
      `returned 0.5 [${limited}; not: ${limited} (again)]`,
      `returned 0.5 [not: ${limited}; ${limited} (again)]`,
      `returned [not: ${limited}; not: ${limited} (again)]`,
    ])
  })

  test('who the client is, once asked, is not asked again', () => {
    const asked = 'the source may be in 10.1.1.0/24 or not'
    const twice = nat(
      'A: -s 10.1.1.0/24 -j B',
      'A: -s 10.1.1.128/25 -j DROP',
      'A: ! -s 10.1.1.0/24 -j ACCEPT',
      'A: -j DROP',
      'B: -s 10.1.0.0/16 -j REDIRECT',
    )
    expect(told(walk(twice, 'A', vague))).toEqual([`redirect null [${asked}]`, `accept [not: ${asked}]`])
    const outside = nat('A: ! -s 10.1.1.0/24 -j DROP', 'A: -s 10.1.0.0/17 -j ACCEPT', 'A: -j DROP')
    expect(told(walk(outside, 'A', vague))).toEqual([`drop [${asked}]`, `accept [not: ${asked}]`])
  })

  test('500 that decide are followed, more are given up as unknown', () => {
    const blocked = (count: number) =>
      nat(...Array.from({ length: count }, (_, i) => `A: -s 10.1.${i >> 8}.${i & 255} -j DROP`))
    const few = walk(blocked(500), 'A', vague)
    expect(few.ended.map(({ verdict }) => verdict.kind)).toEqual(new Array(500).fill('drop'))
    expect(few.returned).toHaveLength(1)
    const many = walk(blocked(20_000), 'A', vague)
    expect(many.returned).toEqual([])
    expect(many.ended).toHaveLength(501)
    expect(many.ended.at(-1)!.verdict).toEqual({
      kind: 'unknown',
      reason: 'it is not known whether many of the rules match',
    })
  })
})

describe('several actions in one rule, as nft has them', () => {
  test('they follow each other, up to the verdict', () => {
    const ruleset = rules(`table ip t {
      chain a { meta mark set 0x1 ct mark set meta mark counter packets 1 bytes 60 jump b }
      chain b { ct mark 0x1 meta mark set meta mark | 0x10 accept }
    }`)
    expect(walk(ruleset, 'a').ended).toMatchObject([
      { verdict: { kind: 'accept' }, mark: { value: 0x11 }, connectionMark: { value: 1 } },
    ])
  })
})

describe('verdict maps', () => {
  const ruleset = rules(`table ip t {
    map services { type ipv4_addr . inet_proto . inet_service : verdict; elements = { 10.96.0.1 . tcp . 80 : goto web, 10.96.0.2 . tcp . 80 : drop } }
    map networks { type ipv4_addr : verdict; flags interval; elements = { 10.1.0.0/16 : drop, 10.2.0.1-10.2.0.9 : accept, * : jump other } }
    map ports { type inet_service : verdict; flags interval; elements = { 80 : continue, 1000-2000 : drop } }
    map changing { type ipv4_addr : verdict; flags dynamic,timeout; timeout 1m; }
    chain exact { ip daddr . meta l4proto . th dport vmap @services; drop; }
    chain network { ip daddr vmap @networks; }
    chain client { ip saddr vmap @networks; }
    chain port { th dport vmap @ports; accept; }
    chain written { ip daddr vmap { 10.96.0.1 : jump web, 10.96.0.2 : drop }; }
    chain dynamic { ip saddr vmap @changing; accept; }
    chain absent { ip saddr vmap @nowhere; }
    chain web { dnat to 10.0.0.1:8080; }
    chain other { mark set 0x7; }
  }`)
  const to = (address: string, port = 80) => packet({ destination: within(`${address}/32`), destinationPort: port })

  test('an exact key', () => {
    expect(told(walk(ruleset, 'exact', to('10.96.0.1')))).toEqual(['dnat 10.0.0.1:8080'])
    expect(told(walk(ruleset, 'exact', to('10.96.0.2')))).toEqual(['drop'])
    expect(walk(ruleset, 'exact', to('10.96.0.1')).ended[0]!.chains).toEqual(['exact', 'web'])
    expect(walk(ruleset, 'exact', to('10.96.0.3')).ended[0]!.chains).toEqual(['exact'])
    expect(told(walk(ruleset, 'written', to('10.96.0.1')))).toEqual(['dnat 10.0.0.1:8080'])
    expect(told(walk(ruleset, 'written', to('10.96.0.3')))).toEqual(['returned'])
  })

  test('prefixes and intervals', () => {
    expect(told(walk(ruleset, 'network', to('10.1.200.1')))).toEqual(['drop'])
    expect(told(walk(ruleset, 'network', to('10.2.0.9')))).toEqual(['accept'])
    expect(told(walk(ruleset, 'port', to('10.0.0.1', 1500)))).toEqual(['drop'])
    expect(told(walk(ruleset, 'port', to('10.0.0.1', 80)))).toEqual(['accept'])
    expect(told(walk(ruleset, 'port', to('10.0.0.1', 2001)))).toEqual(['accept'])
  })

  test('the element for all others counts for all others alone, wherever it stands', () => {
    expect(walk(ruleset, 'network', to('10.2.0.10')).returned).toMatchObject([{ mark: { value: 7 } }])
    expect(walk(ruleset, 'network', to('10.1.0.1')).returned).toEqual([])
    const first = rules('table ip t { chain a { ip daddr vmap { * : drop, 10.96.0.1 : accept } } }')
    expect(told(walk(first, 'a'))).toEqual(['accept'])
    expect(told(walk(first, 'a', to('10.96.0.2')))).toEqual(['drop'])
  })

  test('a client that is only vaguely known may meet several elements, and one at most', () => {
    const client = packet({ source: within('10.0.0.0/8') })
    const [net, ...range] = ['10.1.0.0/16', '10.2.0.1', '10.2.0.2/31', '10.2.0.4/30', '10.2.0.8/31'].map(
      (text) => `the source may be in ${text} or not`,
    )
    const conditions = walk(ruleset, 'client', client).ended.map((one) => one.conditions)
    expect(conditions[0]).toEqual([net])
    expect(conditions.slice(1)).toEqual(
      range.map((text, i) => [`not: ${net}`, ...range.slice(0, i).map((one) => `not: ${one}`), text]),
    )
    const [rest] = walk(ruleset, 'client', client).returned
    expect([rest!.mark.value, rest!.conditions]).toEqual([7, [net, ...range].map((text) => `not: ${text}`)])
  })

  test('a map that rules change, and one that is not there', () => {
    expect(told(walk(ruleset, 'dynamic'))).toEqual(['unknown: rules change the map changing'])
    expect(told(walk(ruleset, 'absent'))).toEqual(['unknown: the map nowhere is not in the text'])
  })
})
