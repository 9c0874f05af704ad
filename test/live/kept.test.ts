/** A look again reads the nodes that differ, and no text of a node is kept that nobody wants. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Again, Seen } from '../../src/ask/source.ts'
import type { KubeObject } from '../../src/kube/api.ts'
import { HungProxies } from '../../src/live/hung-proxies.ts'
import { KeptNodes } from '../../src/live/kept-nodes.ts'
import { look } from '../../src/live/look.ts'
import { Progress } from '../../src/live/progress.ts'
import { SilentNodes } from '../../src/live/silent-nodes.ts'
import { WatchedApi } from '../../src/live/watched-api.ts'
import type { Way } from '../../src/reach/way.ts'
import { CommonObjects } from '../../src/resolve/common.ts'
import { captures, fakeCluster, objectsOf } from '../resolve/cluster.ts'

const ASK = { service: 'web', namespace: 'shop', from: null, everywhere: false, dns: false, parts: 'all' } as const
const again = (...nodes: string[]): Again => ({ nodes: new Set(nodes) })

let asked: string[]
let cluster: Awaited<ReturnType<typeof fakeCluster>>
let objects: ReturnType<typeof objectsOf>
beforeEach(async () => {
  asked = []
  objects = structuredClone(objectsOf(captures[0]!))
  cluster = await fakeCluster({ objects })
})
afterEach(() => cluster.close())

/** Nodes that answer with one section, the same each time; `cut`: that node's answer ends before the script does. */
function means(cut?: string, keepFiles = false) {
  const way: Way = {
    name: 'exec',
    async run({ name }, script) {
      asked.push(name)
      const frame = /^F='?(\w+)'?$/m.exec(script)![1]
      const text = `${frame} begin uname-r.txt\n6.1.0-${name}\n${frame} end uname-r.txt 0 1 uname -r\n`
      const stdout = Buffer.from(name === cut ? text : `${text}${frame} done\n`)
      return { stdout, stderr: '', exitCode: 0, truncated: false }
    },
    close: async () => {},
  }
  return {
    ...{ api: cluster.api, way, hung: new HungProxies(), silent: new SilentNodes(), common: new CommonObjects() },
    ...{
      kept: new KeptNodes(),
      watched: new WatchedApi(),
      keepFiles,
      progress: new Progress({ write: () => {} }, true),
    },
    reach: { nodes: [], allNodes: true, concurrency: 1, nodeTimeoutMs: 1000 } as never,
    signal: new AbortController().signal,
    now: () => new Date(0),
  }
}

/** The nodes that each look read, and what it shows of each. */
async function looks(cut: string | undefined, ...all: { again: Again | null; before?: () => void }[]) {
  const own = means(cut)
  const read: string[] = []
  const kernels: unknown[] = []
  for (const { again, before } of all) {
    before?.()
    asked = []
    const { observation } = await look(own, { ...ASK, again })
    read.push(asked.join(' '))
    kernels.push(observation.nodes.map(({ name, kernel }) => `${name} ${kernel}`))
  }
  return { read, kernels }
}

test('reads those that differ, and shows the others as they were', async () => {
  const { read, kernels } = await looks(undefined, { again: null }, { again: again('n2') }, { again: again() })
  expect(read).toEqual(['n1 n2 n3', 'n2', ''])
  expect(new Set(kernels.map(String))).toEqual(new Set(['n1 6.1.0-n1,n2 6.1.0-n2,n3 6.1.0-n3']))
})

test('reads all where the API says something else by then, or nobody knows which differ', async () => {
  const isOfWeb = ({ labels }: NonNullable<KubeObject['metadata']>) => labels?.['kubernetes.io/service-name'] === 'web'
  const slice = objects.find(({ kind, metadata }) => kind === 'EndpointSlice' && isOfWeb(metadata!))!
  const change = () => ((slice.endpoints as { conditions: { ready: boolean } }[]).at(0)!.conditions.ready = false)
  const { read } = await looks(
    undefined,
    { again: null },
    { again: again('n2'), before: change },
    { again: { nodes: undefined } },
  )
  expect(read).toEqual(['n1 n2 n3', 'n1 n2 n3', 'n1 n2 n3'])
})

test('reads a node again that did not answer whole', async () => {
  expect((await looks('n3', { again: null }, { again: again('n1') })).read).toEqual(['n1 n2 n3', 'n1 n3'])
})

test('keeps no text but for a capture', async () => {
  const files = async (keepFiles: boolean) => (await look(means(undefined, keepFiles), ASK)).files
  expect(await files(false)).toEqual([])
  const kept = await files(true)
  expect(kept.filter(({ path }) => path.startsWith('nodes/'))).toEqual(
    ['n1', 'n2', 'n3'].map((name) => ({ path: `nodes/${name}/uname-r.txt`, text: `6.1.0-${name}\n` })),
  )
  expect(kept.map(({ path }) => path)).toEqual(expect.arrayContaining(['api/services.json', 'manifest.json']))
})

test('shows what is known while a node keeps it waiting, and calls that node unread', async () => {
  const own = means()
  const run = own.way.run.bind(own.way)
  let release = () => {}
  const silent = new Promise<void>((resolve) => {
    release = resolve
  })
  own.way.run = async (node, ...others) => {
    if (node.name === 'n2') await silent
    return run(node, ...others)
  }
  const seen: string[] = []
  const soFar = ({ observation: { nodes, unread } }: Seen) => {
    seen.push(`${nodes.map(({ name }) => name).join(' ')}, ${unread.map(({ node, reason }) => `${node}: ${reason}`)}`)
    release()
    return ''
  }
  const reach = { nodes: [], allNodes: true, concurrency: 3, nodeTimeoutMs: 10_000 } as never
  const { observation } = await look({ ...own, reach }, { ...ASK, soFar })
  expect(seen).toEqual(['n1 n3, n2: no answer yet'])
  expect([observation.nodes.map(({ name }) => name), observation.unread]).toEqual([['n1', 'n2', 'n3'], []])
})
