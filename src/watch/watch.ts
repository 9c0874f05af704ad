/** What a watch has seen so far: events go in, with their time, and what is worth telling comes out. It has no clock and asks nobody. */
import { joinHostPort } from '../model/address.ts'
import type { Endpoint } from '../model/cluster.ts'
import type { Finding } from '../model/finding.ts'
import type { LookReason, SummaryEvent, WatchBody, WatchEvent } from '../model/live/watch.ts'
import type { EndpointState, PathReport, Verdict } from '../model/report.ts'
import { keyOf, knownOf, shapeOf, verdictsOf } from './known.ts'
import { type Known, placeOf, WatchedNode } from './node.ts'
import { podEvents, type WatchedPod } from './pods.ts'
import type { NodeMessage } from './stream.ts'

/** A look at the nodes, and what it could not see. */
export interface Look {
  report: PathReport
  reason: LookReason
  /** The nodes that were read anew. */
  nodes: ReadonlySet<string>
  /** Nodes of which nothing is known: what was found there before is not gone. */
  unread: ReadonlySet<string>
  /** What was found may be about to pass. */
  settling: boolean
}

/** Which nodes to look at; null: all of them. */
export interface Wish {
  nodes: ReadonlySet<string> | null
  reason: LookReason
}

/** An endpoint as the API's slices have it. */
export interface ApiEndpoint {
  node: string | null
  pod: string | null
  state: EndpointState
}

export class Watch {
  readonly service: string
  readonly startedAt: number
  report: PathReport | null = null
  settling = false
  readonly findings = new Map<string, { finding: Finding; since: number }>()
  readonly nodes = new Map<string, WatchedNode>()
  endpoints: ReadonlyMap<string, ApiEndpoint> | null = null
  private pods: readonly WatchedPod[] = []
  private known: Known = { places: new Map(), tcp: new Set(), fronts: new Map() }
  private readonly tally = { connections: 0, failures: 0, appeared: 0, vanished: 0 }
  private wish: { all: boolean; nodes: Set<string>; reason: LookReason } | null = null
  private readonly patience = new Map<string, { ms: number; until: number }>()

  constructor(service: string, at: number) {
    this.service = service
    this.startedAt = at
  }

  get verdict(): Verdict {
    return this.report?.verdict ?? 'unknown'
  }

  /** The nodes were looked at. */
  looked(at: number, { report, reason, nodes, unread, settling }: Look): WatchEvent[] {
    const before = this.report
    const bodies: WatchBody[] = []
    const shape = shapeOf(report)
    if (reason === 'rules') this.learn(nodes, before !== null && shapeOf(before) === shape, at)
    this.report = report
    this.settling = settling
    this.known = knownOf(report, this.known)
    for (const name of nodes) if (!unread.has(name)) this.node(name, at).lookedAt = at
    for (const node of this.nodes.values()) node.place(this.known)
    if (before === null || verdictsOf(before) !== verdictsOf(report)) bodies.push(this.verdictBody(before, reason))
    bodies.push(...this.compare(report.findings, unread, at))
    return this.told(at, bodies)
  }

  /** A line of a node's stream. */
  heard(at: number, node: string, message: NodeMessage): WatchEvent[] {
    const { bodies, look, begun } = this.node(node, at).heard(message, this.known, at)
    if (look) this.want(node, 'rules')
    const missed = bodies.some((one) => one.event === 'stream' && one.missed !== null)
    if (missed || begun) this.want(node, 'back')
    return this.told(at, bodies)
  }

  /** A node's stream ended. */
  lost(at: number, node: string, reason: string): WatchEvent[] {
    return this.told(at, this.node(node, at).lost(reason, at))
  }

  /** The endpoints that the API lists now. */
  listed(at: number, endpoints: readonly Endpoint[]): WatchEvent[] {
    const now = new Map(endpoints.map((one) => [placeText(one), apiEndpoint(one)]))
    const before = this.endpoints
    this.endpoints = now
    if (before === null) return []
    const bodies = [...new Set([...before.keys(), ...now.keys()])].flatMap((place) =>
      endpointBody(place, before.get(place) ?? null, now.get(place) ?? null),
    )
    if (bodies.length > 0) this.want(null, 'api')
    return this.told(at, bodies)
  }

  /** The pods that it selects now; `isOther`: by another selector than before. */
  podsListed(at: number, pods: readonly WatchedPod[], isOther: boolean): WatchEvent[] {
    const bodies = isOther ? [] : podEvents(this.pods, pods)
    this.pods = pods
    return this.told(at, bodies)
  }

  /** The Service itself is another one. */
  serviceChanged(at: number): WatchEvent[] {
    this.want(null, 'api')
    return this.told(at, [{ event: 'change', what: 'service', node: null, subject: null }])
  }

  /** What to look at; asking takes the wish away. Nodes whose rules change without an effect are looked at less often. */
  takeWish(at: number): Wish | null {
    const { wish } = this
    if (wish === null) return null
    const due = [...wish.nodes].filter((node) => wish.all || (this.patience.get(node)?.until ?? 0) <= at)
    if (!wish.all && due.length === 0) return null
    const later = wish.all ? [] : [...wish.nodes].filter((node) => !due.includes(node))
    this.wish = later.length > 0 ? { all: false, nodes: new Set(later), reason: wish.reason } : null
    return { nodes: wish.all ? null : new Set(due), reason: wish.reason }
  }

  want(node: string | null, reason: LookReason): void {
    this.wish ??= { all: false, nodes: new Set(), reason }
    if (node === null) this.wish.all = true
    else this.wish.nodes.add(node)
    // What the API says explains what rules do.
    if (reason === 'api') this.wish.reason = 'api'
  }

  summary(at: number): WatchEvent {
    const missed = [...this.nodes.values()].flatMap((node) => {
      const open = node.state.open || node.state.reason === null ? 0 : at - node.state.since
      const seconds = Math.round((node.missedMs + open) / 100) / 10
      return seconds > 0 ? { node: node.name, seconds } : []
    })
    const { connections, failures, appeared, vanished } = this.tally
    const body: SummaryEvent = {
      ...{ event: 'summary', service: this.service, verdict: this.verdict },
      ...{ seconds: (at - this.startedAt) / 1000, connections, failures, findings: { appeared, vanished }, missed },
    }
    return stamped(at, body)
  }

  node(name: string, at: number): WatchedNode {
    const known = this.nodes.get(name) ?? new WatchedNode(name, at)
    this.nodes.set(name, known)
    return known
  }

  private verdictBody(before: PathReport | null, reason: LookReason): WatchBody {
    const { verdict, service, nodes } = this.report!
    return {
      ...{ event: 'verdict', service: `${service.namespace}/${service.name}`, verdict, was: before?.verdict ?? null },
      ...{ nodes: nodes.map(({ name, verdict: own }) => ({ name, verdict: own })), reason, settling: this.settling },
    }
  }

  private compare(findings: readonly Finding[], unread: ReadonlySet<string>, at: number): WatchBody[] {
    const now = new Map(findings.filter(({ severity }) => severity !== 'info').map((one) => [keyOf(one), one]))
    const gone = [...this.findings].filter(([key, { finding }]) => !now.has(key) && !isUnseen(finding, unread))
    const fresh = [...now].filter(([key]) => !this.findings.has(key))
    for (const [key] of gone) this.findings.delete(key)
    for (const [key, finding] of now) this.findings.set(key, { finding, since: this.findings.get(key)?.since ?? at })
    return [
      ...fresh.map(([, finding]) => findingBody('appeared', finding, null)),
      ...gone.map(([, { finding, since }]) => findingBody('vanished', finding, (at - since) / 1000)),
    ]
  }

  /** Rules that change all the time and never to an effect are not worth a look each time. */
  private learn(nodes: ReadonlySet<string>, futile: boolean, at: number): void {
    for (const node of nodes) {
      const last = this.patience.get(node)?.ms ?? 500
      const ms = futile ? Math.min(60_000, last * 2) : 500
      this.patience.set(node, { ms, until: futile ? at + ms : 0 })
    }
  }

  private told(at: number, bodies: readonly WatchBody[]): WatchEvent[] {
    for (const body of bodies) {
      if (body.event === 'connections') this.tally.connections += body.count
      if (body.event === 'failure') this.tally.failures += body.count
      if (body.event === 'finding') this.tally[body.state] += 1
    }
    return bodies.map((body) => stamped(at, body))
  }
}

const stamped = (at: number, body: WatchBody): WatchEvent => ({
  ...{ apiVersion: 'svcpath/v1alpha1', kind: 'WatchEvent', time: new Date(at).toISOString() },
  ...body,
})

/** Of a node that was not read nothing is gone. */
const isUnseen = ({ node, onNodes }: Finding, unread: ReadonlySet<string>): boolean =>
  [...(node === null ? [] : [node]), ...(onNodes ?? [])].some((one) => unread.has(one))

const findingBody = (
  state: 'appeared' | 'vanished',
  { code, name, severity, node, subject, message, fix }: Finding,
  seconds: number | null,
): WatchBody => ({ event: 'finding', state, code, name, severity, node, subject, message, fix, seconds })

const placeText = ({ address, port }: Endpoint): string => joinHostPort(address, port)

function apiEndpoint({ ready, serving, terminating, node, pod }: Endpoint): ApiEndpoint {
  const ending = serving ? 'serving' : 'terminating'
  return { node, pod: pod?.name ?? null, state: ready ? 'ready' : terminating ? ending : 'notReady' }
}

function endpointBody(place: string, was: ApiEndpoint | null, is: ApiEndpoint | null): WatchBody[] {
  if (was?.state === is?.state) return []
  const { node, pod } = (is ?? was)!
  return [{ event: 'endpoint', ...placeOf(place), node, pod, was: was?.state ?? null, is: is?.state ?? null }]
}
