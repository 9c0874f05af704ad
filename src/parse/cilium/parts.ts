/** What one text of Cilium's adds to what is known of a node, and how two of them are put together. */

import { canonicalAddress, parseAddress } from '../../model/address.ts'
import type { Cilium, CiliumExtent, CiliumList, CiliumSource } from '../../model/dataplanes/cilium.ts'
import type { Problem } from '../../model/rules.ts'

export interface ParsedCilium {
  /** Null: nothing of it could be read. */
  value: Cilium | null
  problems: Problem[]
}

const NOTHING: Cilium = {
  ...{ status: null, services: null, slots: null, masters: null, backends: null },
  ...{ connections: null, drops: null, pressure: null, refusal: null, unasked: null },
}

export const only = (part: Partial<Cilium>): Cilium => ({ ...NOTHING, ...part })

/** What two files of one node say together. */
export const mergeCilium = (a: Cilium, b: Cilium): Cilium => ({
  status: b.status ?? a.status,
  services: mergeLists(a.services, b.services),
  slots: mergeLists(a.slots, b.slots),
  masters: mergeLists(a.masters, b.masters),
  backends: a.backends && b.backends ? new Map([...a.backends, ...b.backends]) : (a.backends ?? b.backends),
  connections: append(a.connections, b.connections),
  drops: append(a.drops, b.drops),
  pressure: append(a.pressure, b.pressure),
  refusal: a.refusal ?? b.refusal,
  unasked: a.unasked ?? b.unasked,
})

function append<T>(a: readonly T[] | null, b: readonly T[] | null): readonly T[] | null {
  return a && b ? [...a, ...b] : (a ?? b)
}

/** The same printed twice, or in two forms, is there once: the first that was read. */
function mergeLists<T extends { frontend: object; slot?: number }>(
  a: CiliumList<T> | null,
  b: CiliumList<T> | null,
): CiliumList<T> | null {
  if (!a || !b) return a ?? b
  const key = ({ frontend, slot }: T) => JSON.stringify([frontend, slot])
  const items = new Map([...b.items, ...a.items].map((one) => [key(one), one]))
  return { items: [...items.values()], extent: widest(a.extent, b.extent) }
}

function widest(a: CiliumExtent, b: CiliumExtent): CiliumExtent {
  if (a.kind === 'all' || b.kind === 'part') return a
  if (b.kind === 'all' || a.kind === 'part') return b
  if (a.kind !== 'asked' || b.kind !== 'asked') return a
  return {
    kind: 'asked',
    addresses: new Set([...a.addresses, ...b.addresses]),
    ports: new Set([...a.ports, ...b.ports]),
  }
}

/** `# asked for: 10.96.0.1 :30080`: the node's own word on what it picked of a list, which it gives where all of that came. */
const ASKED = /^# asked for:((?: \S+)*) *\r?$/m

/** How much of a list a text says to be: picked by svcpath, whole by its heading, or pieces of it. */
export function extentOf(text: string, isWhole: boolean): CiliumExtent {
  const asked = ASKED.exec(text)?.[1]
  if (asked === undefined) return { kind: isWhole ? 'all' : 'part' }
  const words = asked.trim().split(' ')
  return {
    kind: 'asked',
    addresses: new Set(words.filter((word) => parseAddress(word)).map(canonicalAddress)),
    ports: new Set(words.flatMap((word) => (/^:\d+$/.test(word) ? Number(word.slice(1)) : []))),
  }
}

/** The text without that line. */
export const withoutAsked = (text: string): string => text.replace(ASKED, '')

const REFUSED =
  /^.*(?:\bdial unix \S+: connect: (?:no such file or directory|connection refused)|Is the agent running\?).*$/m

/** The agent's silence, as its command tells it. */
export function refusalIn(text: string, command: string, file: string): CiliumSource | null {
  const found = REFUSED.exec(text)
  if (!found) return null
  const line = text.slice(0, found.index).split('\n').length
  return { command, file, line, text: found[0].trim() }
}

/** A command that found no agent, whichever it was. */
export function parseCiliumRefusal(text: string, file: string): ParsedCilium {
  const refusal = refusalIn(text, 'cilium-dbg', file)
  return { value: refusal && only({ refusal }), problems: [] }
}

/** svcpath's own words on an agent in whose container nothing could be asked; or on a host without the agent's process. */
export function parseCiliumAgent(text: string, file: string): ParsedCilium {
  const [line = ''] = text.split('\n')
  const source = { command: 'kubectl get pods', file, line: 1, text: line.trim() }
  if (/ is not running\b/.test(line)) return { value: only({ refusal: source }), problems: [] }
  if (/ was not read$/.test(line.trim())) return { value: only({ unasked: source }), problems: [] }
  return { value: null, problems: [] }
}

/** A list as JSON, of which svcpath may have picked objects: the last of them then ends in a comma. */
export const listIn = (text: string): string => withoutAsked(text).replace(/,(\s*\]\s*)$/, '$1')

/** A JSON document; null where it is none. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
