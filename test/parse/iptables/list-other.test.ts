import { describe, expect, test } from 'vitest'
import { parseListing } from '../../../src/parse/iptables/list.ts'

const CHAIN = 'Chain OUTPUT (policy ACCEPT)\ntarget     prot opt source               destination\n'
const RULE = 'KUBE-A     all  --  10.0.0.1             anywhere\n'

describe('lines around a listing', () => {
  test.each([
    ['...', 'lines were left out here'],
    ['[...]', 'lines were left out here'],
    ['…', 'lines were left out here'],
    ['<snip>', 'lines were left out here'],
    ['--- snip ---', 'lines were left out here'],
    ['... (120 more rules)', 'lines were left out here'],
    [
      '# Warning: iptables-legacy tables present, use iptables-legacy to see them',
      'iptables-legacy holds tables too, which this listing does not show',
    ],
    [
      "iptables v1.8.9 (nf_tables): table `nat' is incompatible, use 'nft' tool.",
      "iptables says: iptables v1.8.9 (nf_tables): table `nat' is incompatible, use 'nft' tool.",
    ],
    ['Hello world', 'no line of iptables -L: "Hello world"'],
    ['-A OUTPUT -j KUBE-A', 'no line of iptables -L: "-A OUTPUT -j KUBE-A"'],
    ['\u001b[31mred', 'no line of iptables -L: "\\u001b[31mred"'],
  ])('%s', (line, message) => {
    const { chains, problems } = parseListing(`${CHAIN}${RULE}${line}\n${RULE}`)
    expect(problems).toEqual([{ line: 4, message }])
    expect(chains.map(({ rules }) => rules.map((rule) => rule.line))).toEqual([[3, 5]])
  })

  test.each([[''], ['   '], ['```'], ['root@n1:~#'], ['[root@n1 ~]$ '], ['======']])('%j is no problem', (line) => {
    const { chains, problems } = parseListing(`${line}\n${CHAIN}${RULE}${line}\n`)
    expect(problems).toEqual([])
    expect(chains[0]!.rules).toHaveLength(1)
  })

  test('a run of lines that say nothing is one problem', () => {
    const { problems } = parseListing(`one\ntwo\n\nthree\n${CHAIN}${RULE}four\n`)
    expect(problems).toEqual([
      { line: 1, message: 'no line of iptables -L: "one", and 2 more' },
      { line: 8, message: 'no line of iptables -L: "four"' },
    ])
  })

  test('rules without a chain above them', () => {
    const { chains, strays, problems } = parseListing(RULE + RULE)
    expect([chains, problems]).toEqual([[], []])
    expect(strays.map(({ line }) => line)).toEqual([1, 2])
  })

  test('CRLF', () => {
    const { chains, problems } = parseListing((CHAIN + RULE).replaceAll('\n', '\r\n'))
    expect(problems).toEqual([])
    expect(chains[0]!.rules[0]!.options).toEqual([
      { flag: '-s', negation: 'none', args: ['10.0.0.1/32'] },
      { flag: '-j', negation: 'none', args: ['KUBE-A'] },
    ])
  })
})

describe('the table, as the text has it', () => {
  test.each([
    ['root@n1:~# iptables -t nat -L -n', 'nat'],
    ['$ sudo iptables -nvL --table mangle', 'mangle'],
    ['[root@n1 ~]# /sbin/iptables-legacy -vnL', 'filter'],
    ['$ kubectl exec -it kube-proxy-x -- iptables -L KUBE-SERVICES -t nat', 'nat'],
    ['iptables -tnat --list', 'nat'],
    ['Table: nat', 'nat'],
    ['=== table raw ===', 'raw'],
  ])('%s', (line, table) => {
    const { chains, problems } = parseListing(`${CHAIN}${RULE}${line}\n${CHAIN}${RULE}`)
    expect(problems).toEqual([])
    expect(chains.map((chain) => chain.table)).toEqual([null, table])
    expect(chains.map(({ rules }) => rules.length)).toEqual([1, 1])
  })
})

describe('the family', () => {
  const listing = (source: string) => `${CHAIN}A all -- ${source} anywhere\n`
  test.each([
    ['IPv4', listing('10.0.0.1'), 4],
    ['IPv6', listing('fd00::1'), 6],
    ['names only', listing('anywhere'), null],
    ['names, under ip6tables', `# ip6tables -L\n${listing('anywhere')}`, 6],
    ['names, under iptables', `# iptables -L\n${listing('anywhere')}`, 4],
  ])('%s', (_, text, family) => {
    expect(parseListing(text)).toMatchObject({ family, problems: [] })
  })

  test('both in one text', () => {
    const { family, problems } = parseListing(listing('10.0.0.1') + listing('fd00::1'))
    expect(family).toBeNull()
    expect(problems).toEqual([{ line: 1, message: 'listings of IPv4 and of IPv6 stand in one text' }])
  })

  test('localhost is the address of the listing', () => {
    const source = (text: string) => parseListing(text).chains[0]!.rules[0]!.options[0]!.args
    expect(source(listing('localhost'))).toEqual(['127.0.0.1/32'])
    expect(source(`# ip6tables -L\n${listing('localhost')}`)).toEqual(['::1/128'])
  })
})
