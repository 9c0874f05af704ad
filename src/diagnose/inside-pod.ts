/** What the rules in a pod's own network namespace make of its connections: a service mesh leads them to its proxy there. */
import { type Aids, sendPacket } from '../kernel/hooks.ts'
import type { Journey } from '../kernel/journey.ts'
import { NO_MARK, type Packet } from '../kernel/packet.ts'
import { everything, familyOf, single } from '../model/address.ts'
import type { Endpoint } from '../model/cluster.ts'
import type { Evidence } from '../model/evidence.ts'
import type { NodeState, PodRules } from '../model/node.ts'
import { sh } from '../model/shell.ts'
import type { Case } from './case.ts'
import { spacesOf } from './sockets.ts'

/** Another port of the same pod, to which all of the endpoint's connections are led. */
export interface InnerPort {
  space: string
  port: number
  /** The rule that does it. */
  evidence: Evidence[]
}

/** Null where the pod's rules leave them alone, were not read, or part them. */
export function innerPort({ observation }: Case, endpoint: Endpoint): InnerPort | null {
  const home = observation.nodes.find(({ name }) => name === endpoint.node)
  const spaces = home?.podRules ? spacesOf(home, endpoint) : []
  // An address in two namespaces is one that was left behind: which of them is the pod's is not known.
  const rules = home?.podRules?.find(({ namespace }) => namespace === spaces[0])
  if (!home || !rules || spaces.length !== 1 || endpoint.port === null) return null
  const journeys = sendPacket(inside(home, rules), 'prerouting', packetFor(endpoint, endpoint.port), NO_AIDS).all
  const [port, ...others] = new Set(journeys.map((one) => portOf(one, endpoint)))
  if (port === undefined || port === null || others.length > 0) return null
  return { space: rules.namespace, port, evidence: evidenceOf(home.name, rules.namespace, journeys[0]!) }
}

const NO_AIDS: Aids = {
  starts: [],
  resolve: () => null,
  names: { markOf: () => null, isEndpoint: () => false, remembersClients: () => false },
  stations: [],
}

/** The pod's namespace as a node of its own, of which nothing but the rules is known. */
const inside = (home: NodeState, { rulesets }: PodRules): NodeState => ({
  ...home,
  ...{ rulesets, links: null, routes: null, policyRules: null, neighbours: null, bridgePorts: null, sysctls: null },
  ...{ ipsets: null, ipvs: null, cilium: null, programs: null },
})

const packetFor = ({ address, protocol }: Endpoint, port: number): Packet => ({
  protocol: protocol.toLowerCase(),
  ...{ source: everything(familyOf(address)), sourceLocal: false },
  ...{ destination: single(address), destinationLocal: true, destinationPort: port },
  ...{ inInterface: 'eth0', outInterface: '', bridged: false, mark: NO_MARK, connectionMark: NO_MARK },
  ...{ translated: false, untracked: false },
})

/** Null where the packet keeps its port, or it is not known what becomes of it. */
function portOf({ ending, conditions, packet }: Journey, { address, port }: Endpoint): number | null {
  const verdict = ending?.verdict
  if (verdict?.kind !== 'dnat' || conditions.length > 0 || packet.destinationPortEnd != null) return null
  // REDIRECT names no address: it leads to that of the interface by which the packet came, which is the pod's own.
  const isOwn = verdict.target.address === null || verdict.target.address === address
  return isOwn && packet.destinationPort !== port ? packet.destinationPort : null
}

function evidenceOf(node: string, space: string, { steps }: Journey): Evidence[] {
  const last = steps.findLast(({ rule }) => rule.actions.some(({ kind }) => kind === 'redirect' || kind === 'dnat'))
  if (!last) return []
  const { origin, rule } = last
  return [
    {
      ...{ node, command: sh`ip netns exec ${space} ${origin.command.split(' ')[0]!} -c` },
      ...{ file: `nodes/${node}/pod-rules.txt`, line: rule.source.line, text: rule.source.text },
    },
  ]
}
