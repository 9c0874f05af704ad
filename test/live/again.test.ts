/** What a second look at the same cluster need not ask again. */
import { expect, test } from 'vitest'
import { HungProxies } from '../../src/live/hung-proxies.ts'
import { KeptNodes } from '../../src/live/kept-nodes.ts'
import { look } from '../../src/live/look.ts'
import { Progress } from '../../src/live/progress.ts'
import { SilentNodes } from '../../src/live/silent-nodes.ts'
import { WatchedApi } from '../../src/live/watched-api.ts'
import type { Way } from '../../src/reach/way.ts'
import { CommonObjects } from '../../src/resolve/common.ts'
import { captures, fakeCluster, objectsOf } from '../resolve/cluster.ts'

const NODES = /^GET \/api\/v1\/nodes\?/

const noCorefile = objectsOf(captures[0]!).filter(({ kind }) => kind !== 'ConfigMap')

test.each([
  ['of a cluster', objectsOf(captures[0]!), []],
  ['of one without a ConfigMap of CoreDNS', noCorefile, ['api/configmap-coredns.json']],
])(
  'looks at the rules %s list the nodes once; who judges lists them again; the service is read each time',
  async (_, objects, known) => {
    const { api, calls, close } = await fakeCluster({ objects })
    const way: Way = { name: 'exec', run: () => Promise.reject(new Error('refused')), close: async () => {} }
    const means = {
      ...{
        api,
        way,
        hung: new HungProxies(),
        silent: new SilentNodes(),
        common: new CommonObjects(),
        kept: new KeptNodes(),
        watched: new WatchedApi(),
        keepFiles: false,
      },
      reach: { nodes: [], allNodes: true, concurrency: 1, nodeTimeoutMs: 1000 } as never,
      progress: new Progress({ write: () => {} }, true),
      signal: new AbortController().signal,
      now: () => new Date(0),
    }
    const ask = { service: 'web', namespace: 'shop', from: null, everywhere: false, dns: false }
    const counted = async (parts: 'all' | 'rules') => {
      calls.length = 0
      const { observation } = await look(means, { ...ask, parts })
      const count = (pattern: RegExp) => calls.filter((call) => pattern.test(call)).length
      const words = observation.problems.filter(({ file }) => file === 'api/configmap-coredns.json')
      return {
        problems: words.map(({ file }) => file),
        nodes: count(NODES),
        slices: count(/endpointslices\?labelSelector=[^&]*web&limit/),
        seen: observation.cluster.nodes?.length,
      }
    }
    try {
      const looks = [await counted('rules'), await counted('rules'), await counted('all'), await counted('rules')]
      expect(looks.map(({ nodes }) => nodes)).toEqual([1, 0, 1, 0])
      for (const { problems } of looks) expect(problems).toEqual(known)
      expect(new Set(looks.map(({ slices, seen }) => `${slices} ${seen}`))).toEqual(new Set(['1 3']))
    } finally {
      await close()
    }
  },
)
