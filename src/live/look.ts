import { setTimeout as sleep } from 'node:timers/promises'
import type { Manifest } from '../capture/manifest.ts'
import type { CapturedFile } from '../capture/write.ts'
import { collectNode, type NodeAnswer } from '../collect/collect-node.ts'
import { fanOut } from '../collect/fan-out.ts'
import type { ReachOptions } from '../flags/reach.ts'
import type { KubeApi, KubeOptions } from '../kube/api.ts'
import { connect } from '../kube/client.ts'
import { askClusterDns, dnsFile } from '../measure/dns.ts'
import type { Node, Service } from '../model/cluster.ts'
import type { DnsAnswer, Observation } from '../model/observation.ts'
import type { CollectRequest } from '../model/request.ts'
import { observeFiles } from '../observe/observation.ts'
import { ReachError, type Way } from '../reach/way.ts'
import { type Asked, resolve } from './api-objects.ts'
import { type Interrupt, watchInterrupts } from './interrupt.ts'
import { manifestOf, nodeFiles } from './manifest.ts'
import { chooseNodes } from './nodes.ts'
import { Progress } from './progress.ts'
import { readPodResolvConf } from './resolv-conf.ts'
import { type OpenWay, openWay } from './ways.ts'

/** How to look. */
export interface LiveOptions {
  kube: KubeOptions
  reach: ReachOptions
  quiet: boolean
}

/** What to look at. */
export interface LiveAsk {
  /** As a person writes it; null: all services, or those of `choose`. */
  service: string | null
  /** Of all that the API lists, those that the nodes are to be asked about; absent: all. */
  choose?: ((observation: Observation, namespace: string | null) => readonly Service[]) | undefined
  /** Null: the context's. */
  namespace: string | null
  /** All namespaces. */
  everywhere: boolean
  /** Whose packet is asked about: a pod of it is read too. */
  from: string | null
  /** Ask the DNS pods for its names. */
  dns: boolean
  parts: CollectRequest['parts']
}

/** What was seen, and as what files a capture would hold it. */
export interface LiveLook {
  observation: Observation
  /** The namespace that was meant; null: all. */
  namespace: string | null
  files: CapturedFile[]
  manifest: Manifest
  /** Something that was asked for could not be read. */
  partial: boolean
}

/** A cluster that is looked at, once or again and again over the same ways onto its nodes. */
export interface LiveCluster {
  look(ask: LiveAsk): Promise<LiveLook>
  progress: Progress
  /** Waits; throws when the run is interrupted. */
  pause(milliseconds: number): Promise<void>
}

/** Asks the API, gets onto the nodes, reads them, and asks the DNS pods. */
export const lookLive = (options: LiveOptions, ask: LiveAsk): Promise<LiveLook> =>
  withCluster(options, (cluster) => cluster.look(ask))

/** However the work ends, by an error or a signal too, what it made on the cluster is removed first. */
export async function withCluster<T>(options: LiveOptions, work: (cluster: LiveCluster) => Promise<T>): Promise<T> {
  const progress = new Progress(process.stderr, options.quiet)
  let open: OpenWay | null = null
  const interrupt = watchInterrupts(() => open?.removeCommand() ?? null)
  try {
    const api = await connect(options.kube)
    open = await openWay(options.reach, api, progress)
    const { way } = open
    const cluster = {
      look: (ask: LiveAsk) => look(api, way, options.reach, ask, progress, interrupt.signal),
      progress,
      pause: (milliseconds: number) => sleep(milliseconds, undefined, { signal: interrupt.signal }),
    }
    return await orInterrupted(interrupt, work(cluster))
  } finally {
    progress.done()
    await open?.way.close()
    interrupt.stop()
  }
}

/** Whatever does not heed the signal is not waited for. */
function orInterrupted<T>({ signal }: Interrupt, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason)
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}

async function look(
  api: KubeApi,
  way: Way,
  reach: ReachOptions,
  ask: LiveAsk,
  progress: Progress,
  signal: AbortSignal,
): Promise<LiveLook> {
  const startedAt = new Date()
  progress.step(`asking ${api.name} for ${ask.service ?? 'all services'}`)
  const asked = await resolve(api, ask, signal)
  const choice = chooseNodes(asked.nodes, asked.endpoints, { names: reach.nodes, all: reach.allNodes })
  if (choice.note) progress.warn(choice.note)
  progress.step(`reading ${choice.read.length} ${choice.read.length === 1 ? 'node' : 'nodes'}`)
  const request = { services: asked.wanted, parts: ask.parts }
  const [nodes, dns, resolvConf] = await Promise.all([
    readNodes(choice.read, way, request, reach, progress, signal),
    ask.dns ? askAll(api, asked) : null,
    ask.dns && asked.client ? readPodResolvConf(api, asked.client, signal, (words) => progress.say(words)) : null,
  ])
  const failed = nodes.flatMap(({ node, failure }) => (failure ? [{ node: node.name, reason: failure }] : []))
  const manifest = manifestOf(startedAt, api.name, asked.label, nodes, [...choice.unread, ...failed])
  const files = [
    ...asked.files,
    ...nodes.flatMap(nodeFiles),
    ...(resolvConf ? [resolvConf] : []),
    ...(dns ? [dnsFile(dns)] : []),
    { path: 'manifest.json', text: `${JSON.stringify(manifest, null, 1)}\n` },
  ]
  const origin = `the cluster ${api.name}`
  const observation = observeFiles(files, { source: 'live', origin, problems: asked.problems })
  const partial = failed.length > 0 || nodes.some(({ answer }) => answer !== null && !answer.complete)
  return { observation, namespace: asked.namespace, files, manifest, partial }
}

/** What the DNS pods answer for the services that were named; null where none of them could be asked. */
async function askAll(api: KubeApi, { observation, named }: Asked): Promise<DnsAnswer[] | null> {
  const answers = await Promise.all(named.map((service) => askClusterDns(api, observation, service)))
  const asked = answers.filter((one) => one !== null)
  return asked.length > 0 ? asked.flat() : null
}

/** A node and what it answered, or why it did not. */
export interface ReadNode {
  node: Node
  answer: NodeAnswer | null
  failure: string | null
  /** What was said on the way: which pod, which fall-back. */
  said: string[]
}

function readNodes(
  nodes: readonly Node[],
  way: Way,
  request: CollectRequest,
  reach: ReachOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<ReadNode[]> {
  return fanOut(nodes, { concurrency: reach.concurrency, signal }, async (node) => {
    const said: string[] = []
    const say = (words: string) => {
      said.push(words)
      progress.say(`${node.name}: ${words}`)
    }
    progress.node(node.name, 'reading')
    try {
      const answer = await collectNode(way, node, request, { timeoutMs: reach.nodeTimeoutMs, signal, say })
      return { node, answer, failure: null, said }
    } catch (error) {
      if (signal.aborted) throw signal.reason
      const failure = describe(error)
      progress.warn(`${node.name}: ${failure}`)
      return { node, answer: null, failure, said }
    } finally {
      progress.node(node.name, null)
    }
  })
}

/** One sentence, and what to do. */
function describe(error: unknown): string {
  const { message } = error as Error
  return error instanceof ReachError && error.hint ? `${message}; ${error.hint}` : message
}
