import type { Step } from '../../kernel/flow.ts'
import type { Journey } from '../../kernel/journey.ts'
import type { ComparedStep } from '../../model/kernel-trace/comparison.ts'
import type { KernelEvent, KernelRule } from '../../model/kernel-trace/trace.ts'
import { languageOf } from '../../proxies/traced-rules.ts'
import { type Alignment, INCOMPLETE, type Told } from './alignment.ts'
import { compareEnds } from './ends.ts'
import { fits, isSameRule, mayBreak } from './same-rule.ts'

/** Goes along both, rule by rule, up to the first difference. */
export function align(told: Told, journey: Journey): Alignment {
  const { node, met, listed } = told
  const said = journey.steps.filter(({ origin }) => languageOf(node, origin) !== null)
  const steps: ComparedStep[] = []
  let at = 0
  const stop = (outcome: Alignment['outcome'], reason: string | null, last: ComparedStep[] = []): Alignment => ({
    ...{ outcome, reason, steps: [...steps, ...last], length: at, open: false },
  })
  for (const [i, step] of said.entries()) {
    const event = met[at]
    const same = event ? isSameRule(node, event, listed(event), step) : false
    if (event && same) {
      if (fits(event, step.rule) === false)
        return stop('different', `${nameOf(event)}: the kernel's verdict is ${event.verdict.text}`, [
          compared(event, listed(event), step, 'different'),
        ])
      steps.push(compared(event, listed(event), step, 'same'))
      at++
    } else if (mayBreak(step.rule) || isPartOf(step, said[i - 1])) continue
    else if (event && same === null)
      return stop('unknown', `${nameOf(event)}: which rule the kernel met there is not known`, [
        compared(event, listed(event), null, 'unknown'),
      ])
    else if (!event && !told.packet.whole) return stop('unknown', INCOMPLETE)
    else
      return stop('different', apart(event, step), [compared(event ?? null, event && listed(event), step, 'different')])
  }
  const more = met[at]
  if (more && journey.fate === 'unknown') {
    const rest = met.slice(at).map((event) => compared(event, listed(event), null, 'unknown'))
    return { ...stop('unknown', `the walk cannot tell how it goes on: ${journey.reason}`, rest), open: true }
  }
  if (more) return stop('different', apart(more, null), [compared(more, listed(more), null, 'different')])
  return { ...stop('same', null), ...compareEnds(told, journey) }
}

/** A rule of which the walk made several, one for each element of its map. */
const isPartOf = (step: Step, before: Step | undefined): boolean =>
  before !== undefined && step.rule.source === before.rule.source && step.chain === before.chain

const nameOf = ({ family, table, chain }: KernelEvent): string => `${family} ${table} ${chain}`

function apart(event: KernelEvent | undefined, step: Step | null): string {
  const kernel = event
    ? `the kernel met a rule of ${nameOf(event)} (${event.verdict.text})`
    : 'the kernel met no further rule'
  const walk = step ? `the walk a rule of ${step.origin.table} ${step.chain}` : 'the walk none'
  return `${kernel}, ${walk}`
}

function compared(
  event: KernelEvent | null,
  listed: KernelRule | undefined,
  step: Step | null,
  outcome: ComparedStep['outcome'],
): ComparedStep {
  const kernel = event && { text: textOf(event, listed), verdict: event.verdict.text }
  const walk = step && { text: step.rule.source.text, file: step.origin.file, line: step.rule.source.line }
  if (event) return { table: `${event.family} ${event.table}`, chain: event.chain, kernel, walk, outcome }
  return { table: step?.origin.table ?? '', chain: step?.chain ?? '', kernel, walk, outcome }
}

/** As iptables has it, where it is of iptables. */
const textOf = (event: KernelEvent, listed: KernelRule | undefined): string =>
  (listed?.iptables?.[0]?.source.text ?? (event.text || (listed?.nft[0]?.source.text ?? ''))).replace(
    / ?\bcounter packets \d+ bytes \d+/,
    '',
  )
