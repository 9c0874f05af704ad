/** The texts of chains and servers: what they count, and what stands in them besides. */
import type { ConnectionSource } from '../../model/live/watch.ts'

export interface Counted {
  /** What it led to, and how often so far. */
  to: ReadonlyMap<string, number>
  /** What it names: the chains of endpoints, or their addresses. */
  names: 'chains' | 'places'
  by: ConnectionSource
  /** The same text without what it counted: when this is another one, the rules have changed. */
  form: string
}

/** By the kind of text, which its name begins with. */
export function readText(name: string, lines: readonly string[]): Counted {
  if (name.startsWith('iptables')) return ofListing(lines)
  if (name.startsWith('legacy')) return ofDump(lines)
  if (name === 'ipvs/stats') return ofServers(lines)
  return { to: new Map(), names: 'chains', by: 'rules', form: lines.map(withoutCounters).join('\n') }
}

/** What a person calls the text of this name. */
export function subjectOf(name: string): string {
  const [kind, ...rest] = name.split('/')
  if (kind === 'ipvs') return 'the virtual servers'
  if (kind?.startsWith('tables')) return 'rules outside the chains of the service'
  if (kind?.startsWith('legacy')) return 'the chains of the service (iptables-legacy)'
  if (kind !== 'nft') return `chain ${rest.join('/')}`
  return `${rest[0] === 'element' ? 'the entry in map' : 'chain'} ${rest.slice(2).join('/')}`
}

/** `iptables -v -n -x -L CHAIN`: `  5  300 KUBE-SEP-X  6  --  * …`. */
function ofListing(lines: readonly string[]): Counted {
  const to = new Map<string, number>()
  const form = lines.map((line) => {
    const [, packets, target, rest] = /^\s*(\d+)\s+\d+\s+(\S+)(.*)$/.exec(line) ?? []
    if (target === undefined) return line
    if (target.startsWith('KUBE-SEP-')) to.set(target, (to.get(target) ?? 0) + Number(packets))
    return `${target}${rest}`
  })
  return { to, names: 'chains', by: 'rules', form: form.join('\n') }
}

/** Lines of `iptables-save -c` that name a chain of the service: `[5:300] -A KUBE-SVC-X … -j KUBE-SEP-Y`. */
function ofDump(lines: readonly string[]): Counted {
  const to = new Map<string, number>()
  for (const line of lines) {
    const [, packets, target] = /^\[(\d+):\d+\] -A KUBE-(?:SVC|SVL|XLB)-\S+ .*-j (KUBE-SEP-\S+)/.exec(line) ?? []
    if (target !== undefined) to.set(target, (to.get(target) ?? 0) + Number(packets))
  }
  return { to, names: 'chains', by: 'rules', form: lines.map(withoutCounters).join('\n') }
}

/** `ipvsadm -Ln --stats --exact`: `  -> 10.244.1.6:8080   12 …`. */
function ofServers(lines: readonly string[]): Counted {
  const to = new Map<string, number>()
  for (const line of lines) {
    const [, place, count] = /^\s*->\s+(\S+:\d+)\s+(\d+)\s/.exec(line) ?? []
    if (place !== undefined) to.set(place, (to.get(place) ?? 0) + Number(count))
  }
  // What stands there is told by the other text, with its weights.
  return { to, names: 'places', by: 'ipvs', form: '' }
}

const withoutCounters = (line: string): string => line.replace(/\[\d+:\d+\]/g, '').replace(/packets \d+ bytes \d+/g, '')

/** What was counted since. A counter that is smaller than before began anew, from zero. */
export function growth(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): Map<string, number> {
  const grown = new Map<string, number>()
  for (const [target, count] of now) {
    const last = before.get(target) ?? 0
    const more = count >= last ? count - last : count
    if (more > 0) grown.set(target, more)
  }
  return grown
}
