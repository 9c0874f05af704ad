import pkg from '../../package.json' with { type: 'json' }
import type { Manifest } from '../capture/manifest.ts'
import type { CapturedFile } from '../capture/write.ts'
import type { NodeAnswer } from '../collect/collect-node.ts'
import type { Section } from '../collect/section.ts'
import type { Node } from '../model/cluster.ts'
import { readFiles } from '../observe/observation.ts'
import type { Recording } from '../observe/recording.ts'

/** A node and what it answered, or why it did not. */
export interface ReadNode {
  node: Node
  answer: NodeAnswer | null
  failure: string | null
  /** What was said on the way: which pod, which fall-back. */
  said: string[]
}

/** A node of which the text was read: the sections have none any longer. */
export interface SeenNode extends ReadNode {
  /** What its files say; null where it did not answer. */
  reading: Recording | null
  /** The files themselves, where somebody wants them. */
  files: CapturedFile[]
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
            sections: answer.sections.map(sectionOf),
          },
    ),
    unread,
  }
}

/** As a capture holds it. */
export const manifestFile = (manifest: Manifest): CapturedFile => ({
  path: 'manifest.json',
  text: `${JSON.stringify(manifest, null, 1)}\n`,
})

/** The same with what was read later of nodes that are in it. */
export function withLater(manifest: Manifest, later: readonly ReadNode[]): Manifest {
  const answers = new Map(later.map(({ node, answer }) => [node.name, answer]))
  return {
    ...manifest,
    nodes: manifest.nodes.map((one) => {
      const answer = answers.get(one.name)
      if (!answer) return one
      return {
        ...one,
        bytes: one.bytes + answer.bytes,
        sections: [...one.sections, ...answer.sections.map(sectionOf)],
      }
    }),
  }
}

type CapturedSection = Manifest['nodes'][number]['sections'][number]

const sectionOf = ({ file, command, exitCode, stderr, milliseconds, leftOut }: Section): CapturedSection => ({
  ...{ file, command, exitCode, stderr, milliseconds, leftOut },
})

/** What a node printed, under the names that a capture gives it. Sections that printed nothing have no file. */
export function nodeFiles({ node, answer }: ReadNode): CapturedFile[] {
  const folder = `nodes/${folderOf(node.name)}`
  return (answer?.sections ?? [])
    .filter(({ text }) => text.trim() !== '')
    .map(({ file, text }) => ({ path: `${folder}/${file}`, text }))
}

/** Reads what a node printed as soon as it is there, so that the text of many is never held at a time. */
export function digest(read: ReadNode, { keepFiles, origin }: { keepFiles: boolean; origin: string }): SeenNode {
  const files = nodeFiles(read)
  const { answer } = read
  return {
    ...read,
    answer: answer && { ...answer, sections: answer.sections.map((one) => ({ ...one, text: '' })) },
    reading: answer && readFiles(files, origin),
    files: keepFiles ? files : [],
  }
}

/** The API lets a node's name be a DNS name only; what is none is not made a path of. */
const folderOf = (name: string): string =>
  /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name) ? name : encodeURIComponent(name).replaceAll('.', '%2E')
