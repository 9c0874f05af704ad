/** Tests that are not understood, told by their text: which of them ask the same, and give the same answer again. */

/** The test without its negation, as iptables and nft spell it. */
export function plainTest(text: string): { text: string; negated: boolean } {
  const negations = text.match(/(?<=^| )! |!= /g)
  if (negations?.length !== 1) return { text, negated: false }
  return { text: text.replace(/(?<=^| )! /, '').replace(/!= /, ''), negated: true }
}

/**
 * Does a test give the same answer when one packet comes to it again on its way through one hook after the other? Not those
 * that count or remember (limit, quota, connlimit …), and none that reads what rules or routing may change.
 */
export const isLasting = (text: string): boolean => LASTING_MODULE.test(text) || LASTING_NFT.test(text)

const LASTING_MODULE =
  /^-m (?:mac|owner|pkttype|length|string|time|cgroup|socket|rpfilter|policy|icmp6?|esp|ah|tcpmss) /

const LASTING_NFT =
  /^(?:meta (?:length|pkttype|skuid|skgid|hour|day|time|cgroup|iiftype|iifgroup|iifkind)|socket|ether|icmp|icmpv6|esp|ah) /
