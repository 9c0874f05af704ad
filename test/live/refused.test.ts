import { expect, test } from 'vitest'
import { HungProxies } from '../../src/live/hung-proxies.ts'
import { KeptNodes } from '../../src/live/kept-nodes.ts'
import { look } from '../../src/live/look.ts'
import { Progress } from '../../src/live/progress.ts'
import { SilentNodes } from '../../src/live/silent-nodes.ts'
import { WatchedApi } from '../../src/live/watched-api.ts'
import { execWay } from '../../src/reach/exec.ts'
import { CommonObjects } from '../../src/resolve/common.ts'
import { captures, fakeCluster, objectsOf } from '../resolve/cluster.ts'

test('a 403 on a way onto a node prints the rule that is missing, ready to paste, and says of the node in one line why it was not read', async () => {
  const objects = objectsOf(captures[0]!)
  const { api, close } = await fakeCluster({ objects, forbidden: /^\/api\/v1\/namespaces\/kube-system\/pods$/ })
  let err = ''
  const progress = new Progress({ write: (text) => (err += text) }, true)
  try {
    const reach = { nodes: [], allNodes: true, concurrency: 1, nodeTimeoutMs: 1000 } as never
    const means = {
      api,
      reach,
      progress,
      hung: new HungProxies(),
      silent: new SilentNodes(),
      common: new CommonObjects(),
      kept: new KeptNodes(),
      watched: new WatchedApi(),
      keepFiles: false,
      signal: new AbortController().signal,
      now: () => new Date(0),
    }
    const way = execWay(api, { selector: undefined })
    const ask = { service: 'web', namespace: 'shop', from: null, everywhere: false, dns: false, parts: 'all' } as const
    const { observation } = await look({ ...means, way }, ask)
    expect(err).not.toContain('\uFFFD')
    expect(err).toMatch(/\n {2}# in a Role in namespace kube-system:\n {2}rules:\n {2}- apiGroups: \[""\]\n/)
    const [first] = observation.unread
    expect(first?.reason).toMatch(/may not list pods in namespace kube-system \(403\)$/)
  } finally {
    await close()
  }
})
