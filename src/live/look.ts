import type { Ask, Seen } from '../ask/source.ts'
import type { Manifest } from '../capture/manifest.ts'
import type { CapturedFile } from '../capture/write.ts'
import { collectNode } from '../collect/collect-node.ts'
import { fanOut } from '../collect/fan-out.ts'
import { collectScripts, type Scripts } from '../collect/script.ts'
import type { ReachOptions } from '../flags/reach.ts'
import type { KubeApi } from '../kube/api.ts'
import { askClusterDns, dnsFile } from '../measure/dns.ts'
import type { Node } from '../model/cluster.ts'
import { SvcpathError } from '../model/errors.ts'
import type { DnsAnswer } from '../model/observation.ts'
import type { Way } from '../reach/way.ts'
import type { CommonObjects } from '../resolve/common.ts'
import { resolve } from './api-objects.ts'
import type { Asked } from './asked.ts'
import { Gathering } from './gathering.ts'
import type { HungProxies } from './hung-proxies.ts'
import type { KeptNodes } from './kept-nodes.ts'
import { manifestFile, type ReadNode } from './manifest.ts'
import { FEW } from './node-lines.ts'
import { chooseNodes, MANY } from './nodes.ts'
import type { Progress } from './progress.ts'
import { readPodResolvConf } from './resolv-conf.ts'
import type { SilentNodes } from './silent-nodes.ts'
import { Waiting } from './waiting.ts'
import type { WatchedApi } from './watched-api.ts'

/** What was seen, and as what files a capture would hold it. */
export interface LiveLook extends Seen {
  /** Of all that was read where `keepFiles` says so; else nobody asks for them. */
  files: CapturedFile[]
  manifest: Manifest
  /** Something that was asked for could not be read. */
  partial: boolean
  /** When the last node had been read, by the clock of `performance.now`. */
  readAt: number
}

/** Whom to ask, and by what way. */
export interface Means {
  api: KubeApi
  common: CommonObjects
  way: Way
  reach: ReachOptions
  progress: Progress
  signal: AbortSignal
  /** Of the looks before. */
  hung: HungProxies
  silent: SilentNodes
  kept: KeptNodes
  watched: WatchedApi
  /** The text of all that is read is kept, for a capture. */
  keepFiles: boolean
  now(): Date
}

/** Asks the API, gets onto the nodes, reads them, and asks the DNS pods. */
export async function look(means: Means, ask: Ask): Promise<LiveLook> {
  const { api, reach, progress, signal } = means
  const startedAt = means.now()
  progress.step(`asking ${api.name} for ${ask.service ?? 'all services'}`)
  const began = performance.now()
  const asked = await means.watched.ask(api, ask, () => resolve(means, ask))
  progress.took('asking the API', began)
  const choice = chooseNodes(asked.nodes, asked.endpoints, {
    // What leads to no Service that is there has no way on any node.
    names: asked.named.length === 0 && asked.nodes.length === 0 ? [] : reach.nodes,
    all: reach.allNodes,
  })
  if (choice.note) progress.warn(choice.note)
  const judging = { cluster: asked.observation.cluster, wanted: asked.wanted }
  const kept = means.kept.take(ask.parts, judging, ask.again)
  const toRead = choice.read.filter(({ name }) => !kept.has(name))
  const count = toRead.length
  const these = `${count} ${count === 1 ? 'node' : 'nodes'}${kept.size > 0 ? ` of ${choice.read.length} again` : ''}`
  // A person may wait for minutes then, and this is what the API says already.
  if (count > FEW) progress.say(`${endpointsOf(asked)} according to the API; reading ${count} nodes`)
  const readFrom = performance.now()
  progress.step(`reading ${these}`, count)
  const request = { services: asked.wanted, parts: ask.parts, healthChecks: healthChecksOf(asked) }
  const { keepFiles } = means
  const gathering = new Gathering(asked, choice, kept, { cluster: api.name, startedAt, keepFiles })
  const { soFar } = ask
  const show = () => soFar && progress.preview(gathering.soFar(soFar))
  // Of more than that it takes a while to say anything.
  const waiting = soFar && choice.read.length <= MANY ? new Waiting(show) : null
  const scripts = (name: string) => collectScripts(means.hung.request(name, request))
  const [readAt, dns, resolvConf] = await Promise.all([
    readNodes(toRead, scripts, means, (one) => {
      gathering.take(ask.parts === 'all' ? withSilence(means.hung, one) : one)
      waiting?.moved()
    }).then(() => performance.now()),
    ask.dns ? askAll(api, asked) : null,
    ask.dns && asked.client ? readPodResolvConf(api, asked.client, signal, (words) => progress.say(words)) : null,
  ]).finally(() => waiting?.stop())
  progress.took(`reading ${these}`, readFrom)
  progress.step('walking the rules')
  const others = [...(resolvConf ? [resolvConf] : []), ...(dns ? [dnsFile(dns)] : [])]
  const parsedFrom = performance.now()
  const { nodes, failed, manifest, observation } = gathering.observed(others)
  means.kept.keep(nodes, ask.parts, judging)
  const files = keepFiles
    ? [...asked.files, ...nodes.flatMap((one) => one.files), ...others, manifestFile(manifest)]
    : []
  progress.took('parsing', parsedFrom)
  const partial = failed.length > 0 || nodes.some(({ answer }) => answer !== null && !answer.complete)
  return { observation, namespace: asked.namespace, files, manifest, partial, readAt }
}

/** `shop/web: 3 endpoints, 2 of them ready`. */
function endpointsOf({ label, named, endpoints }: Asked): string {
  if (named.length === 0) return label
  const all = new Map(endpoints.map((one) => [`${one.address} ${one.port}`, one.ready]))
  const ready = [...all.values()].filter((one) => one === true).length
  return `${label}: ${all.size} ${all.size === 1 ? 'endpoint' : 'endpoints'}, ${ready} ready`
}

/** Of the services that were asked for; of a list of all those of all. */
const healthChecksOf = ({ named, observation: { cluster } }: Asked): number[] =>
  (named.length > 0 ? named : (cluster.services ?? [])).flatMap(({ healthCheckNodePort }) => healthCheckNodePort ?? [])

/** What the DNS pods answer for the services that were named; null where none of them could be asked. */
async function askAll(api: KubeApi, { observation, named }: Asked): Promise<DnsAnswer[] | null> {
  const answers = await Promise.all(named.map((service) => askClusterDns(api, observation, service)))
  const asked = answers.filter((one) => one !== null)
  return asked.length > 0 ? asked.flat() : null
}

const withSilence = (hung: HungProxies, { node, answer, ...others }: ReadNode): ReadNode => ({
  ...{ ...others, node },
  answer: answer && { ...answer, sections: hung.complete(node.name, answer.sections) },
})

/**
 * Runs a script on each node, and takes each answer as it comes; a node that does not answer is warned of, and not asked again where that cost its time
 * limit.
 */
export function readNodes<T>(
  nodes: readonly Node[],
  scriptsFor: (node: string) => Scripts,
  means: Means,
  take: (read: ReadNode) => T,
): Promise<T[]> {
  const { concurrency } = means.reach
  return fanOut(nodes, { concurrency, signal: means.signal }, async (node) =>
    take(await readNode(node, scriptsFor, means)),
  )
}

async function readNode(
  node: Node,
  scriptsFor: (node: string) => Scripts,
  { way, reach, progress, signal, silent }: Means,
): Promise<ReadNode> {
  const before = silent.failureOf(node.name)
  if (before !== null) return { node, answer: null, failure: before, said: [] }
  const began = performance.now()
  const said: string[] = []
  const say = (words: string, alike = words) => {
    said.push(words)
    progress.nodeSays(node.name, words, alike)
  }
  progress.node(node.name, 'reading')
  try {
    const answer = await collectNode(way, node, scriptsFor(node.name), {
      timeoutMs: reach.nodeTimeoutMs,
      signal,
      say,
    })
    return { node, answer, failure: null, said }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    const { message, advice } = explained(error)
    const failure = advice.length === 1 ? `${message}; ${advice[0]}` : message
    silent.note(node.name, failure, { tookMs: performance.now() - began, limitMs: reach.nodeTimeoutMs })
    progress.warn(`${node.name}: ${advice.length === 1 ? failure : message}`, advice.length > 1 ? advice : [])
    return { node, answer: null, failure, said }
  } finally {
    progress.took(`${node.name}: reading`, began)
    progress.node(node.name, null)
  }
}

/** One sentence, and what to do. */
function explained(error: unknown): { message: string; advice: string[] } {
  const hint = error instanceof SvcpathError ? error.hint : null
  return { message: (error as Error).message, advice: hint?.split('\n') ?? [] }
}
