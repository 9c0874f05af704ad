/** Programs that packets of a service meet outside the rules, and that nobody reads here. */
import type { Family } from '../../model/address.ts'
import { memo } from '../../model/memo.ts'
import type { AttachedProgram, NodeState } from '../../model/node.ts'
import { proxiesOn } from '../on-node.ts'
import { knownProgram } from './known.ts'

/** A program on the way, and what may come of it. */
export interface Met {
  program: AttachedProgram
  /** `Calico’s programs`, `the program foo`. */
  words: string
  translates: boolean
}

/** Where packets may meet a program. `side`: where a client connects, or where an endpoint is connected to. */
interface Stretch {
  links: ReadonlySet<string>
  side: 'client' | 'endpoint'
  family: Family
}

/**
 * Every program of a node at these links, at the cgroups of all processes and at netfilter's hooks, but for those that are known to be harmless, and those of a proxy
 * whose work is walked.
 */
export function programsAt(node: NodeState, { links, side, family }: Stretch): Met[] {
  const walked = new Set(proxiesOn(node, family).all.map(({ name }) => name))
  return attachedTo(node)
    .filter((one) => (one.device === null ? seesAll(one, side) : links.has(one.device)))
    .flatMap((program) => {
      const { by, harmless, translates } = knownProgram(program)
      return harmless || (by !== null && walked.has(by)) ? [] : [{ program, words: wordsOf(program, by), translates }]
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
