import { randomBytes } from 'node:crypto'
import type { Node } from '../model/cluster.ts'
import { printable } from '../model/printable.ts'
import { sh } from '../model/shell.ts'
import { type Beside, ReachError, type RunOptions, type Way } from '../reach/way.ts'
import { readAnswer } from './answer.ts'
import type { Scripts } from './script.ts'
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

/** Runs scripts on one node and reads its answers. Throws a ReachError where nothing came of it. */
export async function collectNode(
  way: Way,
  node: Node,
  scripts: Scripts,
  options: Omit<RunOptions, 'maxBytes'>,
): Promise<NodeAnswer> {
  const frame = randomBytes(16).toString('hex')
  const run = { ...options, maxBytes: MAX_BYTES }
  const [output, others] = await Promise.all([
    way.run(node, scripts.node(frame, addressesOf(node)), run),
    (scripts.beside && way.runBeside?.(node, scripts.beside(frame), run)) ?? [],
  ])
  const { sections, complete } = readAnswer(output.stdout, frame)
  if (sections.length === 0) {
    const words = output.stderr.trim().split('\n').at(-1)
    throw new ReachError(`it answered nothing that the script prints${words ? `: ${words.slice(0, 200)}` : ''}`, {
      hint: 'is there a POSIX shell?',
      anotherWay: true,
    })
  }
  const own = { sections, complete: complete && !output.truncated, bytes: output.stdout.length }
  return others.map((one) => answerOf(one, frame, options)).reduce(together, own)
}

/** What the pod of a program adds: its answer, or a section that says why there is none. */
function answerOf(beside: Beside, frame: string, { say }: Pick<RunOptions, 'say'>): NodeAnswer {
  if ('output' in beside) {
    const { stdout, truncated } = beside.output
    const { sections, complete } = readAnswer(stdout, frame)
    return { sections, complete: complete && !truncated, bytes: stdout.length }
  }
  const { program, container, pod } = beside
  const isDown = 'down' in beside
  const words = isDown ? `container ${container} is not running: ${beside.down}` : `container ${container} was not read`
  say(`${pod.namespace}/${pod.name}: ${isDown ? words : `${words}: ${beside.failure}`}`)
  const section: Section = {
    ...{ file: `${program}-agent.txt`, command: sh`kubectl get pod -n ${pod.namespace} ${pod.name}` },
    ...{ exitCode: 0, stderr: '', milliseconds: null, text: `${printable(words)}\n`, complete: true, leftOut: null },
  }
  // That it is down is an answer.
  return { sections: [section], complete: isDown, bytes: 0 }
}

/** A pod may have been asked twice, where another of the node could not answer. */
function together(a: NodeAnswer, b: NodeAnswer): NodeAnswer {
  const more = b.sections.filter(({ file }) => !a.sections.some((one) => one.file === file))
  return { sections: [...a.sections, ...more], complete: a.complete && b.complete, bytes: a.bytes + b.bytes }
}

const addressesOf = ({ addresses }: Node): string[] =>
  addresses.flatMap(({ type, address }) => (type === 'InternalIP' || type === 'ExternalIP' ? address : []))
