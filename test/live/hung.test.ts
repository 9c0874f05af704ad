/** A node that does not answer costs its time limit once, whatever was asked: it is asked once, by whichever verb. */

import { expect, onTestFinished, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../src/kube/api.ts'
import { fixtureText } from '../front/samples.ts'
import { smallCluster, thisMachine } from './small-cluster.ts'

const ingresses = parseAllDocuments(fixtureText('ingress.yaml'))
  .flatMap((document) => document.toJS().items as KubeObject[])
  .filter(({ kind }) => kind !== 'Namespace')

test.each([
  ['web'],
  ['check', '-A'],
  ['check', 'web', '--wait', '2s'],
  ['ingress/storefront'],
  ['doctor'],
  ['probe', 'web', '--timeout', '1s'],
  ['capture', 'web', '-o', 'web.tgz'],
])('%s', async (...words) => {
  const isSilent = (pod: KubeObject) => (pod.spec as { nodeName?: string }).nodeName === 'n2'
  const cluster = await smallCluster({
    exec: (pod, container, command) =>
      isSilent(pod) ? { file: 'sleep', args: ['1000'] } : thisMachine(pod, container, command),
    change: (objects) => [...objects, ...ingresses],
    always: ['--via', 'exec', '--node-timeout', '3s'],
  })
  onTestFinished(() => cluster.close())
  const { out, err } = await cluster.svcpath(...words)
  expect(`${out}${err}`).toContain('n2')
  expect(cluster.api.requests.filter((line) => line.includes('/kube-proxy-n2/exec'))).toHaveLength(1)
})
