/** Why a pod is not ready, of what the API says of it. */
import { expect, test } from 'vitest'
import { parseObjects } from '../../../src/parse/kube/objects.ts'
import { strip } from '../../../src/resolve/strip.ts'

const notReady = { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'with unready status: [web]' }
const web = (state: object, more: object = {}) => ({
  conditions: [notReady],
  containerStatuses: [
    { name: 'side', ready: true, state: { running: {} } },
    { name: 'web', ready: false, started: true, state, ...more },
  ],
})
const probed = (readinessProbe: object) => ({ containers: [{ name: 'side' }, { name: 'web', readinessProbe }] })

test.each<[string, object, object, string | undefined]>([
  ['ready', {}, { conditions: [{ type: 'Ready', status: 'True' }] }, undefined],
  ['nothing told', {}, {}, undefined],
  ['evicted', {}, { phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory' }, 'Evicted'],
  [
    'no node for it',
    {},
    {
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3',
        },
      ],
    },
    'not scheduled: 0/3 nodes are available: 3 Insufficient cpu',
  ],
  [
    'no image',
    {},
    web({ waiting: { reason: 'ImagePullBackOff', message: 'Back-off' } }),
    'container web waits: ImagePullBackOff',
  ],
  [
    'a crash loop',
    {},
    web(
      { waiting: { reason: 'CrashLoopBackOff' } },
      { lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } },
    ),
    'container web waits: CrashLoopBackOff, it ended last with OOMKilled (exit code 137)',
  ],
  ['ended', {}, web({ terminated: { reason: 'Error', exitCode: 1 } }), 'container web has ended: Error (exit code 1)'],
  ['starting', {}, web({ running: {} }, { started: false }), 'container web has not passed its startup probe'],
  [
    'a probe',
    probed({ httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' } }),
    web({ running: {} }),
    'container web does not pass its readiness probe (GET :8080/healthz)',
  ],
  [
    'a probe by TCP',
    probed({ tcpSocket: { port: 'http' } }),
    web({ running: {} }),
    'container web does not pass its readiness probe (TCP :http)',
  ],
  [
    'a probe by command',
    probed({ exec: { command: ['secret'] } }),
    web({ running: {} }),
    'container web does not pass its readiness probe (a command)',
  ],
  [
    'of init containers the one that runs',
    {},
    {
      conditions: [notReady],
      initContainerStatuses: [
        { name: 'a', ready: true, state: { terminated: { reason: 'Completed', exitCode: 0 } } },
        { name: 'b', ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } } },
        { name: 'c', ready: false, state: { waiting: { reason: 'PodInitializing' } } },
      ],
      containerStatuses: [{ name: 'web', ready: false, state: { waiting: { reason: 'PodInitializing' } } }],
    },
    'init container b waits: CrashLoopBackOff',
  ],
  [
    'a readiness gate',
    { readinessGates: [{ conditionType: 'example.com/lb' }] },
    { conditions: [{ type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady' }] },
    'its readiness gate example.com/lb is not met',
  ],
  ['a condition', {}, { conditions: [notReady] }, 'ContainersNotReady'],
])('%s', (_, spec, status, trouble) => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'shop' }, spec, status }
  const read = (object: object) => parseObjects(JSON.stringify(object), 'api/pods.json').pods[0]?.trouble
  expect(read(pod)).toBe(trouble)
  // A capture keeps what it is told by.
  expect(read(strip(pod))).toBe(trouble)
})
