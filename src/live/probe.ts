import { collectNode } from '../collect/collect-node.ts'
import { fanOut } from '../collect/fan-out.ts'
import { TRACE_FILES } from '../collect/kernel-trace.ts'
import { PROBE_FILES, probeScripts } from '../collect/probe/script.ts'
import type { Node, Pod } from '../model/cluster.ts'
import { isName } from '../model/cluster.ts'
import type { ProbeAnswers, ProbeRequest } from '../model/probe/request.ts'
import { observeFiles } from '../observe/observation.ts'
import { parseTold } from '../parse/kernel-trace/answer.ts'
import { parseProbe } from '../parse/probe/answer.ts'
import type { Means } from './look.ts'

/** More nodes than these are not run on at the same moment. */
const MOST_AT_ONCE = 60

/** Makes connections from nodes, all at once: each watches what comes from the others. */
export async function probeNodes(
  { way, reach, progress, signal, silent }: Means,
  requests: readonly { node: Node; request: ProbeRequest }[],
): Promise<ProbeAnswers> {
  const answers: ProbeAnswers = { probes: new Map(), failures: new Map() }
  progress.step(
    `connecting from ${requests.filter(({ request }) => request.places.length > 0).length} nodes`,
    requests.length,
  )
  await fanOut(requests, { concurrency: MOST_AT_ONCE, signal }, async ({ node, request }) => {
    // The look before was warned of it, and waited for it.
    const before = silent.failureOf(node.name)
    if (before !== null) return void answers.failures.set(node.name, before)
    progress.node(node.name, 'connecting')
    const say = (words: string) => progress.say(`${node.name}: ${words}`)
    const timeoutMs = reach.nodeTimeoutMs + request.watchMs + request.timeoutMs
    try {
      const { sections } = await collectNode(way, node, probeScripts(request), { timeoutMs, signal, say })
      const textOf = (file: string) => sections.find((one) => one.file === file)?.text ?? ''
      const { probe, problems } = parseProbe(
        { results: textOf(PROBE_FILES.results), table: textOf(PROBE_FILES.table) },
        PROBE_FILES.results,
      )
      const asked = sections.find(({ file }) => file === TRACE_FILES.trace)
      const listed = { chains: textOf(TRACE_FILES.chains), iptables: textOf(TRACE_FILES.iptables) }
      answers.probes.set(node.name, asked ? { ...probe, told: parseTold({ ...asked, ...listed }) } : probe)
      for (const { message } of problems.slice(0, 1)) progress.warn(`${node.name}: ${message}`)
    } catch (error) {
      if (signal.aborted) throw signal.reason
      const { message } = error as Error
      answers.failures.set(node.name, message)
      progress.warn(`${node.name}: ${message}`)
    } finally {
      progress.node(node.name, null)
    }
  })
  return answers
}

/** The running pods of these nodes. Empty where they may not be listed, which is warned of. */
export async function runningPods({ api, progress, signal }: Means, nodes: readonly string[]): Promise<Pod[]> {
  const lists = await fanOut(nodes.filter(isName), { concurrency: 5, signal }, (node) =>
    api
      .list('/api/v1/pods', { fieldSelector: `spec.nodeName=${node},status.phase=Running`, signal })
      .catch((error: Error) => {
        if (signal.aborted) throw signal.reason
        progress.warn(`the pods of ${node} could not be listed, so only the node itself is probed: ${error.message}`)
        return null
      }),
  )
  return podsIn(lists.flatMap((list) => list ?? []))
}

/** One pod by its name; null where there is none. */
export async function namedPod({ api, signal }: Means, namespace: string, name: string): Promise<Pod | null> {
  if (!isName(namespace) || !isName(name)) return null
  const object = await api.get(
    `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`,
    signal,
  )
  return (object && podsIn([{ apiVersion: 'v1', kind: 'Pod', ...object }])[0]) ?? null
}

function podsIn(items: readonly object[]): Pod[] {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  const files = [{ path: 'api/pods.json', text }]
  return observeFiles(files, { source: 'live', origin: '', problems: [] }).cluster.pods ?? []
}
