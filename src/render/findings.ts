import type { Evidence } from '../model/evidence.ts'
import { bySeverity, type Finding, type Severity } from '../model/finding.ts'
import { renamed, unnamed, withoutNode } from '../model/sentence.ts'
import { fixLines } from './fix.ts'
import { clientsText, consequencesOf } from './node-names.ts'
import { some } from './phrases.ts'
import { type Look, stringWidth, wrap } from './terminal.ts'

const SIGNS: Readonly<Record<Severity, string>> = { error: '✗', warning: '!', info: '·' }

/** A text in the colour of a level. */
const paintSeverity = (severity: Severity, { colour }: Look, text: string): string =>
  ({ error: colour.red, warning: colour.yellow, info: colour.cyan })[severity].bold(text)

/** Findings that say the same of several nodes, told together. The worst first, and of these what most clients lose. */
export function alike(findings: readonly Finding[]): Finding[][] {
  const key = ({ code, severity, message, node }: Finding) => `${code} ${severity} ${unnamed(message, node)}`
  return [...Map.groupBy(findings, key).values()].sort(
    (a, b) => bySeverity(a[0]!, b[0]!) || breadthOf(b) - breadthOf(a),
  )
}

/** How many clients lose something: all, where none is named and no node either. */
function breadthOf(group: readonly Finding[]): number {
  const named = group.reduce((sum, { who }) => sum + who.length, 0)
  return named === 0 && group.some(({ node }) => node === null) ? Number.MAX_SAFE_INTEGER : named
}

/** Each finding in full: what, whom it affects, its fix, its proof and what it leads to. */
export const findingLines = (findings: readonly Finding[], look: Look): string[] =>
  alike(findings).flatMap((group, i) => [...(i > 0 ? [''] : []), ...groupLines(group, look)])

/** `n1, n2`; of more than five the first four. */
export const nodesOf = (group: readonly Finding[]): string =>
  some([...new Set(group.flatMap(({ node }) => node ?? []))], 4)

/** What is wrong in a sentence with its fix, for each error and warning. The rest, and the proof, is in `findingLines`. */
export function findingHeads(findings: readonly Finding[], look: Look): string[] {
  const groups = alike(findings.filter(({ severity }) => severity !== 'info'))
  const room = roomOf(look)
  return groups.flatMap((group, i) => [
    ...title(group, sentenceOf(group), look),
    ...(i === 0 || (i < MOST_FIXES && group[0]!.severity === 'error')
      ? indented([...fixesOf(group, look), ...wrap(`more: ${EXPLAIN} ${group[0]!.code}`, room)])
      : []),
  ])
}

/** Errors beyond these, and warnings beside them, are a sentence each: their fixes are in the full text. */
const MOST_FIXES = 2
const EXPLAIN = 'kubectl svcpath explain'

/** `✗ n2  kube-proxy does not answer: its rules are out of date      SVP316`: the code at the right edge, which for an endless width is column 100. */
function title(group: readonly Finding[], sentence: string, look: Look): string[] {
  const { code, severity } = group[0]!
  const { colour, width } = look
  const where = nodesOf(group)
  const room = Math.min(width ?? EDGE, MOST_COLUMNS)
  const start = where ? `${where}  ` : ''
  const columns = width === null ? null : room - code.length - 4
  // Names without a space between them go on lines of their own.
  const [first = '', ...others] = wrap(`${start}${sentence}`, columns)
  const gap = Math.max(2, room - 2 - stringWidth(first) - code.length)
  const named = first.startsWith(start) ? `${colour.bold(start)}${first.slice(start.length)}` : first
  return [
    `${paintSeverity(severity, look, SIGNS[severity])} ${named}${' '.repeat(gap)}${paintSeverity(severity, look, code)}`,
    ...others.map((line) => `  ${line}`),
  ]
}

const EDGE = 100
const MOST_COLUMNS = 120

/** What the first of several nodes' findings says, without the node's name: that is in front of it. */
function sentenceOf(group: readonly Finding[]): string {
  const [{ message, node }] = group as [Finding]
  if (node === null) return message
  return new Set(group.map((one) => one.node)).size > 1
    ? renamed(message, node, 'each of them')
    : withoutNode(message, node)
}

const roomOf = ({ width }: Look): number | null => (width === null ? null : width - 2)
const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)

function fixesOf(group: readonly Finding[], look: Look): string[] {
  const fixes = [...new Set(group.flatMap(({ fix }) => fix ?? []))]
  return fixes.length > 0
    ? fixLines(fixes[0]!, fixes.length > 1, roomOf(look)).map((line) => look.colour.green(line))
    : []
}

/** How many lines of proof, consequences and services are shown before `-v`. */
const MOST_EVIDENCE = 3
const MOST_CONSEQUENCES = 3
const MOST_SERVICES = 4

/** Findings that several services have in common: which services, and what is said of which. */
export interface Shared {
  services: readonly string[]
  /** Each sentence with the services of which it is true. */
  sentences: readonly { services: readonly string[]; message: string }[]
  /** The findings of each service. */
  own: ReadonlyMap<string, readonly Finding[]>
}

/** Findings that are one fault: what the first of them says stands for all. `shared`: where they are those of several services. */
export function groupLines(group: readonly Finding[], look: Look, shared: Shared | null = null): string[] {
  const { colour, verbose } = look
  const room = roomOf(look)
  const clients = group.flatMap(({ who }) => who)
  const proof = [...new Map(group.flatMap(({ evidence }) => evidence).map((one) => [evidenceText(one), one])).values()]
  const shown = verbose ? proof : proof.slice(0, MOST_EVIDENCE)
  const unseen = proof.length - shown.length
  const services = shared?.services ?? []
  const [sentence, ...others] = sentencesOf(group, shared, verbose)
  return [
    ...title(group, sentence!, look),
    ...indented([
      ...(services.length > 0 ? wrap(servicesText(services, verbose), room).map((line) => colour.bold(line)) : []),
      ...others.flatMap((message) => wrap(message, room)),
      ...(clients.length > 0 ? wrap(`affects: ${clientsText(clients)}`, room) : []),
      ...fixesOf(group, look),
      ...shown
        .flatMap((one, i) => hanging(i === 0 ? 'proof: ' : '       ', evidenceText(one), room))
        .map((line) => colour.dim(line)),
      ...(unseen > 0 ? [colour.dim(`       … and ${unseen} more ${unseen === 1 ? 'line' : 'lines'}, see -v`)] : []),
      ...consequenceLines(shared === null ? consequencesOf(group) : sharedConsequences(shared), look),
    ]),
  ]
}

/** What it leads to, a line each. */
function consequenceLines(all: readonly string[], look: Look): string[] {
  const shown = look.verbose ? all : all.slice(0, MOST_CONSEQUENCES)
  const more = all.length - shown.length
  if (all.length === 0) return []
  return [
    'leads to:',
    ...shown.flatMap((one) => hanging('  - ', one, roomOf(look))),
    ...(more > 0 ? [`  … and ${more} more, see -v`] : []),
  ]
}

/** A text behind its label; what does not fit goes on below the text. */
function hanging(label: string, text: string, room: number | null): string[] {
  const lines = wrap(text, room === null ? null : room - label.length)
  return lines.map((line, i) => `${i === 0 ? label : ' '.repeat(label.length)}${line}`)
}

/** How many sentences, each of services of its own, are shown before `-v`. */
const MOST_SENTENCES = 3

/** What is said, each sentence with the services of which it is true; of one fault on several nodes the first node's. */
export function sentencesOf(group: readonly Finding[], shared: Shared | null, verbose: boolean): string[] {
  if (shared === null || shared.sentences.length < 2) {
    const messages = [...new Set(group.map(({ message }) => message))]
    return [sentenceOf(group), ...(verbose && messages.length > 1 ? messages : [])]
  }
  const { sentences } = shared
  const { name } = group[0]!
  const shown = verbose ? sentences : sentences.slice(0, MOST_SENTENCES)
  const rest = sentences.length - shown.length
  return [
    name.replaceAll('-', ' '),
    ...shown.map(
      ({ services, message }) => `${some(services, verbose ? Number.POSITIVE_INFINITY : 2, '; ')}: ${message}`,
    ),
    ...(rest > 0 ? [`… and ${rest} more of the same kind, see -v`] : []),
  ]
}

/** What follows, with the service's name where it does not follow for all of them. */
export function sharedConsequences({ services, own }: Shared): string[] {
  const told = [...own].flatMap(([service, findings]) => consequencesOf(findings).map((text) => ({ service, text })))
  return [...Map.groupBy(told, ({ text }) => text)].map(([text, all]) =>
    new Set(all.map(({ service }) => service)).size === services.length
      ? text
      : `${some([...new Set(all.map(({ service }) => service))], 2, '; ')}: ${text}`,
  )
}

const servicesText = (services: readonly string[], verbose: boolean): string =>
  `${services.length === 1 ? 'service' : `${services.length} services`}: ${some(services, verbose ? Number.POSITIVE_INFINITY : MOST_SERVICES, '; ')}`

/** `n2  iptables-save -c  nodes/n2/iptables-save.txt:12  -A KUBE-SEP-…` */
export function evidenceText({ node, command, file, line, text }: Evidence): string {
  const place = file ? `${file}${line === null ? '' : `:${line}`}` : ''
  return [node, command, place, text].filter(Boolean).join('  ')
}
