/** Which nodes both looks show, and what runs on them. */
import type { Change, Incomparable } from '../model/diff/report.ts'
import type { Observation } from '../model/observation.ts'
import { modeText } from '../proxies/on-node.ts'
import type { Looks } from './blame.ts'
import { versionChanges } from './node-changes.ts'
import { showsNodes } from './scope.ts'

export interface NodePresence {
  /** Read on both sides. */
  both: string[]
  changes: Change[]
  unknowns: Incomparable[]
}

/** `wanted`: only these; empty for all. */
export function nodePresence({ before, after }: Looks, wanted: readonly string[]): NodePresence {
  const [old, now] = [namesOf(before), namesOf(after)]
  const all = [...new Set([...old.read, ...now.read])].filter((name) => wanted.length === 0 || wanted.includes(name))
  const both = all.filter((name) => old.read.has(name) && now.read.has(name))
  const changes: Change[] = []
  const unknowns: Incomparable[] = []
  for (const name of all.filter((one) => !both.includes(one))) {
    const missingIn = old.read.has(name) ? 'after' : 'before'
    const side = missingIn === 'after' ? after : before
    const isGone = showsNodes(side) && !(missingIn === 'after' ? now : old).known.has(name)
    const state = (there: boolean) => (there ? 'a node of the cluster' : null)
    if (isGone)
      changes.push({
        ...{ area: 'node', nodes: [name], subject: name, changesWay: false },
        ...{ before: state(missingIn === 'after'), after: state(missingIn === 'before') },
      })
    else unknowns.push({ nodes: [name], what: whyUnread(side, name), missingIn })
  }
  return { both, changes, unknowns }
}

function namesOf({ nodes, cluster, unread }: Observation): { read: ReadonlySet<string>; known: ReadonlySet<string> } {
  const read = nodes.map(({ name }) => name)
  const listed = (cluster.nodes ?? []).map(({ name }) => name)
  return { read: new Set(read), known: new Set([...read, ...listed, ...unread.map(({ node }) => node)]) }
}

function whyUnread({ unread }: Observation, name: string): string {
  const reason = unread.find(({ node }) => node === name)?.reason
  return reason ? `the node (${reason})` : 'the node'
}

/** Versions of the cluster and of each node, and the mode of its proxy. */
export function versionsOf({ before, after }: Looks, nodes: readonly string[]): Change[] {
  const cluster = (one: Observation) =>
    new Map(one.cluster.version === null ? [] : [['Kubernetes', one.cluster.version]])
  return [
    ...versionChanges(cluster(before), cluster(after), []),
    ...nodes.flatMap((name) => versionChanges(versionsOn(before, name), versionsOn(after, name), [name])),
  ]
}

function versionsOn({ nodes, cluster }: Observation, name: string): Map<string, string> {
  const state = nodes.find((one) => one.name === name)!
  const node = cluster.nodes?.find((one) => one.name === name)
  const all: [string, string | null | undefined][] = [
    ['kernel', state.kernel ?? node?.kernel],
    ['kubelet', node?.kubelet],
    ['nft', state.nft],
    ['kube-proxy', state.proxy?.metrics?.version],
    ['proxy mode', modeText(state)],
  ]
  return new Map(all.flatMap(([what, value]) => (value ? [[what, value]] : [])))
}
