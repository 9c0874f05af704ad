/** Listings that nft itself printed, and single rules in a table made for them. */
import { readFileSync } from 'node:fs'
import type { Action, Match, Rule } from '../../../src/model/rules.ts'
import { parseNftJson } from '../../../src/parse/nft/json.ts'
import type { NftRuleset } from '../../../src/parse/nft/objects.ts'
import { parseNftText } from '../../../src/parse/nft/text.ts'
import { captureFiles } from '../../fixtures.ts'

/** A file of test/fixtures/nft-listings, which its make.sh has nft print. */
export const listing = (name: string): string =>
  readFileSync(new URL(`../../fixtures/nft-listings/${name}`, import.meta.url), 'utf8')

/** The lines of the listing that has one of everything. */
export const shapeLines = new Set(
  listing('shapes.txt')
    .split('\n')
    .map((line) => line.trim()),
)

export const textListing = (name: string): NftRuleset => parseNftText(listing(name), name)
export const jsonListing = (name: string): NftRuleset => parseNftJson(listing(name), name)

/** The nft listings of one node of a capture, as text and as JSON where there are both. */
export interface NodeListings {
  node: string
  text: string
  json: string | null
}

/** Of every node of every capture. */
export async function capturedListings(): Promise<NodeListings[]> {
  const files = await captureFiles((path) => /nodes\/[^/]+\/nft\.(txt|json)$/.test(path))
  return files.flatMap(({ capture, path, text }) => {
    if (!path.endsWith('.txt')) return []
    const json = files.find((file) => file.capture === capture && file.path === path.replace(/txt$/, 'json'))
    return [{ node: `${capture} ${path.split('/')[1]}`, text, json: json?.text ?? null }]
  })
}

/** What a chain's rules do, and nothing of where they stand. */
export const meaningOf = (rules: readonly Rule[]): { matches: readonly Match[]; actions: readonly Action[] }[] =>
  rules.map(({ matches, actions }) => ({ matches, actions }))

/** Tables, chains and sets of a ruleset, without where they stand in the text. */
export const meaningOfAll = (ruleset: NftRuleset) =>
  ruleset.tables.map(({ family, name, whole, chains, sets }) => ({
    table: `${family} ${name}`,
    whole,
    sets: [...sets.values()],
    chains: [...chains.values()].map(({ rules, ...chain }) => ({ ...chain, rules: meaningOf(rules) })),
  }))

/** The rules that a line of text becomes. Between base chains it may jump to `other`. */
export function rulesOf(text: string, family = 'inet'): readonly Rule[] {
  const ruleset = parseNftText(`table ${family} t {\n\tchain other {\n\t}\n\tchain c {\n\t\t${text}\n\t}\n}\n`, 'rule')
  return ruleset.tables[0]!.chains.get('c')!.rules
}

/** The only rule that a line of text becomes. */
export function ruleOf(text: string, family = 'inet'): Rule {
  const [rule, ...others] = rulesOf(text, family)
  if (!rule || others.length > 0) throw new Error(`not one rule: ${text}`)
  return rule
}

/** The chain of that name, whichever table has it. */
export function rulesIn(ruleset: NftRuleset, table: string, chain: string): readonly Rule[] {
  const found = ruleset.tables.find(({ family, name }) => `${family} ${name}` === table)?.chains.get(chain)
  if (!found) throw new Error(`no chain ${chain} in ${table}`)
  return found.rules
}
