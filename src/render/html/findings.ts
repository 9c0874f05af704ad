import type { Evidence } from '../../model/evidence.ts'
import type { Severity } from '../../model/finding.ts'
import type { FixText } from '../fix.ts'
import { some } from '../phrases.ts'
import type { FindingText } from '../texts/findings.ts'
import { type Html, html, type Value } from './html.ts'
import { codeLink } from './page.ts'
import { LEFT_OUT, Room } from './room.ts'

const WORDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' }

/** Findings in full: what, for whom, the fix to copy, what follows, and the proof on demand. */
export function findingsHtml(findings: readonly FindingText[], verbose: boolean): Html {
  const room = new Room(50_000, verbose)
  return html`${findings.map((one, i) => findingHtml(one, i + 1, verbose, room))}`
}

function findingHtml(finding: FindingText, number: number, verbose: boolean, room: Room): Html {
  const { code, name, severity, nodes, sentence, others, services, affects, fixes, leadsTo } = finding
  const id = `finding${number}`
  const most = (count: number, all: readonly unknown[]) => (verbose ? all.length : count)
  return html`<article class="finding of-${severity}" aria-labelledby="${id}">
<h3 id="${id}"><span class="badge ${severity}">${WORDS[severity]}</span> ${nodes && html`${nodes}: `}${sentence}</h3>
<p class="dim">${codeLink(code, name)} ${name} · <code>kubectl svcpath explain ${code}</code></p>
${services.length > 0 && html`<p>${services.length === 1 ? 'service' : `${services.length} services`}: ${some(services, most(MOST_SERVICES, services), '; ')}</p>`}
${listHtml(others, most(MOST_OTHERS, others))}
${affects && html`<p>Affects: ${affects}</p>`}
${fixes.slice(0, most(MOST_FIXES, fixes)).map((fix, i) => fixHtml(fix, `${id}-fix${i + 1}`))}
${fixes.length > most(MOST_FIXES, fixes) && html`<p class="dim">… and ${fixes.length - MOST_FIXES} more of these commands, for other nodes or services: -v shows all</p>`}
${leadsTo.length > 0 && html`<p>Leads to:</p>${listHtml(leadsTo, most(MOST_OTHERS, leadsTo))}`}
${proofHtml(finding.proof, most(MOST_PROOF, finding.proof), room)}
</article>
`
}

const MOST_SERVICES = 12
const MOST_OTHERS = 8
const MOST_FIXES = 6
const MOST_PROOF = 40

/** A list of texts, of many the first. */
export function listHtml(texts: readonly Value[], most: number = texts.length): Html | null {
  const more = texts.length - most
  if (texts.length === 0) return null
  return html`<ul>${texts.slice(0, most).map(
    (text) => html`<li>${text}</li>
`,
  )}${more > 0 && html`<li class="dim">… and ${more} more: -v shows all</li>`}</ul>`
}

/** A command with a button that copies it, and what is to be known of it. */
function fixHtml({ command, note }: FixText, id: string): Html {
  if (command === null) return html`<p>Fix: ${note}</p>`
  return html`<div class="fix"><pre><code id="${id}">${command.join('\n')}</code></pre><button type="button" data-copies="${id}" hidden>Copy<span class="hidden"> the fix</span></button></div>
${note && html`<p class="dim">${note}</p>`}`
}

function proofHtml(proof: readonly Evidence[], most: number, room: Room): Html | null {
  const more = proof.length - most
  if (proof.length === 0) return null
  const lines = html`<ul class="proof">${proof.slice(0, most).map(
    (one) => html`<li><span class="dim">${placeOf(one)}</span><pre>${one.text}</pre></li>
`,
  )}${more > 0 && html`<li class="dim">… and ${more} more: -v shows all</li>`}</ul>`
  return html`<details><summary>Proof: ${proof.length} ${proof.length === 1 ? 'line' : 'lines'}</summary>
${room.take(lines) ?? LEFT_OUT}</details>`
}

const placeOf = ({ node, command, file, line }: Evidence): string =>
  [node, command, file && `${file}${line === null ? '' : `:${line}`}`].filter(Boolean).join(' · ')
