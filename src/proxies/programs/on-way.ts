/** Programs that packets of a service meet outside the rules, and that nobody reads here. */
import { memo } from '../../model/memo.ts'
import type { AttachedProgram, NodeState } from '../../model/node.ts'
import { knownProgram } from './known.ts'

/** A program on the way, and what may come of it. */
export interface Met {
  program: AttachedProgram
  /** `Calico’s programs`, `the program foo`. */
  words: string
  translates: boolean
}

/**
 * Every program of a node at one of these links, at the cgroups of all processes and at netfilter's hooks, but for those that are known to be harmless. `side`: where a
 * client connects, or where an endpoint is connected to.
 */
export function programsAt(node: NodeState, links: ReadonlySet<string>, side: 'client' | 'endpoint'): Met[] {
  return attachedTo(node)
    .filter((one) => (one.device === null ? seesAll(one, side) : links.has(one.device)))
    .flatMap((program) => {
      const { by, harmless, translates } = knownProgram(program)
      return harmless ? [] : [{ program, words: wordsOf(program, by), translates }]
    })
}

export const hasPrograms = (node: NodeState): boolean => attachedTo(node).length > 0

/** The links of a node's pods where each of them has a program: whichever pod a client is, its packets meet one. */
export function linksOfAllPods(node: NodeState, uplinks: readonly string[]): string[] {
  const pods = (node.links ?? []).flatMap(({ kind, name }) =>
    (kind === 'veth' || kind === 'netkit') && !uplinks.includes(name) ? [name] : [],
  )
  const taken = new Set(attachedTo(node).flatMap(({ device }) => device ?? []))
  return pods.length > 0 && pods.every((name) => taken.has(name)) ? pods : []
}

/** What was collected of programs, with those that `ip link` shows. */
const attachedTo = memo(({ name, programs, links }: NodeState): AttachedProgram[] => {
  const told = programs ?? []
  const xdp = (links ?? []).flatMap((link): AttachedProgram[] => {
    if (!link.xdp) return []
    const listed = told.some((one) => one.hook === 'xdp' && one.device === link.name && one.name !== null)
    if (listed) return []
    const source = {
      command: `ip -d link show ${link.name}`,
      file: '',
      line: null,
      text: `${link.name} on ${name}: xdp`,
    }
    return [{ hook: 'xdp', device: link.name, cgroup: null, place: 'xdp', name: link.xdp.name, kind: 'bpf', source }]
  })
  const unnamed = new Set(xdp.map(({ device }) => device))
  return [...told.filter((one) => one.hook !== 'xdp' || !unnamed.has(one.device)), ...xdp]
})

/** Of cgroups those that hold all processes, or all pods; a unit's own sees what the unit's processes send. */
function seesAll({ hook, cgroup, place }: AttachedProgram, side: 'client' | 'endpoint'): boolean {
  if (hook !== 'cgroup') return true
  const packets = /^(?:cgroup_inet_)?(?:ingress|egress)$/.test(place)
  const connects = /^(?:connect[46]|sendmsg[46]|cgroup_inet[46]_connect|cgroup_udp[46]_sendmsg)$/.test(place)
  if (!packets && !(connects && side === 'client')) return false
  return cgroup !== null && !SOME_PROCESSES.test(cgroup.replace(/\/kubepods(?:\.slice)?$/, ''))
}

const SOME_PROCESSES = /\.(?:slice|scope|service)|\/(?:pod|crio|docker)/

function wordsOf({ name, kind, hook }: AttachedProgram, by: string | null): string {
  if (kind === 'filter') return `the tc filter ${name}`
  if (by !== null) return `${by} (${name}, ${hook})`
  return `the eBPF program ${name ?? 'without a name'} (${hook})`
}
