/** A probe made up beside a real capture: what the nodes say of each connection is for the test to tell. */
import type { Service } from '../../src/model/cluster.ts'
import type { Observation } from '../../src/model/observation.ts'
import type { ProbeReport } from '../../src/model/probe/report.ts'
import type { Attempted, NodeProbe, Place } from '../../src/model/probe/request.ts'
import { parseConntrack } from '../../src/parse/host/conntrack.ts'
import { podPlace } from '../../src/probe/places.ts'
import { type PlannedAttempt, type ProbePlan, planProbe } from '../../src/probe/plan.ts'
import { probeReport } from '../../src/probe/report.ts'
import { pathReport } from '../../src/report/path.ts'
import { capturePath } from '../fixtures.ts'
import { observe } from '../observations.ts'

export const serviceIn = ({ cluster }: Observation, name: string): Service =>
  cluster.services!.find((one) => `${one.namespace}/${one.name}` === name)!

export const podIn = ({ cluster }: Observation, name: string): Place =>
  podPlace(cluster.pods!.find((one) => one.name.startsWith(name))!)

export const usual = (): Promise<Observation> => observe(capturePath('k8s-1.36-iptables-nft-bridge'))

/** What is known of a connection on its way: lines of conntrack by node. */
interface Made {
  result: Attempted['result']
  sourcePort?: number | null
  /** Right after, by the script that made it. */
  after?: Readonly<Record<string, string>>
  /** As it came. */
  events?: Readonly<Record<string, string>>
  /** At the look that followed. */
  look?: Readonly<Record<string, string>>
}

export interface World {
  before: Observation
  after?: Observation
  place: Place
  service?: string
  count?: number
  /** Nodes whose conntrack nobody read. */
  unread?: readonly string[]
  watched?: boolean
  make: (attempt: PlannedAttempt) => Made
}

export function probed(world: World): ProbeReport {
  const { before, after = before, place, unread = [], watched = true } = world
  const [namespace, name] = (world.service ?? 'shop/web').split('/') as [string, string]
  const plan: ProbePlan = planProbe(before, serviceIn(before, `${namespace}/${name}`), {
    ...{ places: [place], port: null, count: world.count ?? 1, random: () => 0.5 },
  })
  const made = plan.attempts.map((attempt) => ({ attempt, one: world.make(attempt) }))
  const linesOf = (part: 'after' | 'events' | 'look', node: string) =>
    parseConntrack(made.flatMap(({ one }) => one[part]?.[node] ?? []).join('\n'), 'conntrack.txt').items
  const probes = new Map(
    before.nodes.map(({ name }): [string, NodeProbe] => [
      name,
      {
        tools: new Map(name === place.node ? [[0, { tool: 'python3' }]] : []),
        attempted: name === place.node ? made.map(({ attempt, one }) => attemptedOf(attempt, one)) : [],
        events: linesOf('events', name),
        watched,
        entries: unread.includes(name) ? null : linesOf('after', name),
      },
    ]),
  )
  const seen = {
    ...after,
    nodes: after.nodes.map((node) => ({
      ...node,
      conntrack: unread.includes(node.name) ? null : linesOf('look', node.name),
    })),
  }
  const question = { service: name, namespace, port: null, from: null, nodes: [] }
  return probeReport({
    ...{ plan, probes, failures: new Map() },
    before: { observation: before, report: pathReport(before, question) },
    after: { observation: seen, report: pathReport(seen, question) },
  })
}

const attemptedOf = ({ id, sourcePort }: PlannedAttempt, { result, sourcePort: own }: Made): Attempted => ({
  ...{ id, result, milliseconds: 1, error: null, status: null, certificate: null },
  sourcePort: own === undefined ? sourcePort : own,
})

/** A line of conntrack: from → to, and where answers come from. */
export function line(
  state: string,
  { address, port, sourcePort }: PlannedAttempt,
  from: string,
  endpoint: string,
  { unreplied = false } = {},
): string {
  const [host, target] = endpoint.split(':')
  return `ipv4 2 tcp 6 110 ${state} src=${from} dst=${address} sport=${sourcePort} dport=${port} ${unreplied ? '[UNREPLIED] ' : ''}src=${host} dst=${from} sport=${target} dport=${sourcePort} mark=0 use=1`
}

/** The same connection as the endpoint's node has it. */
export const lineThere = (
  state: string,
  { sourcePort }: PlannedAttempt,
  from: string,
  endpoint: string,
  { unreplied = false } = {},
): string => {
  const [host, target] = endpoint.split(':')
  return `ipv4 2 tcp 6 110 ${state} src=${from} dst=${host} sport=${sourcePort} dport=${target} ${unreplied ? '[UNREPLIED] ' : ''}src=${host} dst=${from} sport=${target} dport=${sourcePort} mark=0 use=1`
}
