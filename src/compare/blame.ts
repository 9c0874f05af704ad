/** Which of the changes change the way: each part is put back alone, and the service traced again. */
import type { Service } from '../model/cluster.ts'
import type { Change, ChangeArea } from '../model/diff/report.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { PathReport } from '../model/report.ts'
import { wayText } from './way-text.ts'

/** Traces and judges a service in an observation. */
export type Judge = (observation: Observation, service: Service) => PathReport

export interface Looks {
  before: Observation
  after: Observation
}

/** Asks of parts of two looks whether they change the way of a service. Mixed looks are kept: thousands of services ask for the same. */
export class Blame {
  private readonly looks: Looks
  private readonly judge: Judge
  private readonly mixed = new Map<string, Observation>()

  constructor(looks: Looks, judge: Judge) {
    this.looks = looks
    this.judge = judge
  }

  /** The changes, with those marked that change the way of the service from the one look to the other. */
  marked(changes: readonly Change[], before: Service, after: Service, reports: [PathReport, PathReport]): Change[] {
    const [old, now] = reports.map(wayText)
    if (old === now) return [...changes]
    const known = new Map<string, boolean>()
    const isGuilty = (area: ChangeArea, node: string | null): boolean => {
      const key = `${area} ${node}`
      const guilty = known.get(key) ?? this.changesWay(area, node, { before, after, old: old!, now: now! })
      known.set(key, guilty)
      return guilty
    }
    return changes.map((change) => ({
      ...change,
      changesWay:
        change.nodes.length === 0
          ? isGuilty(change.area, null)
          : change.nodes.some((node) => isGuilty(change.area, node)),
    }))
  }

  /** Either way round: what was broken twice is not repaired by one of the two. */
  private changesWay(
    area: ChangeArea,
    node: string | null,
    { before, after, old, now }: { before: Service; after: Service; old: string; now: string },
  ): boolean {
    const isService = area === 'service'
    const back = this.mix('after', area, node)
    if (wayText(this.judge(back, isService ? before : after)) !== now) return true
    return wayText(this.judge(this.mix('before', area, node), isService ? after : before)) !== old
  }

  /** One look with a part of the other. */
  private mix(base: keyof Looks, area: ChangeArea, node: string | null): Observation {
    const key = `${base} ${area} ${node}`
    const known = this.mixed.get(key)
    if (known) return known
    const other = base === 'after' ? this.looks.before : this.looks.after
    const made = withPart(this.looks[base], other, area, node)
    this.mixed.set(key, made)
    return made
  }
}

function withPart(base: Observation, other: Observation, area: ChangeArea, node: string | null): Observation {
  const { cluster } = base
  if (area === 'service') return { ...base, cluster: { ...cluster, services: other.cluster.services } }
  if (area === 'endpoints') {
    const { endpointsOf, endpointsArePartial, pods } = other.cluster
    return { ...base, cluster: { ...cluster, endpointsOf, endpointsArePartial, pods } }
  }
  const theirs = other.nodes.find(({ name }) => name === node)
  const fields = FIELDS[area]
  if (!theirs || fields.length === 0) return base
  const part = Object.fromEntries(fields.map((field) => [field, theirs[field]]))
  return { ...base, nodes: base.nodes.map((one) => (one.name === node ? { ...one, ...part } : one)) }
}

const FIELDS: Readonly<Record<ChangeArea, readonly (keyof NodeState)[]>> = {
  service: [],
  endpoints: [],
  rules: ['rulesets', 'nftTables', 'ipsets', 'ipvs', 'cilium', 'serviceTables', 'proxyMode'],
  route: ['routes', 'policyRules'],
  link: ['links', 'neighbours', 'fdb', 'bridgePorts', 'podInterfaces', 'hairpin', 'programs'],
  setting: ['sysctls'],
  version: ['kernel', 'nft'],
  node: [],
}
