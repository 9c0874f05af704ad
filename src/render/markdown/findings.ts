import type { Severity } from '../../model/finding.ts'
import { evidenceText } from '../findings.ts'
import { some } from '../phrases.ts'
import type { FindingText } from '../texts/findings.ts'
import { code, fenced, prose } from './escape.ts'

const SIGNS: Readonly<Record<Severity, string>> = { error: '❌', warning: '⚠', info: 'ℹ' }

/** A finding in full: what, for whom, its fix to copy, proof, and what it leads to. */
export function findingParts(finding: FindingText, verbose: boolean): string[][] {
  const { code: name, severity, nodes, sentence, others, services, affects, fixes, proof, leadsTo } = finding
  const cut = (texts: readonly string[], most: number) => cutAt(texts, verbose ? texts.length : most)
  const where = nodes ? `${prose(nodes)}: ` : ''
  return [
    [`${SIGNS[severity]} **${name}** ${where}${prose(sentence)}`],
    [
      ...(services.length > 0
        ? [`- services: ${prose(some(services, verbose ? services.length : MOST_SERVICES))}`]
        : []),
      ...cut(others.map(prose), MOST_LINES).map((text) => `- ${text}`),
      ...(affects ? [`- affects: ${prose(affects)}`] : []),
    ],
    ...cutFixes(finding, verbose ? fixes.length : MOST_FIXES),
    [
      ...cut(
        proof.map((one) => code(evidenceText(one))),
        MOST_LINES,
      ).map((text) => `- proof: ${text}`),
      ...cut(leadsTo.map(prose), MOST_LINES).map((text) => `- leads to: ${text}`),
    ],
  ]
}

const MOST_SERVICES = 6
const MOST_LINES = 3
const MOST_FIXES = 2

function cutAt(texts: readonly string[], most: number): string[] {
  const more = texts.length - most
  return more > 0 ? [...texts.slice(0, most), `… and ${more} more, see \`-v\``] : [...texts]
}

/** Each command by itself, so that it can be copied. */
function cutFixes({ fixes }: FindingText, most: number): string[][] {
  const parts = fixes
    .slice(0, most)
    .map(({ command, note }) =>
      command === null ? [`Fix: ${prose(note)}`] : fenced([...(note ? [`# ${note}`] : []), ...command], 'sh'),
    )
  const more = fixes.length - most
  return more > 0 ? [...parts, [`… and ${more} more of these commands, for other nodes or services`]] : parts
}
