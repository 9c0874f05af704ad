import { joinHostPort } from '../model/address.ts'
import type { TracedPackets } from '../model/kernel-trace/packets.ts'
import type { ProbeRequest } from '../model/probe/request.ts'
import type { ProbePlan } from './plan.ts'

/** Of more nodes nobody watches what arrives. */
const MOST_WATCHERS = 40

/** The others are given this time to begin, and some to end. */
const [LEAD_MS, END_MS] = [1000, 1500]

/** What each node is asked: those of the places, and those that connections come to, which only watch. */
export function requestsOf(
  plan: ProbePlan,
  { timeoutMs, rate, kernelTrace = false }: Pick<ProbeRequest, 'timeoutMs' | 'rate'> & { kernelTrace?: boolean },
): Map<string, ProbeRequest> {
  const { places, attempts, endpoints, ports, spare, request } = plan
  const origins = new Set(places.map(({ node }) => node))
  const ends = [...endpoints.map(({ node }) => node), ...attempts.map(({ target }) => target.node)]
  const others = new Set(ends.flatMap((node) => (node === null || origins.has(node) ? [] : node)))
  const most = Math.max(...places.map((place) => attempts.filter(({ target }) => target.place === place).length))
  const watchMs = LEAD_MS + (most / rate) * 1000 + timeoutMs + END_MS
  const common = {
    ports,
    endpoints: [...new Set(endpoints.map(({ address }) => address))],
    timeoutMs,
    rate,
    request,
    watchMs,
  }
  return new Map(
    [...origins, ...[...others].slice(0, MOST_WATCHERS)].map((name) => [
      name,
      {
        ...common,
        ...(kernelTrace && origins.has(name) ? { trace: tracedOf(plan) } : {}),
        places: places
          .map((place, i) => ({ place, spare: spare[i] ?? [] }))
          .filter(({ place }) => place.node === name)
          .map(({ place, spare: own }) => ({
            ...{ place, spare: own },
            attempts: attempts.filter(({ target }) => target.place === place).map(({ target: _, ...one }) => one),
          })),
      },
    ]),
  )
}

/** Of every entry once: the ports that connections are recognised by are the probe's alone. */
const tracedOf = ({ attempts, ports: sourcePorts }: ProbePlan): TracedPackets[] => {
  const packets = attempts.map(({ protocol, address, port }): TracedPackets => {
    return { protocol: protocol === 'udp' ? 'UDP' : 'TCP', address, port, sourcePorts }
  })
  return [...new Map(packets.map((one) => [`${one.protocol} ${joinHostPort(one.address, one.port)}`, one])).values()]
}
