/** How often the API is asked while nodes are waited for: as often as it changes. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Ask } from '../../src/ask/source.ts'
import type { KubeApi } from '../../src/kube/api.ts'
import type { Asked } from '../../src/live/asked.ts'
import { WatchedApi } from '../../src/live/watched-api.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const ASK = { service: 'web', parts: 'rules' } as Ask

/** An API of which a test says what its watches bring; `forbidden`: they may not be opened. */
function cluster(forbidden = false) {
  const opened: string[] = []
  const ended: string[] = []
  const heard: (() => void)[] = []
  const api = {
    async *watch(path: string, { signal, fieldSelector, labelSelector }: Parameters<KubeApi['watch']>[1]) {
      opened.push(`${path} ${fieldSelector ?? labelSelector ?? 'all'}`)
      if (forbidden) throw new Error('may not watch (403)')
      signal!.addEventListener('abort', () => void ended.push(path))
      for (;;) {
        await new Promise<void>((resolve) => void heard.push(resolve))
        yield { type: 'MODIFIED', object: {} }
      }
    },
  } as unknown as KubeApi
  const watched = new WatchedApi()
  let asked = 0
  const answer = (more: object) => ({
    named: [{ namespace: 'shop', name: 'web' }],
    namespace: 'shop',
    wanted: [],
    ...more,
  })
  return {
    ...{ opened, ended, watched },
    /** Something came of each watch. */
    async change() {
      for (const one of heard.splice(0)) one()
      await new Promise((resolve) => setTimeout(resolve, 1))
    },
    /** How often the API was asked in so many looks. */
    async looks(count: number, ask = ASK, more = {}) {
      asked = 0
      for (let i = 0; i < count; i++)
        await watched.ask(api, ask, async () => {
          asked += 1
          return answer(more) as unknown as Asked
        })
      return asked
    },
  }
}

test('once before the watches have begun, once after, and then for each change', async () => {
  const { looks, change, opened } = cluster()
  expect(await looks(1)).toBe(1)
  expect(opened).toEqual([
    '/api/v1/namespaces/shop/services metadata.name=web',
    '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices kubernetes.io/service-name=web',
  ])
  // A watch that has said nothing may not have begun.
  expect(await looks(2)).toBe(2)
  await change()
  expect(await looks(5)).toBe(1)
  await change()
  expect(await looks(5)).toBe(1)
  expect(opened).toHaveLength(2)
})

test('each time where it may not be watched', async () => {
  const { looks } = cluster(true)
  expect(await looks(5)).toBe(5)
})

test('after ten seconds in any case: a watch that broke off says nothing', async () => {
  const { looks, change } = cluster()
  await looks(1)
  await change()
  expect(await looks(3)).toBe(1)
  vi.advanceTimersByTime(11_000)
  expect(await looks(3)).toBe(1)
})

test('each time by whoever judges, and nothing is watched any longer', async () => {
  const { looks, change, ended } = cluster()
  await looks(1)
  await change()
  await looks(1)
  expect(await looks(2, { ...ASK, parts: 'all' })).toBe(2)
  expect(ended).toHaveLength(2)
})

test('a namespace, or everything, is watched whole', async () => {
  const some = cluster()
  await some.looks(1, ASK, { named: [] })
  expect(some.opened).toEqual([
    '/api/v1/namespaces/shop/services all',
    '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices all',
  ])
  const all = cluster()
  await all.looks(1, ASK, { named: [], namespace: null, wanted: null })
  expect(all.opened).toEqual(['/api/v1/services all', '/apis/discovery.k8s.io/v1/endpointslices all'])
})
