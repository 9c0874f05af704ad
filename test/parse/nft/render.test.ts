import { expect, it } from 'vitest'
import { parseNftJson } from '../../../src/parse/nft/json.ts'
import { asObject, asText, type Json } from '../../../src/parse/nft/objects.ts'
import { renderRule } from '../../../src/parse/nft/render.ts'
import { parseNftText } from '../../../src/parse/nft/text.ts'
import { capturedListings, jsonListing } from './listings.ts'

const captured = (await capturedListings()).flatMap(({ node, json }) => (json === null ? [] : [{ node, json }]))
const rulesets = [
  ...captured.map(({ node, json }) => ({ node, ruleset: parseNftJson(json, node) })),
  ...['shapes.json', 'kube-proxy-1.29.json'].map((node) => ({ node, ruleset: jsonListing(node) })),
]

/** Rules whose words lose what type they have, or that the text reader leaves as text. */
const OTHERWISE = [
  'fib saddr . iif oif 0 drop',
  'rt classid 5 accept',
  'meta hour 08:00-17:00 accept',
  'tcp dport 80 redirect to :tcp dport map { 80 : 8080 }',
  'dnat ip prefix to ip daddr map { 10.1.0.0/16 : 10.2.0.0/16 }',
]

it.each(rulesets)('a rule of $node reads again as it was rendered', ({ ruleset }) => {
  const rules = ruleset.objects.map(({ rule }) => asObject(rule)).filter((rule) => rule !== null)
  const rendered = rules.map((rule) => renderRule(rule.expr as Json[], asText(rule.comment)))
  for (const [i, line] of rendered.entries()) {
    if (OTHERWISE.includes(line)) continue
    const family = rules[i]!.family
    const again = parseNftText(`table ${family} t {\nchain c {\n${line}\n}\n}\n`, 'f').objects.at(-1)!
    expect(asObject(again.rule)).toMatchObject({ expr: rules[i]!.expr })
    expect(asObject(again.rule)!.comment).toEqual(rules[i]!.comment)
  }
  expect(rendered.length).toBeGreaterThan(20)
})
