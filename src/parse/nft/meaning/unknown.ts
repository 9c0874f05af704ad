import type { Match } from '../../../model/rules.ts'

/** A test that the model has no kind for. */
export function unknownTest(text: string): Match {
  const negations = text.match(/!= /g)?.length ?? 0
  const asks = negations === 1 ? { text: text.replace('!= ', ''), negated: true } : { text, negated: false }
  return { kind: 'unknown', text, ...(LASTING.test(text) ? { asks } : {}) }
}

/** What gives one packet the same answer again. */
const LASTING =
  /^(?:meta (?:length|pkttype|skuid|skgid|hour|day|time|cgroup|iiftype|iifgroup|iifkind)|socket|ether|icmp|icmpv6|esp|ah) /
