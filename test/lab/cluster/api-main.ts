/**
 * The lab's API server as a process, for it has to run in a namespace of its own. Its argument is an ApiPlan as JSON; it prints its kubeconfig
 * on one line, and for each line on standard input the debug pods that there are; an object on the line is put among the others first. It ends with its standard input.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { KubeObject } from '../../../src/kube/api.ts'
import type { Program } from '../api/contract.ts'
import { startApi } from '../api/server.ts'

export interface ApiPlan {
  objects: KubeObject[]
  /** The words that run a command on a node. */
  nodes: Record<string, string[]>
  /** The same for each pod with a namespace of its own, by `namespace/name`. */
  pods: Record<string, string[]>
}

const { objects, nodes, pods } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ApiPlan

const wordsOf = (pod: KubeObject): string[] | undefined => {
  const { nodeName, hostNetwork } = pod.spec as { nodeName?: string; hostNetwork?: boolean }
  return hostNetwork ? nodes[nodeName ?? ''] : pods[`${pod.metadata?.namespace}/${pod.metadata?.name}`]
}

const program = (words: readonly string[] | undefined, command: readonly string[]): Program | null => {
  const [file, ...args] = [...(words ?? []), ...command]
  return words && file ? { file, args } : null
}

const api = await startApi({
  objects,
  exec: (pod, _container, command) => program(wordsOf(pod), command),
  connect: (pod, port) =>
    program(wordsOf(pod), ['busybox', 'nc', '127.0.0.1', String(port)]) ?? { file: 'false', args: [] },
  schedule: (pod) => {
    const { nodeName, containers } = pod.spec as { nodeName?: string; containers: { name: string }[] }
    const running = { startedAt: new Date().toISOString() }
    const containerStatuses = containers.map(({ name }) => ({ name, ready: true, state: { running } }))
    const conditions = [{ type: 'Ready', status: 'True' }]
    return [
      { afterMs: 50, status: { phase: 'Pending' }, ...(nodeName ? { nodeName } : {}) },
      { afterMs: 150, status: { phase: 'Running', conditions, containerStatuses } },
    ]
  },
})
console.log(api.kubeconfig({ namespace: 'default' }).replaceAll('\n', ' '))

createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line !== '') api.put(JSON.parse(line) as KubeObject)
    const made = api
      .current('Pod')
      .filter(({ metadata }) => metadata?.labels?.['app.kubernetes.io/name'] === 'kubectl-svcpath')
    const told = made.map(({ metadata, spec }) => {
      return {
        name: metadata?.name,
        deadline: (spec as { activeDeadlineSeconds?: number }).activeDeadlineSeconds ?? null,
      }
    })
    console.log(JSON.stringify(told))
  })
  .on('close', () => process.exit())
