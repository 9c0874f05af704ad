import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Listing, parseListing } from '../../../src/parse/iptables/list.ts'

const CAPTURES = [
  { capture: 'k8s-1.36-iptables-nft-bridge', chains: 100, rules: 273 },
  { capture: 'k8s-1.36-iptables-legacy-bridge', chains: 100, rules: 274 },
  { capture: 'k8s-1.20-iptables-legacy-bridge', chains: 98, rules: 273 },
]

const PROTOCOLS: Record<string, string> = { 6: 'tcp', 17: 'udp' }

describe.each(CAPTURES)(
  '$capture: what iptables -L shows is what iptables-save shows',
  ({ capture, chains, rules }) => {
    const read = (file: string) =>
      readFileSync(new URL(`../../fixtures/nodes/${capture}/n1/${file}`, import.meta.url), 'utf8')
    const saved = savedRules(read('iptables-save.txt'))

    test('the dump holds what the next tests compare with', () => {
      expect(saved.size).toBe(chains)
      expect([...saved.values()].flat()).toHaveLength(rules)
    })

    test('-L -n -v', () => {
      const listing = parseListing(read('iptables-L-nv.txt'))
      expect(listedRules(listing)).toEqual(saved)
      expect(listing).toMatchObject({ problems: [], family: 4, interfacesShown: true })
    })

    test('-L, with names for addresses and ports', () => {
      const listing = parseListing(read('iptables-L.txt'))
      expect(listedRules(listing)).toEqual(saved)
      expect(listing).toMatchObject({ problems: [], family: 4, interfacesShown: false })
    })

    test('counters, and the policies of base chains', () => {
      const listing = parseListing(read('iptables-L-nv.txt'))
      const counters = listing.chains.flatMap((chain) => chain.rules.map(({ counter }) => counter))
      const inDump = natLines(read('iptables-save.txt'), '-A').map((line) => /^\[(\d+):(\d+)\]/.exec(line)!)
      expect(counters).toEqual(inDump.map(([, packets, bytes]) => ({ packets: Number(packets), bytes: Number(bytes) })))
      const policies = listing.chains.flatMap(({ name, policy }) => (policy ? [`${name} ${policy}`] : []))
      expect(policies).toEqual(['PREROUTING accept', 'INPUT accept', 'OUTPUT accept', 'POSTROUTING accept'])
    })

    test('lines and texts lead back to the listing', () => {
      const text = read('iptables-L-nv.txt')
      const lines = text.split('\n').map((line) => line.trimEnd())
      for (const chain of parseListing(text).chains) {
        expect(lines[chain.line - 1]).toMatch(`Chain ${chain.name} (`)
        for (const rule of chain.rules) expect(rule.text).toBe(lines[rule.line - 1])
      }
    })
  },
)

/** The rules of each chain of the nat table, each a line of words without what a listing cannot show. */
function savedRules(save: string): Map<string, string[]> {
  const rules = new Map(natLines(save, ':').map((line): [string, string[]] => [line.slice(1).split(' ')[0]!, []]))
  for (const line of natLines(save, '-A')) {
    const words = Array.from(line.matchAll(/"((?:[^"\\]|\\.)*)"|\S+/g), ([word, quoted]) => quoted ?? word)
    const append = words.indexOf('-A')
    rules.get(words[append + 1]!)!.push(normal(words.slice(append + 2)))
  }
  return rules
}

const natLines = (save: string, mark: string): string[] =>
  save
    .slice(save.indexOf('\n*nat\n'), save.indexOf('\nCOMMIT', save.indexOf('\n*nat\n')))
    .split('\n')
    .filter((line) => (mark === ':' ? line.startsWith(':') : line.includes(`${mark} `)))

function listedRules(listing: Listing): Map<string, string[]> {
  return new Map(
    listing.chains.map(({ name, rules }) => [
      name,
      rules.map(({ options }) =>
        normal(options.flatMap(({ flag, negation, args }) => [...(negation === 'before' ? ['!'] : []), flag, ...args])),
      ),
    ]),
  )
}

function normal(words: readonly string[]): string {
  return words
    .filter((word, at) => word !== '-m' && words[at - 1] !== '-m')
    .map((word) => word.replace(/\/32$/, ''))
    .map((word, at, all) => (all[at - 1] === '-p' ? (PROTOCOLS[word] ?? word) : word))
    .join(' ')
}
