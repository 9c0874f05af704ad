import pkg from '../../package.json' with { type: 'json' }
import type { Manifest } from '../capture/manifest.ts'
import type { CapturedFile } from '../capture/write.ts'
import type { NodeAnswer } from '../collect/collect-node.ts'
import type { Node } from '../model/cluster.ts'

/** A node and what it answered, or why it did not. */
export interface ReadNode {
  node: Node
  answer: NodeAnswer | null
  failure: string | null
  /** What was said on the way: which pod, which fall-back. */
  said: string[]
}

/** What a look at a cluster says of itself. */
export function manifestOf(
  startedAt: Date,
  cluster: string,
  asked: string,
  nodes: readonly ReadNode[],
  unread: Manifest['unread'],
): Manifest {
  return {
    apiVersion: 'svcpath/v1alpha1',
    kind: 'Capture',
    version: pkg.version,
    observedAt: startedAt.toISOString(),
    cluster,
    asked,
    nodes: nodes.flatMap(({ node, answer, said }) =>
      answer === null
        ? []
        : {
            name: node.name,
            way: said,
            complete: answer.complete,
            bytes: answer.bytes,
            sections: answer.sections.map(({ file, command, exitCode, stderr, milliseconds, leftOut }) => {
              return { file, command, exitCode, stderr, milliseconds, leftOut }
            }),
          },
    ),
    unread,
  }
}

/** What a node printed, under the names that a capture gives it. Sections that printed nothing have no file. */
export function nodeFiles({ node, answer }: ReadNode): CapturedFile[] {
  const folder = `nodes/${folderOf(node.name)}`
  return (answer?.sections ?? [])
    .filter(({ text }) => text.trim() !== '')
    .map(({ file, text }) => ({ path: `${folder}/${file}`, text }))
}

/** The API lets a node's name be a DNS name only; what is none is not made a path of. */
const folderOf = (name: string): string =>
  /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name) ? name : encodeURIComponent(name).replaceAll('.', '%2E')
