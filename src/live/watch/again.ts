import type { Ask } from '../../ask/source.ts'
import { collectScripts } from '../../collect/script.ts'
import { isDrift } from '../../diagnose/drift.ts'
import type { Service } from '../../model/cluster.ts'
import { findingKeys } from '../../model/identity.ts'
import type { PathReport } from '../../model/report.ts'
import type { WantedService } from '../../model/request.ts'
import { observeFiles } from '../../observe/observation.ts'
import { pathReport, whilePassing } from '../../report/path.ts'
import { resolve } from '../api-objects.ts'
import type { Asked } from '../asked.ts'
import { type Means, readNodes } from '../look.ts'
import { manifestFile, manifestOf, nodeFiles, type ReadNode } from '../manifest.ts'
import { chooseNodes } from '../nodes.ts'

/** A look at the way of one Service. */
export interface Seen {
  report: PathReport
  service: Service
  wanted: WantedService
  /** The nodes that are read, and those of them that were read just now. */
  nodes: Asked['nodes']
  fresh: ReadonlySet<string>
  unread: ReadonlySet<string>
  /** Some of what was found was not there before, and may be about to pass. It is in no report yet. */
  settling: boolean
}

/**
 * Looks again and again, each time at those nodes alone on which something happened. What the others showed counts as long as the API says the same of the service:
 * rules that are older than an endpoint would look stale.
 */
export class RepeatedLook {
  private readonly means: Means
  private readonly ask: Ask & { service: string }
  private readonly port: string | null
  private readonly remembered = new Map<string, ReadNode>()
  private meant = ''
  private drift: ReadonlySet<string> | null = null

  constructor(means: Means, ask: Ask & { service: string }, port: string | null) {
    this.means = means
    this.ask = ask
    this.port = port
  }

  /** `which`: nodes to read anew; null: all. */
  async look(which: ReadonlySet<string> | null): Promise<Seen> {
    const { means, ask } = this
    const startedAt = means.now()
    const asked = await resolve(means, ask)
    const { reach } = means
    const choice = chooseNodes(asked.nodes, asked.endpoints, { names: reach.nodes, all: reach.allNodes })
    if (choice.note) means.progress.warn(choice.note)
    const meant = JSON.stringify([asked.wanted, asked.endpoints.map(({ slice: _, ...one }) => one)])
    const all = which === null || meant !== this.meant
    this.meant = meant
    const stale = choice.read.filter(({ name }) => all || which.has(name) || !this.remembered.has(name))
    const request = { services: asked.wanted, parts: 'all' as const }
    const scripts = (name: string) => collectScripts(means.hung.request(name, request))
    await readNodes(stale, scripts, means, ({ node, answer, ...others }) => {
      const whole = answer && { ...answer, sections: means.hung.complete(node.name, answer.sections) }
      this.remembered.set(node.name, { ...others, node, answer: whole })
    })
    const nodes = choice.read.flatMap(({ name }) => this.remembered.get(name) ?? [])
    const failed = nodes.flatMap(({ node, failure }) => (failure ? [{ node: node.name, reason: failure }] : []))
    const manifest = manifestOf(startedAt, means.api.name, asked.label, nodes, [...choice.unread, ...failed])
    const files = [...asked.files, ...nodes.flatMap(nodeFiles), manifestFile(manifest)]
    const origin = `the cluster ${means.api.name}`
    const observation = observeFiles(files, { source: 'live', origin, problems: asked.problems })
    const service = asked.named[0]!
    const report = pathReport(observation, {
      ...{ service: ask.service, namespace: asked.namespace, from: ask.from },
      ...{ port: this.port, nodes: reach.nodes },
    })
    return {
      ...this.settled(report),
      ...{ service, wanted: wantedOf(asked, service), nodes: choice.read },
      fresh: new Set(stale.map(({ name }) => name)),
      unread: new Set(failed.map(({ node }) => node)),
    }
  }

  /** Where rules and API differ, that counts when a second look shows it, too. */
  private settled(report: PathReport): { report: PathReport; settling: boolean } {
    const before = this.drift
    const found = report.findings.filter(({ code, severity }) => severity !== 'info' && isDrift(code))
    this.drift = new Set(found.flatMap(findingKeys))
    const fresh = found.filter((one) => !findingKeys(one).some((key) => before?.has(key)))
    if (fresh.length === 0) return { report, settling: false }
    const passing = whilePassing(report, new Set(fresh.flatMap(findingKeys)))
    const isFresh = new Set(fresh.flatMap(findingKeys))
    const findings = passing.findings.filter((one) => !findingKeys(one).some((key) => isFresh.has(key)))
    return { report: { ...passing, findings }, settling: true }
  }
}

function wantedOf({ wanted }: Asked, { namespace, name }: Service): WantedService {
  const own = wanted?.find((one) => one.namespace === namespace && one.name === name)
  return own ?? { namespace, name, addresses: [], ports: [], endpoints: [], podAddresses: [] }
}
