/** Scripts that run on, by each way that needs no network of its own. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { KubeObject } from '../../src/kube/api.ts'
import { debugWay } from '../../src/reach/debug-pod.ts'
import { execWay } from '../../src/reach/exec.ts'
import { localWay } from '../../src/reach/local.ts'
import type { FollowOptions, Way } from '../../src/reach/way.ts'
import { lab } from '../lab/api/one-machine.ts'
import { node } from './fake-api.ts'

const proxy: KubeObject = {
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'kube-proxy-1', namespace: 'kube-system' } },
  spec: {
    nodeName: 'n1',
    hostNetwork: true,
    containers: [{ name: 'kube-proxy', image: 'i', securityContext: { privileged: true } }],
  },
  status: { phase: 'Running' },
}
const labelled = { ...proxy, metadata: { ...proxy.metadata, labels: { 'k8s-app': 'kube-proxy' } } }
const objects = [{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, status: {} }, labelled]

const WAYS: Record<string, () => Promise<Way>> = {
  exec: async () => execWay((await lab({ objects })).api, { selector: undefined }),
  debug: async () =>
    debugWay((await lab({ objects })).api, {
      ...{ image: undefined, namespace: 'kube-system', privileged: false, keepSeconds: 4321, warn: () => {} },
    }),
  local: async () => localWay(),
}

/** Follows a script; `text` is what came so far. */
async function follow(way: Way, script: string, times: Partial<FollowOptions['times']> = {}) {
  const controller = new AbortController()
  const seen = { text: '' }
  const ended = way.follow!(node('n1'), script, {
    times: { openMs: 10_000, beatMs: 50, silenceMs: 5000, ...times },
    signal: controller.signal,
    say: () => {},
    onOutput: (bytes) => {
      seen.text += bytes
    },
  })
  ended.catch(() => {})
  return { seen, ended, abort: () => controller.abort(new Error('enough')) }
}

/** Processes that have this word on their command line. */
const processes = (word: string): string[] =>
  readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(word)
    } catch {
      return false
    }
  })

const ECHO = `{
echo ready
while read -r beat; do echo "beat $POD_SLEEP"; done
sleep 0.1
exit 0
}
`

test.each(Object.keys(WAYS))('%s: output as it comes, beats from then on, and an end of its own', async (name) => {
  const way = await WAYS[name]!()
  const { seen, abort, ended } = await follow(way, ECHO)
  const pods = name === 'debug' ? '4321' : ''
  await expect.poll(() => seen.text).toMatch(new RegExp(`^ready\n(beat ${pods}\n){3}`))
  abort()
  await expect(ended).rejects.toThrow()
  const short = await follow(way, '{\necho one\nread -r beat\necho two\nexit 3\n}\n')
  expect(await short.ended).toMatchObject({ exitCode: 3 })
  expect(short.seen.text).toBe('one\ntwo\n')
  await way.close()
})

test.each(Object.keys(WAYS))('%s: what runs there ends when nobody follows it any longer', async (name) => {
  const way = await WAYS[name]!()
  const word = `svcpath-test-${name}-${process.pid}`
  const script = `{\necho ready\nsh -c 'while read -r beat; do echo "$0"; done' ${word}\nexit 0\n}\n`
  const { seen, abort } = await follow(way, script)
  await expect.poll(() => seen.text).toContain(word)
  expect(processes(word)).not.toEqual([])
  abort()
  await expect.poll(() => processes(word), { timeout: 5000 }).toEqual([])
  await way.close()
})

test.each(Object.keys(WAYS))('%s: a script that falls silent counts as lost', async (name) => {
  const way = await WAYS[name]!()
  const { ended } = await follow(way, '{\necho ready\nwhile read -r beat; do :; done\nexit 0\n}\n', { silenceMs: 300 })
  await expect(ended).rejects.toThrow('nothing was heard for 0.3 s')
  const never = await follow(way, '{\nwhile read -r beat; do :; done\nexit 0\n}\n', { openMs: 1500 })
  await expect(never.ended).rejects.toThrow('no answer within')
  await way.close()
})

test('a kept debug pod serves all scripts of its node, and is removed in the end', async () => {
  const { lab: cluster, api } = await lab({ objects })
  const way = debugWay(api, {
    ...{ image: undefined, namespace: 'kube-system', privileged: false, keepSeconds: 4321, warn: () => {} },
  })
  const run = { timeoutMs: 10_000, maxBytes: 1000, signal: new AbortController().signal, say: () => {} }
  expect((await way.run(node('n1'), 'echo once; exit 0\n', run)).stdout.toString()).toBe('once\n')
  const { seen, abort } = await follow(way, ECHO)
  await expect.poll(() => seen.text).toContain('ready')
  const made = () => cluster.current('Pod').filter(({ metadata }) => metadata?.name?.startsWith('svcpath-debug-'))
  expect(made()).toHaveLength(1)
  expect(made()[0]).toMatchObject({ spec: { activeDeadlineSeconds: 4321 } })
  abort()
  await way.close()
  expect(made()).toEqual([])
})
