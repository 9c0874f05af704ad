import { describe, expect, test } from 'vitest'
import { type ListedRule, parseListing } from '../../../src/parse/iptables/list.ts'
import { printOptions } from '../../../src/parse/iptables/option.ts'

const CHAIN = 'Chain KUBE-A (1 references)\n'
const TITLES = 'target     prot opt source               destination         \n'
const VERBOSE = ' pkts bytes target     prot opt in     out     source               destination         \n'
const NUMBERED = `num  ${VERBOSE.slice(1)}`

const only = (text: string): ListedRule => {
  const { chains, problems } = parseListing(text)
  expect(problems).toEqual([])
  expect(chains).toHaveLength(1)
  expect(chains[0]!.rules).toHaveLength(1)
  return chains[0]!.rules[0]!
}

const options = (text: string): string => printOptions(only(text).options)

describe('chain lines', () => {
  test.each([
    ['Chain A (policy ACCEPT)', { name: 'A', policy: 'accept', counter: null, references: null }],
    ['Chain A (policy DROP)', { name: 'A', policy: 'drop', counter: null, references: null }],
    ['Chain A (policy ACCEPT 10 packets, 700 bytes)', { policy: 'accept', counter: { packets: 10, bytes: 700 } }],
    [
      'Chain A (policy DROP 12K packets, 3M bytes)',
      { policy: 'drop', counter: { packets: 12_000, bytes: 3_000_000, approximate: true } },
    ],
    ['Chain KUBE-SVC-X (2 references)', { name: 'KUBE-SVC-X', policy: null, counter: null, references: 2 }],
    ['Chain A (ERROR obtaining refs)', { name: 'A', policy: null, references: null }],
    ['Chain A', { name: 'A', policy: null, references: null }],
    ['   Chain A (2 refe', { name: 'A', policy: null, references: null }],
  ])('%s', (line, chain) => {
    expect(parseListing(`\n${line}\r\n`).chains).toMatchObject([{ ...chain, line: 2, table: null, rules: [] }])
  })
})

describe('columns', () => {
  test.each([
    ['plain', `${TITLES}KUBE-B     tcp  --  10.0.0.1  10.0.0.2  `, '-s 10.0.0.1/32 -d 10.0.0.2/32 -p tcp -j KUBE-B'],
    ['no target', `${TITLES}           all  --  anywhere  anywhere  /* x */`, '-m comment --comment x'],
    ['no target, numbers', `${VERBOSE}    0     0            0    --  *  *  0.0.0.0/0  0.0.0.0/0`, ''],
    ['fragments', `${TITLES}ACCEPT     udp  -f  anywhere  anywhere`, '-p udp -f -j ACCEPT'],
    ['no fragments', `${TITLES}ACCEPT     udp  !f  anywhere  anywhere`, '-p udp ! -f -j ACCEPT'],
    ['another protocol', `${TITLES}ACCEPT    !tcp  --  anywhere  anywhere`, '! -p tcp -j ACCEPT'],
    ['protocol and opt in one word', `${TITLES}DROP       ipencap--  anywhere  anywhere`, '-p ipencap -j DROP'],
    ['the same, negated and without target', `${TITLES}          !ipencap--  anywhere  anywhere`, '! -p ipencap'],
    ['a target that looks like both', `${TITLES}odd-f  tcp  --  anywhere  anywhere`, '-p tcp -j odd-f'],
    ['negated addresses', `${TITLES}A  all  --  !10.0.0.0/8  !anywhere`, '! -s 10.0.0.0/8 ! -d 0.0.0.0/0 -j A'],
    ['interfaces', `${VERBOSE} 1 60 A  all  --  eth+  !cni0  anywhere  anywhere`, '-i eth+ ! -o cni0 -j A'],
    [
      'line numbers',
      `${NUMBERED}7 1 60 A  6  --  *  *  0.0.0.0/0  0.0.0.0/0  tcp dpt:80`,
      '-p 6 -m tcp --dport 80 -j A',
    ],
    ['a chain named 5', `${TITLES}5  tcp  --  anywhere  anywhere`, '-p tcp -j 5'],
    ['tabs', `${TITLES}A\ttcp\t--\tanywhere\tanywhere\ttcp\tdpt:80`, '-p tcp -m tcp --dport 80 -j A'],
    [
      'one space each',
      `${VERBOSE}1 60 A tcp -- any any anywhere anywhere /* x */ tcp dpt:80`,
      '-p tcp -m comment --comment x -m tcp --dport 80 -j A',
    ],
  ])('%s', (_, text, expected) => {
    expect(options(CHAIN + text)).toBe(expected)
  })

  test.each([
    ['no columns in front', 'A  tcp  --  anywhere  10.0.0.1', '-d 10.0.0.1/32 -p tcp -j A', null],
    ['a line number', '3 A  tcp  --  anywhere  10.0.0.1', '-d 10.0.0.1/32 -p tcp -j A', null],
    ['counters', '1 60 A  tcp  --  eth0  *  anywhere  10.0.0.1', '-d 10.0.0.1/32 -i eth0 -p tcp -j A', [1, 60]],
    ['all', '3 1 60 A  6 --  *  *  anywhere  10.0.0.1', '-d 10.0.0.1/32 -p 6 -j A', [1, 60]],
    ['counters, no target', '1 60  0 --  *  *  anywhere  10.0.0.1', '-d 10.0.0.1/32', [1, 60]],
  ])('without titles: %s', (_, text, expected, counter) => {
    expect(options(CHAIN + text)).toBe(expected)
    expect(only(CHAIN + text).counter).toEqual(counter && { packets: counter[0], bytes: counter[1] })
  })

  test.each([
    ['A        tcp      anywhere  anywhere', '-p tcp -j A'],
    ['         all      fd00::/8  ::/0', '-s fd00::/8'],
    ['A        ipv6-icmp   anywhere  ip6-localhost', '-d ::1/128 -p ipv6-icmp -j A'],
    ['A        all      localhost !anywhere', '-s ::1/128 ! -d ::/0 -j A'],
  ])('ip6tables with a blank opt column: %s', (text, expected) => {
    expect(options(`${CHAIN}${TITLES}${text}`)).toBe(expected)
    expect(parseListing(`${CHAIN}${TITLES}${text}`).family).toBe(6)
  })

  test('rounded counters', () => {
    const counters = ['99999 100K', '12M 3G', '1T 0'].map(
      (numbers) => only(`${CHAIN}${VERBOSE}${numbers} A all -- any any anywhere anywhere`).counter,
    )
    expect(counters).toEqual([
      { packets: 99_999, bytes: 100_000, approximate: true },
      { packets: 12_000_000, bytes: 3_000_000_000, approximate: true },
      { packets: 1_000_000_000_000, bytes: 0, approximate: true },
    ])
  })

  test('half a rule is kept, and known to be one', () => {
    const rule = only(`${CHAIN}${TITLES}KUBE-B     tcp  --  anywhere`)
    expect(rule).toMatchObject({ line: 3, counter: null, problem: 'the line is cut' })
    expect(printOptions(rule.options)).toBe('--unknown "KUBE-B     tcp  --  anywhere"')
  })
})

describe('interfaces', () => {
  const rule = 'A all -- anywhere anywhere\n'
  const verbose = '0 0 A all -- any any anywhere anywhere\n'
  test.each([
    ['with -v', CHAIN + VERBOSE + verbose, true],
    ['without', CHAIN + TITLES + rule, false],
    ['a chain of each', CHAIN + VERBOSE + verbose + CHAIN + TITLES + rule, false],
    ['no rule at all', 'Chain A (policy ACCEPT)\n', false],
  ])('%s', (_, text, shown) => {
    expect(parseListing(text).interfacesShown).toBe(shown)
  })
})
