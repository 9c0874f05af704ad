/** A list that is kept up to date. */
import { expect, onTestFinished, test } from 'vitest'
import type { KubeApi, KubeObject } from '../../../src/kube/api.ts'
import { lab, names, pods } from './one-machine.ts'

/** Keeps a list; `states` holds the names of each state so far. */
function keep(api: KubeApi, path = pods) {
  const controller = new AbortController()
  const states: (string | undefined)[][] = []
  const ended = (async () => {
    for await (const items of api.changes(path, { labelSelector: 'app=web', signal: controller.signal }))
      states.push(names(items)!.sort())
  })()
  ended.catch(() => undefined)
  onTestFinished(() => controller.abort())
  return { states, ended, abort: () => controller.abort() }
}

const pod = (name: string): KubeObject => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', labels: { app: 'web' } } },
  spec: { containers: [] },
})

test('the list, each change after it, and an end', async () => {
  const { lab: own, api } = await lab()
  const { states, abort, ended } = keep(api)
  await expect.poll(() => states).toEqual([['web-1', 'web-2']])
  own.put(pod('web-3'))
  await expect.poll(() => states.at(-1)).toEqual(['web-1', 'web-2', 'web-3'])
  own.remove(pod('web-1'))
  await expect.poll(() => states.at(-1)).toEqual(['web-2', 'web-3'])
  expect(own.requests.filter((line) => line.includes('watch=1'))).toMatchObject([
    expect.stringMatching(/resourceVersion=\d+.*allowWatchBookmarks=true/),
  ])
  abort()
  await ended
})

test('a watch that breaks off, or is too old: what went meanwhile is gone', async () => {
  const { lab: own, api } = await lab()
  own.faults = [
    { match: /watch=1/, times: 1, drop: 'midway' },
    {
      ...{ match: /watch=1/, times: 1 },
      body: `${JSON.stringify({ type: 'ERROR', object: { code: 410, message: 'too old resource version' } })}\n`,
    },
    { match: /watch=1/, times: 1, status: 500 },
  ]
  const { states } = keep(api)
  await expect.poll(() => states).toHaveLength(1)
  own.put(pod('web-3'))
  own.remove(pod('web-1'))
  await expect.poll(() => states.at(-1), { timeout: 15_000 }).toEqual(['web-2', 'web-3'])
  own.put(pod('web-4'))
  await expect.poll(() => states.at(-1), { timeout: 15_000 }).toEqual(['web-2', 'web-3', 'web-4'])
})

test('where watching is forbidden, lists are compared; where listing is, too, that is said', async () => {
  const { lab: own, api } = await lab({}, { forbid: (verb) => verb === 'watch' })
  const { states } = keep(api)
  await expect.poll(() => states).toHaveLength(1)
  own.remove(pod('web-1'))
  await expect.poll(() => states.at(-1), { timeout: 15_000 }).toEqual(['web-2'])
  expect(states).toHaveLength(2)
  const blind = await lab({}, { forbid: () => true })
  await expect(keep(blind.api).ended).rejects.toMatchObject({ status: 403 })
})
