/** What was pasted, sorted by the machines that it came from. */
import type { SourceFile } from '../capture/read.ts'
import type { Pod } from '../model/cluster.ts'
import type { RecognisedText } from '../model/observation.ts'
import type { Problem } from '../model/rules.ts'
import { type Command, familyOf, flagValue, tableOf } from '../parse/paste/command.ts'
import { partOf } from '../parse/paste/part.ts'
import { type Section, splitPaste } from '../parse/paste/split.ts'
import type { TextKind } from '../parse/recognise.ts'
import { type Told, UNTOLD } from '../parse/told.ts'

/** A text of one kind, with what is known of it besides. */
export interface Piece {
  kind: TextKind
  source: SourceFile
  told: Told
  /** Where its command ran. Pods stand for the node that they run on, if they are on its network. */
  on: { kind: 'unnamed' } | { kind: 'host' | 'pod'; name: string } | { kind: 'elsewhere' }
}

/** Larger texts are no sessions that somebody copied, and are read as what they begin with. */
const LARGEST = 32 * 1024 * 1024

export interface Pasted {
  pieces: Piece[]
  recognised: RecognisedText[]
  problems: Problem[]
}

/** The outputs in a text; null where none is known in it, or where it is too large to be looked through. */
export function readPasted(source: SourceFile): Pasted | null {
  const text = source.text()
  if (text.length > LARGEST) return null
  const { sections, unused, full } = splitPaste(text)
  if (sections.length === 0) return null
  const pieces = sections.map((section) => pieceOf(section, source))
  const file = source.path
  return {
    pieces,
    recognised: pieces.map(({ kind, on }, i) => ({
      file,
      line: sections[i]!.line,
      kind,
      command: sections[i]!.command?.text ?? null,
      node: on.kind === 'host' ? on.name : null,
    })),
    problems: [
      ...(unused > 0 ? [{ file, line: null, message: usedText(sections.length, unused) }] : []),
      ...(full
        ? [
            {
              file,
              line: null,
              message:
                'it holds too much that is no output of a known tool, or too many pieces: not all of it was looked through',
            },
          ]
        : []),
    ],
  }
}

const usedText = (sections: number, unused: number): string =>
  `${sections} ${sections === 1 ? 'piece' : 'pieces'} of output read, ${unused} ${unused === 1 ? 'line' : 'lines'} not used`

function pieceOf(section: Section, source: SourceFile): Piece {
  const { kind, text, command, within } = section
  const path = within === null ? source.path : `${source.path} ${within}`
  return {
    kind,
    source: { ...source, path, text: () => text },
    told: command ? toldBy(command) : UNTOLD,
    on: placeOf(section),
  }
}

function toldBy(command: Command): Told {
  const isKubectl = command.tool === 'kubectl'
  const namespace = isKubectl ? flagValue(command, 'n', 'namespace') : null
  const bridge = command.tool === 'brctl' && command.args[0] === 'showmacs' ? (command.args[1] ?? null) : null
  return {
    table: tableOf(command),
    family: familyOf(command),
    namespace,
    bridge,
    link: linkOf(command),
    part: partOf(command),
  }
}

/** `tc filter show dev eth0 ingress` */
function linkOf({ tool, args }: Command): Told['link'] {
  const direction = args.find((one) => one === 'ingress' || one === 'egress')
  const name = args[args.indexOf('dev') + 1]
  return tool === 'tc' && direction && name && args.includes('dev') ? { name, direction } : null
}

function placeOf({ command, host }: Section): Piece['on'] {
  const on = command?.on ?? { kind: 'here' as const }
  if (on.kind === 'node') return { kind: 'host', name: on.name }
  if (on.kind === 'pod') return { kind: 'pod', name: on.name }
  if (on.kind === 'elsewhere') return { kind: 'elsewhere' }
  return host === null ? { kind: 'unnamed' } : { kind: 'host', name: host }
}

/**
 * The node that each piece tells of; null for one of a pod's own network, which says nothing of a node. What names no machine
 * belongs to the only one that is named, or to `bare`.
 */
export function nodesOf(
  pieces: readonly Piece[],
  { bare, pods, nodes }: { bare: string; pods: readonly Pick<Pod, 'name' | 'node'>[]; nodes: readonly string[] },
): (string | null)[] {
  const places = pieces.map(({ on }): string | null | undefined => {
    if (on.kind === 'elsewhere') return null
    if (on.kind === 'unnamed') return undefined
    if (on.kind === 'host') return nodes.find((name) => name === on.name || name.startsWith(`${on.name}.`)) ?? on.name
    if (!ON_HOST_NETWORK.test(on.name)) return null
    return pods.find(({ name }) => name === on.name)?.node ?? nodeInName(on.name) ?? undefined
  })
  const named = new Set(places.filter((place) => typeof place === 'string'))
  const [only] = named
  return places.map((place) => (place === undefined ? (named.size === 1 ? only! : bare) : place))
}

/** Pods of networks and proxies, and those of kubectl debug, see the network of their node. */
const ON_HOST_NETWORK =
  /^(?:kube-proxy|node-debugger|debug|calico-node|canal|cilium|kube-flannel|flannel|aws-node|azure-|kindnet|weave|antrea-agent|kube-router|anetd|netd|ovnkube|multus|node-local-dns|svcpath)/

/** `node-debugger-NODE-x2x4z`: kubectl debug names its pods so. */
const nodeInName = (pod: string): string | null => /^node-debugger-(.+)-[a-z0-9]{5}$/.exec(pod)?.[1] ?? null
