import type { Finding, Severity } from '../model/finding.ts'
import type { Evidence } from '../model/report.ts'
import { type Look, wrap } from './terminal.ts'

const SIGNS: Readonly<Record<Severity, string>> = { error: '✗', warning: '!', info: '·' }

/** A text in the colour of a level. */
const paintSeverity = (severity: Severity, { colour }: Look, text: string): string =>
  ({ error: colour.red, warning: colour.yellow, info: colour.cyan })[severity].bold(text)

/** Findings that say the same of several nodes, told together. */
export function alike(findings: readonly Finding[]): Finding[][] {
  const key = ({ code, severity, message, node }: Finding) =>
    `${code} ${severity} ${node === null ? message : message.replaceAll(node, '*')}`
  return [...Map.groupBy(findings, key).values()]
}

/** Each finding with whom it concerns, its proof and what mends it; as many lines as the width makes of them. */
export const findingLines = (findings: readonly Finding[], look: Look): string[] =>
  alike(findings).flatMap((group, i) => [...(i > 0 ? [''] : []), ...groupLines(group, look)])

/** `✗ SVP303 stale-endpoint  n2`, a line each; what is only worth knowing is told below. */
export const findingTitles = (findings: readonly Finding[], look: Look): string[] =>
  alike(findings.filter(({ severity }) => severity !== 'info')).map((group) => title(group, look))

function title(group: readonly Finding[], look: Look): string {
  const { code, name, severity } = group[0]!
  const nodes = group.flatMap(({ node }) => node ?? [])
  const where = nodes.length > 5 ? `${nodes.slice(0, 4).join(', ')} and ${nodes.length - 4} more` : nodes.join(', ')
  return `${paintSeverity(severity, look, `${SIGNS[severity]} ${code}`)} ${name}${where ? `  ${look.colour.bold(where)}` : ''}`
}

/** How many lines of proof are shown before `-v`. */
const MOST_EVIDENCE = 3

function groupLines(group: readonly Finding[], look: Look): string[] {
  const { colour, width, verbose } = look
  const room = width === null ? null : width - 2
  const clients = [...new Set(group.flatMap((one) => one.clients))]
  const proof = group.flatMap(({ evidence }) => evidence)
  const shown = verbose ? proof : proof.slice(0, MOST_EVIDENCE)
  const consequences = [...new Set(group.flatMap((one) => one.consequences))]
  const fixes = [...new Set(group.flatMap(({ fix }) => fix ?? []))]
  const body = [
    ...group.flatMap(({ message }, i) => (i === 0 || look.verbose ? wrap(message, room) : [])),
    ...(clients.length > 0 ? wrap(`concerns: ${some(clients, 6)}`, room) : []),
    ...shown.flatMap((one) => wrap(evidenceText(one), room).map((line) => colour.dim(line))),
    ...(proof.length > shown.length ? [colour.dim(`… and ${proof.length - shown.length} more lines, see -v`)] : []),
    ...(consequences.length > 0
      ? wrap(`leads to: ${some(consequences, verbose ? Number.POSITIVE_INFINITY : 3)}`, room)
      : []),
    ...(fixes.length > 0
      ? wrap(`fix: ${fixes[0]}${fixes.length > 1 ? ' (and so on the other nodes)' : ''}`, room).map((line) =>
          colour.green(line),
        )
      : []),
  ]
  return [...wrap(title(group, look), width), ...body.map((line) => `  ${line}`)]
}

/** `n2  iptables-save -c  nodes/n2/iptables-save.txt:12  -A KUBE-SEP-…` */
function evidenceText({ node, command, file, line, text }: Evidence): string {
  const place = file ? `${file}${line === null ? '' : `:${line}`}` : ''
  return [node, command, place, text].filter(Boolean).join('  ')
}

const some = (texts: readonly string[], most: number): string =>
  texts.length > most + 1 ? `${texts.slice(0, most).join('; ')} and ${texts.length - most} more` : texts.join('; ')
