/** SVP111 of an Endpoints object that contradicts the slices, and SVP112 by measured times: what is bent, and what is found. */
import { describe, expect, test } from 'vitest'
import { findingsIn, named, objects } from '../bend.ts'
import { all, asBending, type Bend, DUAL, type Row } from '../bendings.ts'

/** Changes the first subset of the Endpoints object of web. */
const object =
  // biome-ignore lint/suspicious/noExplicitAny: the API's objects as they come
    (change: (subset: any, whole: any) => void, service = 'web'): Bend =>
    (files) =>
      objects(files, 'endpoints', (items) => {
        const whole = named(items, service)
        change(whole.subsets[0], whole)
      })
const dropped = object(({ addresses }) => addresses.pop())
const managedBy =
  (name: string): Bend =>
  (files) =>
    objects(files, 'endpointslices', (items) => {
      for (const { metadata } of items) metadata.labels['endpointslice.kubernetes.io/managed-by'] = name
    })

describe('Endpoints and slices', () => {
  const ROWS: readonly Row[] = [
    ['as they are', () => undefined, []],
    ['it lacks one', dropped, ['warning']],
    ['it lists one more', object(({ addresses }) => addresses.push({ ip: '10.244.9.9' })), ['warning']],
    [
      'it calls one not ready',
      object((subset) => {
        subset.notReadyAddresses = [subset.addresses.pop()]
      }),
      ['warning'],
    ],
    [
      'it lists one more that is not ready',
      object((subset) => (subset.notReadyAddresses = [{ ip: '10.244.9.9' }])),
      [],
    ],
    [
      'it holds only the first 1,000',
      all(
        dropped,
        object((_, { metadata }) => {
          metadata.annotations = { 'endpoints.kubernetes.io/over-capacity': 'truncated' }
        }),
      ),
      [],
    ],
    ['another controller writes the slices', all(dropped, managedBy('me')), []],
    ['there is none', (files) => void files.delete('api/endpoints.json'), []],
    ['of one family by design', { capture: DUAL, service: 'shop/web-dual' }, []],
    ['a service without a selector', { service: 'shop/manual', files: dropped }, []],
  ]

  test.each(ROWS)('%s', async (_what, bending, expected) => {
    const found = (await findingsIn(asBending(bending))).filter(({ code }) => code === 'SVP111')
    expect(found.map(({ severity }) => severity)).toEqual(expected)
  })
})

describe('a preStop hook, and how long changes take', () => {
  const HISTOGRAM = 'kubeproxy_network_programming_duration_seconds_bucket'
  /** Half of the changes took over 4 s on n1. */
  const slow =
    (changes = 40): Bend =>
    (files) => {
      const counts = { '1': 0, '4': changes / 4, '8': changes, '+Inf': changes }
      const lines = Object.entries(counts).map(([le, count]) => `${HISTOGRAM}{le="${le}"} ${count}\n`)
      files.set('nodes/n1/kube-proxy-metrics.txt', lines.join(''))
    }
  const pods =
    (seconds: number | null, grace = 30): Bend =>
    (files) =>
      objects(files, 'pods', (items) => {
        for (const { metadata, spec } of items)
          if (metadata.labels?.app === 'web') {
            spec.terminationGracePeriodSeconds = grace
            spec.containers[0].lifecycle = seconds === null ? {} : { preStop: { sleep: { seconds } } }
          }
      })
  const version =
    (gitVersion: string): Bend =>
    (files) =>
      void files.set('api/version.json', JSON.stringify({ serverVersion: { gitVersion } }))

  const ROWS: readonly Row[] = [
    ['it sleeps for less', all(slow(), pods(2)), ['preStop hook']],
    ['it sleeps as long', all(slow(), pods(4)), []],
    ['there is none: the program may serve on', all(slow(), pods(null)), []],
    ['few changes', all(slow(16), pods(2)), []],
    ['a release whose restarts count all endpoints', all(slow(), pods(2), version('v1.24.9')), []],
    ['killed before', all(slow(), pods(1, 3)), ['is killed']],
    ['a headless service', { service: 'shop/web-headless', files: all(slow(), pods(2)) }, []],
  ]

  test.each(ROWS)('%s', async (_what, bending, expected) => {
    const found = (await findingsIn(asBending(bending))).filter(({ code }) => code === 'SVP112')
    expect(found.map(({ message }) => /preStop hook|is killed/.exec(message)?.[0])).toEqual(expected)
  })
})
