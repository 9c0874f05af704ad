import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Listing, parseListing } from '../../../src/parse/iptables/list.ts'

const VERSIONS = [
  { folder: 'iptables-1.4.7', rules: 109, family: 4 },
  { folder: 'iptables-1.4.21', rules: 122, family: 4 },
  { folder: 'iptables-1.8.9-legacy', rules: 127, family: 4 },
  { folder: 'iptables-1.8.11-nft', rules: 124, family: 4 },
  { folder: 'ip6tables-1.4.21', rules: 120, family: 6 },
  { folder: 'ip6tables-1.8.7-nft', rules: 125, family: 6 },
]

describe.each(VERSIONS)('$folder: a listing of every match and target', ({ folder, rules, family }) => {
  const read = (file: string) =>
    readFileSync(new URL(`../../fixtures/listings/${folder}/${file}`, import.meta.url), 'utf8')

  test('the dump holds what the next tests compare with', () => {
    expect([...savedRules(read('save.txt'), true).values()].flat()).toHaveLength(rules)
  })

  test('-L -n -v -x --line-numbers', () => {
    const listing = parseListing(read('L-nvx-line-numbers.txt'))
    expect(listedRules(listing)).toEqual(savedRules(read('save.txt'), true))
    expect(listing).toMatchObject({ problems: [], family, interfacesShown: true })
  })

  test('-L', () => {
    const listing = parseListing(read('L.txt'))
    expect(listedRules(listing)).toEqual(savedRules(read('save.txt'), false))
    expect(listing).toMatchObject({ problems: [], family, interfacesShown: false })
  })
})

/** The rules of each `table chain`, a line of words each. */
function savedRules(save: string, interfaces: boolean): Map<string, string[]> {
  const rules = new Map<string, string[]>()
  let table = ''
  for (const line of save.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1)
    if (line.startsWith(':')) rules.set(`${table} ${line.slice(1).split(' ')[0]}`, [])
    if (!line.startsWith('-A ')) continue
    const words = Array.from(line.matchAll(/"((?:[^"\\]|\\.)*)"|\S+/g), ([word, quoted]) =>
      quoted === undefined ? word : quoted.replace(/\\(.)/g, '$1'),
    )
    rules.get(`${table} ${words[1]}`)!.push(normal(interfaces ? words.slice(2) : withoutInterfaces(words.slice(2))))
  }
  return rules
}

function listedRules(listing: Listing): Map<string, string[]> {
  return new Map(
    listing.chains.map(({ table, name, rules }) => [
      `${table} ${name}`,
      rules.map(({ options, problem }) => {
        expect(problem).toBeNull()
        return normal(
          options.flatMap(({ flag, negation, args }) => [...(negation === 'before' ? ['!'] : []), flag, ...args]),
        )
      }),
    ]),
  )
}

function withoutInterfaces(words: readonly string[]): string[] {
  return words.filter((word, at) => {
    const flag = word === '!' ? words[at + 1] : word
    return !/^-[io]$/.test(flag!) && !/^-[io]$/.test(words[at - 1] ?? '')
  })
}

/** What the two say in different words: protocols, users and ICMP types by number or by name, NOTRACK. */
function normal(words: readonly string[]): string {
  const spelled = words.map((word, at) => SPELLINGS[words[at - 1] ?? '']?.[word] ?? word)
  return spelled.join(' ').replace('-j CT --notrack', '-j NOTRACK')
}

const SPELLINGS: Record<string, Record<string, string>> = {
  '-p': {
    1: 'icmp',
    4: 'ipencap',
    6: 'tcp',
    17: 'udp',
    33: 'dccp',
    50: 'esp',
    89: 'ospf',
    132: 'sctp',
    icmpv6: 'ipv6-icmp',
  },
  '--uid-owner': { root: '0' },
  '--gid-owner': { root: '0' },
  '--icmp-type': { 'echo-request': '8', 'fragmentation-needed': '3/4', 'destination-unreachable': '3' },
  '--icmpv6-type': { 'echo-request': '128', 'port-unreachable': '1/4', 'destination-unreachable': '1' },
}
