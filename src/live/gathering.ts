import type { Ask } from '../ask/source.ts'
import type { Manifest } from '../capture/manifest.ts'
import type { CapturedFile } from '../capture/write.ts'
import type { Observation } from '../model/observation.ts'
import { observeReadings, readFiles } from '../observe/observation.ts'
import type { Asked } from './asked.ts'
import { digest, manifestOf, type ReadNode, type SeenNode } from './manifest.ts'
import type { NodeChoice } from './nodes.ts'

/** What the nodes of one look come to, at its end or while some have not answered yet. */
export interface Gathered {
  nodes: SeenNode[]
  failed: { node: string; reason: string }[]
  manifest: Manifest
  observation: Observation
}

/** Takes the answers of nodes as they come. */
export class Gathering {
  private readonly asked: Asked
  private readonly choice: NodeChoice
  private readonly look: { cluster: string; startedAt: Date; keepFiles: boolean }
  private readonly byName: Map<string, SeenNode>

  /** `kept`: nodes that were read before. */
  constructor(
    asked: Asked,
    choice: NodeChoice,
    kept: ReadonlyMap<string, SeenNode>,
    look: { cluster: string; startedAt: Date; keepFiles: boolean },
  ) {
    this.asked = asked
    this.choice = choice
    this.byName = new Map(kept)
    this.look = look
  }

  private get origin(): string {
    return `the cluster ${this.look.cluster}`
  }

  take(one: ReadNode): void {
    this.byName.set(one.node.name, digest(one, { keepFiles: this.look.keepFiles, origin: this.origin }))
  }

  /** `others`: what was read besides the API and the nodes. A node that has not answered yet is not read. */
  observed(others: readonly CapturedFile[]): Gathered {
    const { asked, choice, origin } = this
    const { cluster, startedAt } = this.look
    const nodes = choice.read.flatMap(({ name }) => this.byName.get(name) ?? [])
    const failed = nodes.flatMap(({ node, failure }) => (failure ? [{ node: node.name, reason: failure }] : []))
    const unread = [...choice.unread, ...failed, ...this.awaited()]
    const manifest = manifestOf(startedAt, cluster, asked.label, nodes, unread)
    const readings = [asked.reading, ...nodes.flatMap(({ reading }) => reading ?? []), readFiles(others, origin)]
    const observation = observeReadings(readings, { source: 'live', origin, problems: asked.problems, manifest })
    return { nodes, failed, manifest, observation }
  }

  /** What there is to show of an answer while some nodes have not given theirs; null where there is nothing. */
  soFar(show: NonNullable<Ask['soFar']>): string | null {
    if (this.byName.size === 0 || this.awaited().length === 0) return null
    try {
      return show({ observation: this.observed([]).observation, namespace: this.asked.namespace })
    } catch {
      // What is wrong with the question is said at the end.
      return null
    }
  }

  private awaited(): { node: string; reason: string }[] {
    const { read } = this.choice
    return read.flatMap(({ name }) => (this.byName.has(name) ? [] : { node: name, reason: 'no answer yet' }))
  }
}
