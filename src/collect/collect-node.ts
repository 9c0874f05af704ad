import { randomBytes } from 'node:crypto'
import type { Node } from '../model/cluster.ts'
import type { CollectRequest } from '../model/request.ts'
import { ReachError, type RunOptions, type Way } from '../reach/way.ts'
import { readAnswer } from './answer.ts'
import { nodeScript } from './script.ts'
import type { Section } from './section.ts'

export interface NodeAnswer {
  sections: Section[]
  /** False where the answer ended before the script did, or a part of it was cut off. */
  complete: boolean
  /** What came over the wire. */
  bytes: number
}

/** No node has more to say: a whole dump of 5,000 services is 8 MB as text and 25 as JSON. */
const MAX_BYTES = 128 * 1024 * 1024

/** Runs the script on one node and reads its answer. Throws a ReachError where nothing came of it. */
export async function collectNode(
  way: Way,
  node: Node,
  request: CollectRequest,
  options: Omit<RunOptions, 'maxBytes'>,
): Promise<NodeAnswer> {
  const frame = randomBytes(16).toString('hex')
  const output = await way.run(node, nodeScript(request, frame), { ...options, maxBytes: MAX_BYTES })
  const { sections, complete } = readAnswer(output.stdout, frame)
  if (sections.length === 0) {
    const words = output.stderr.trim().split('\n').at(-1)
    throw new ReachError(`it answered nothing that the script prints${words ? `: ${words.slice(0, 200)}` : ''}`, {
      hint: 'is there a POSIX shell?',
      anotherWay: true,
    })
  }
  return { sections, complete: complete && !output.truncated, bytes: output.stdout.length }
}
