/** How a frontend deals its connections to its backends (bpf/lib/lb.h, bpf/bpf_sock.c). */
import type { Cilium } from '../../model/dataplanes/cilium.ts'
import type { Sender } from './find.ts'
import type { Backend, Frontend } from './frontends.ts'

export interface Dealing {
  /** Each gets an equal part of new connections. */
  active: readonly Backend[]
  /** Why nobody knows whom it deals to; null where it is known. */
  unknown: string | null
}

/** Slots up to the frontend's count are dealt to. With none of them active, those that are being let go are, in newer versions alone. */
export function dealingOf({ name, backends, told, proxyPort, whole }: Frontend): Dealing {
  const unknown = (reason: string): Dealing => ({ active: [], unknown: reason })
  if (proxyPort !== null) return unknown(`Cilium’s proxy takes what is sent to ${name}, at its port ${proxyPort}`)
  if (!whole) return unknown(`not all slots of ${name} may be in the text`)
  if (backends.some(({ active }) => active === null))
    return unknown(
      told === 'map'
        ? `which slots of ${name} are active is not in the text: cilium-dbg bpf lb list --frontends tells`
        : `a backend of ${name} is in a state that is not known`,
    )
  const active = backends.filter((one) => one.active)
  return active.length === 0 && backends.length > 0
    ? unknown(
        `no backend of ${name} is active, and whether those that are being let go get connections depends on Cilium’s version`,
      )
    : { active, unknown: null }
}

/** What holds of all connections that Cilium deals, as the report's notes. */
export function notesOn({ status, connections }: Cilium, { flags, told, type }: Frontend, sender: Sender): string[] {
  const socket = takesSockets(status, sender)
  const algorithm = status?.nodePort?.algorithm?.toLowerCase() ?? null
  const notes = [
    'Cilium keeps no counters of a service’s connections: how many there were is not known',
    ...(connections ? [countedBy(socket)] : []),
  ]
  if (socket === true)
    notes.push(
      'Cilium gives connections their endpoint in connect(): no packet carries the service’s address, and neither rules nor conntrack see it',
    )
  if (socket === null)
    notes.push('whether Cilium gives connections their endpoint in connect() or by tc is not in the text')
  // connect() draws by chance, whatever the algorithm.
  if (socket !== true && algorithm === 'maglev')
    notes.push('Maglev picks by the client’s address and port: the shares are means over many')
  if (socket !== true && algorithm === null)
    notes.push('how Cilium picks a backend is not in the text: the shares are a guess')
  if (flags.includes('sessionAffinity'))
    notes.push('session affinity holds a client to one backend: the shares are those of new clients')
  if (flags.some((flag) => flag.startsWith('check source-range')))
    notes.push('Cilium checks the client’s address against source ranges, which are taken for those of the service')
  if (told === 'agent') notes.push('the backends are those of the agent’s list: the kernel’s map was not read')
  if (sender === 'outside' && status?.nodePort && type !== 'ClusterIP')
    notes.push(
      `Cilium hands on what comes from outside by ${status.nodePort.mode ?? 'SNAT or DSR, which is not in the text'}`,
    )
  return notes
}

/** Where the number of connections comes from. */
const countedBy = (socket: boolean | null): string =>
  socket === false
    ? 'connections are those of Cilium’s own table (cilium-dbg bpf ct list global), which keeps them for a while after their end'
    : 'connections of endpoints are those of this node’s pods to the endpoint’s address in Cilium’s own table (cilium-dbg bpf ct list global), by this service or any other way'

/** Is the endpoint given in connect()? Null where the text does not say. */
export function takesSockets(status: Cilium['status'], sender: Sender): boolean | null {
  if (sender === 'outside') return false
  if (!status || status.socketLb === null) return null
  return status.socketLb && !(status.socketLbHostOnly && sender !== 'node')
}
