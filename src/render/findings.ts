import type { Evidence } from '../model/evidence.ts'
import type { Finding, Severity } from '../model/finding.ts'
import { unnamed } from '../model/sentence.ts'
import { fixLines } from './fix.ts'
import { clientsText, consequencesOf } from './node-names.ts'
import { some } from './phrases.ts'
import { type Look, wrap } from './terminal.ts'

const SIGNS: Readonly<Record<Severity, string>> = { error: '✗', warning: '!', info: '·' }

/** A text in the colour of a level. */
const paintSeverity = (severity: Severity, { colour }: Look, text: string): string =>
  ({ error: colour.red, warning: colour.yellow, info: colour.cyan })[severity].bold(text)

/** Findings that say the same of several nodes, told together. */
export function alike(findings: readonly Finding[]): Finding[][] {
  const key = ({ code, severity, message, node }: Finding) => `${code} ${severity} ${unnamed(message, node)}`
  return [...Map.groupBy(findings, key).values()]
}

/** Each finding with whom it concerns, its proof and what mends it; as many lines as the width makes of them. */
export const findingLines = (findings: readonly Finding[], look: Look): string[] =>
  alike(findings).flatMap((group, i) => [...(i > 0 ? [''] : []), ...groupLines(group, look)])

/** `n1, n2`; of more than five the first four. */
export const nodesOf = (group: readonly Finding[]): string =>
  some([...new Set(group.flatMap(({ node }) => node ?? []))], 4)

/** `✗ SVP303 stale-endpoint  n2`, a line each; what is only worth knowing is told below. */
export const findingTitles = (findings: readonly Finding[], look: Look): string[] =>
  alike(findings.filter(({ severity }) => severity !== 'info')).map((group) => title(group, look))

function title(group: readonly Finding[], look: Look): string {
  const { code, name, severity } = group[0]!
  const where = nodesOf(group)
  return `${paintSeverity(severity, look, `${SIGNS[severity]} ${code}`)} ${name}${where ? `  ${look.colour.bold(where)}` : ''}`
}

/** How many lines of proof, and how many services, are shown before `-v`. */
const MOST_EVIDENCE = 3
const MOST_SERVICES = 4

/** Findings that several services have in common: which services, and what is said of which. */
interface Shared {
  services: readonly string[]
  /** Each sentence with the services of which it is true. */
  sentences: readonly { services: readonly string[]; message: string }[]
  /** The findings of each service. */
  own: ReadonlyMap<string, readonly Finding[]>
}

/** Findings that are one fault: what the first of them says stands for all. `shared`: where they are those of several services. */
export function groupLines(group: readonly Finding[], look: Look, shared: Shared | null = null): string[] {
  const { colour, width, verbose } = look
  const room = width === null ? null : width - 2
  const clients = group.flatMap(({ who }) => who)
  const proof = [...new Map(group.flatMap(({ evidence }) => evidence).map((one) => [evidenceText(one), one])).values()]
  const shown = verbose ? proof : proof.slice(0, MOST_EVIDENCE)
  const consequences = shared === null ? consequencesOf(group) : sharedConsequences(shared)
  const unseen = proof.length - shown.length
  const fixes = [...new Set(group.flatMap(({ fix }) => fix ?? []))]
  const services = shared?.services ?? []
  const body = [
    ...(services.length > 0 ? wrap(servicesText(services, verbose), room).map((line) => colour.bold(line)) : []),
    ...sentencesOf(group, shared, verbose).flatMap((message) => wrap(message, room)),
    ...(clients.length > 0 ? wrap(`concerns: ${clientsText(clients)}`, room) : []),
    ...shown.flatMap((one) => wrap(evidenceText(one), room).map((line) => colour.dim(line))),
    ...(unseen > 0 ? [colour.dim(`… and ${unseen} more ${unseen === 1 ? 'line' : 'lines'}, see -v`)] : []),
    ...(consequences.length > 0
      ? wrap(`leads to: ${some(consequences, verbose ? Number.POSITIVE_INFINITY : 3, '; ')}`, room)
      : []),
    ...(fixes.length > 0 ? fixLines(fixes[0]!, fixes.length > 1, room).map((line) => colour.green(line)) : []),
  ]
  return [...wrap(title(group, look), width), ...body.map((line) => `  ${line}`)]
}

/** How many sentences, each of services of its own, are shown before `-v`. */
const MOST_SENTENCES = 3

/** What is said, each sentence with the services of which it is true; of one fault on several nodes the first node's. */
function sentencesOf(group: readonly Finding[], shared: Shared | null, verbose: boolean): string[] {
  if (shared === null || shared.sentences.length < 2) {
    const messages = [...new Set(group.map(({ message }) => message))]
    return verbose ? messages : messages.slice(0, 1)
  }
  const { sentences } = shared
  const shown = verbose ? sentences : sentences.slice(0, MOST_SENTENCES)
  const rest = sentences.length - shown.length
  return [
    ...shown.map(
      ({ services, message }) => `${some(services, verbose ? Number.POSITIVE_INFINITY : 2, '; ')}: ${message}`,
    ),
    ...(rest > 0 ? [`… and ${rest} more of the same kind, see -v`] : []),
  ]
}

/** What follows, with the service's name where it does not follow for all of them. */
function sharedConsequences({ services, own }: Shared): string[] {
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
