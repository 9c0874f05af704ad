import { joinHostPort } from '../../model/address.ts'
import type { TraceSummary } from '../../model/kernel-trace/answer.ts'
import type { ComparedStep, TraceComparison } from '../../model/kernel-trace/comparison.ts'
import type { PacketSight } from '../../model/kernel-trace/trace.ts'
import { printable } from '../../model/printable.ts'
import { type Look, pad, stringWidth, wrap } from '../terminal.ts'

/**
 * What the kernel told, beside the walk. In short the counts, and of the first packet that did otherwise the rule where it did; with `-v` each rule that the
 * kernel met, in order.
 */
export function traceLines(summary: TraceSummary, look: Look): string[] {
  const told = printable(summary)
  const shown = told.shown.filter(({ outcome }) => look.verbose || outcome !== 'same')
  return [
    ...wrap(countsText(told), inner(look, 4)).map((line) => `    ${line}`),
    ...shown.flatMap((one) => packetLines(one, look)),
  ]
}

/** `kernel trace: 9 as the walk says, 1 otherwise`. */
function countsText({ same, different, unknown }: TraceSummary): string {
  const parts = [
    ...(same > 0 ? [`${same} rule by rule as the walk says`] : []),
    ...(different > 0 ? [`${different} otherwise`] : []),
    ...(unknown > 0 ? [`${unknown} not comparable`] : []),
  ]
  return `kernel trace: ${parts.join(', ')}`
}

function packetLines(comparison: TraceComparison, look: Look): string[] {
  const { colour, verbose } = look
  const { sent, led, reason, steps, outcome } = comparison
  const way = [endOf(sent.source, sent.sourcePort), targetOf(sent), ...(isLed(sent, led) ? [targetOf(led)] : [])]
  const rows = verbose ? steps : steps.filter((step) => step.outcome !== 'same')
  return [
    ...wrap(way.join(' → '), inner(look, 6)).map((line) => `      ${colour.dim(line)}`),
    ...(reason === null ? [] : wrap(reason, inner(look, 6)).map((line) => `      ${paint(outcome, line, look)}`)),
    ...rows.flatMap((step) => stepLines(step, widths(rows), look)),
  ]
}

/** `same  ip nat KUBE-SERVICES  -A KUBE-SERVICES …  jump KUBE-SVC-…`; where the walk has another rule, that stands below. */
function stepLines(step: ComparedStep, { place }: { place: number }, look: Look): string[] {
  const { kernel, walk, outcome } = step
  const word = paint(outcome, pad(WORDS[outcome], 9), look)
  const rows = [
    ...(kernel ? [`${kernel.text}  → ${kernel.verdict}`] : []),
    ...(walk && outcome !== 'same'
      ? [`${kernel ? 'walk: ' : 'walk alone: '}${walk.text} (${walk.file}:${walk.line})`]
      : []),
  ]
  const line = `${pad(placeOf(step), place)}  ${rows[0] ?? ''}`
  const fits = look.width === null || stringWidth(line) <= look.width - BEFORE
  const [first = '', ...others] = fits ? [line] : wrap(placeOf(step), inner(look, BEFORE))
  const below = (fits ? rows.slice(1) : rows).flatMap((row) => wrap(row, inner(look, 12)))
  return [
    `        ${word}  ${first}`,
    ...others.map((row) => `${' '.repeat(BEFORE)}${row}`),
    ...below.map((row) => `${' '.repeat(12)}${row}`),
  ]
}

/** The columns before a rule's place. */
const BEFORE = 19

const WORDS: Record<ComparedStep['outcome'], string> = { same: 'same', different: 'otherwise', unknown: 'not known' }

const placeOf = ({ table, chain }: ComparedStep): string => `${table} ${chain}`

const widths = (steps: readonly ComparedStep[]) => ({
  place: Math.min(MOST_PLACE, Math.max(0, ...steps.map((step) => stringWidth(placeOf(step))))),
})

const MOST_PLACE = 36

const inner = ({ width }: Look, left: number): number | null => (width === null ? null : Math.max(20, width - left))

const targetOf = ({ destination, destinationPort }: PacketSight): string => endOf(destination, destinationPort)

const endOf = (address: string | null, port: number | null): string =>
  address === null ? '?' : port === null ? address : joinHostPort(address, port)

const isLed = (sent: PacketSight, led: PacketSight): boolean => targetOf(sent) !== targetOf(led)

function paint(outcome: TraceComparison['outcome'], text: string, { colour }: Look): string {
  return { same: colour.green, different: colour.red, unknown: colour.cyan }[outcome](text)
}
