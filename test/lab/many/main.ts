/**
 * A cluster of many nodes as a process: the API of the lab, and nodes that answer as n1 of a capture does. Its argument is a ManyPlan as JSON; it
 * prints its kubeconfig on one line, and for each line on standard input the requests since the last, by kind. It ends with its standard input.
 */

import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '../../../src/kube/api.ts'
import { startApi } from '../api/server.ts'
import { Answers } from './answers.ts'
import { manyNodes } from './objects.ts'

export interface ManyPlan {
  /** The folder of a capture. */
  capture: string
  nodes: number
  /** So many of them never answer. */
  hung: number
  /** What each request to the API takes. */
  apiMs: number
  /** What the script takes on a node; each takes a little more or less. */
  nodeMs: number
}

const plan = JSON.parse(process.argv[2] ?? '') as ManyPlan
const answers = new Answers(plan.capture)
const asking = { now: 0, most: 0 }

const numberOf = ({ spec }: KubeObject): number => Number(String((spec as { nodeName?: string }).nodeName).slice(1))

const api = await startApi({
  objects: manyNodes(plan.capture, plan.nodes),
  exec: (pod) => ({
    answer: async (stdin) => {
      asking.most = Math.max(asking.most, ++asking.now)
      const number = numberOf(pod)
      const isHung = number > plan.nodes - plan.hung
      if (isHung) await new Promise(() => undefined)
      await sleep(plan.nodeMs * (0.75 + (number % 6) / 10))
      asking.now -= 1
      return answers.to(stdin)
    },
  }),
  connect: () => ({ file: 'false', args: [] }),
  schedule: () => [],
})
api.faults = [{ match: /^GET /, delayMs: plan.apiMs }]
console.log(api.kubeconfig({ namespace: 'shop' }).replaceAll('\n', ' '))

let seen = 0
createInterface({ input: process.stdin })
  .on('line', () => {
    const kinds: Record<string, number> = {}
    for (const line of api.requests.slice(seen)) kinds[kindOf(line)] = (kinds[kindOf(line)] ?? 0) + 1
    seen = api.requests.length
    console.log(JSON.stringify({ kinds, most: asking.most }))
    Object.assign(asking, { now: 0, most: 0 })
  })
  .on('close', () => process.exit())

/** `list pods`, `get pods`, `exec`. */
function kindOf(request: string): string {
  const [, path = ''] = request.split(' ')
  const parts = path
    .split('?')[0]!
    .replace(/^\/(api|apis\/[^/]+)\/[^/]+\//, '')
    .replace(/^namespaces\/[^/]+\//, '')
    .split('/')
  if (parts[2] === 'exec') return 'exec'
  if (path.includes('watch=1')) return `watch ${parts[0]}`
  return `${parts.length > 1 ? 'get' : 'list'} ${parts[0]}${path.includes('Selector=') ? ' selected' : ''}`
}
