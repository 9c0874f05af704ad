import type { KernelEvent, KernelVerdict } from '../../model/kernel-trace/trace.ts'

/** What a line tells behind its chain; null where it cannot be read, `unfinished` where the rule's text goes on in the next line. */
export function eventOf(
  place: Pick<KernelEvent, 'family' | 'table' | 'chain'>,
  rest: string,
): KernelEvent | 'unfinished' | null {
  const rule = /^(?:rule (.*)|unknown rule handle (\d{1,15}) )\(verdict ([^()]*)\)\s*$/.exec(rest)
  if (rule) return ruleEvent(place, rule[1], rule[2], rule[3]!)
  if (/^rule /.test(rest)) return 'unfinished'
  // The packet's mark stands behind it, where it has one.
  const end = /^(policy|verdict) (\S.*?)(?: meta mark 0x[0-9a-f]+)?\s*$/.exec(rest)
  if (!end) return null
  const kind = end[1] === 'policy' ? 'policy' : 'return'
  return { kind, ...place, handle: null, text: '', verdict: verdictOf(end[2]!) }
}

function ruleEvent(
  place: Pick<KernelEvent, 'family' | 'table' | 'chain'>,
  printed: string | undefined,
  unknown: string | undefined,
  verdict: string,
): KernelEvent {
  const handle = /^(.*?)\s*# handle (\d{1,15})\s*$/.exec(printed ?? '')
  const number = unknown ?? handle?.[2]
  return {
    kind: 'rule',
    ...place,
    handle: number === undefined ? null : Number(number),
    text: (handle?.[1] ?? printed ?? '').trim(),
    verdict: verdictOf(verdict),
  }
}

function verdictOf(text: string): KernelVerdict {
  const [word, chain, ...more] = text.split(' ')
  if ((word === 'jump' || word === 'goto') && chain && more.length === 0) return { kind: word, chain, text }
  if (chain === undefined && isPlain(word!)) return { kind: word, chain: null, text }
  return { kind: 'other', chain: null, text }
}

type Plain = Exclude<KernelVerdict['kind'], 'jump' | 'goto' | 'other'>
const PLAIN: readonly string[] = ['accept', 'drop', 'continue', 'return'] satisfies Plain[]
const isPlain = (word: string): word is Plain => PLAIN.includes(word)
