/** What a service of thousands of endpoints costs: steps that grow with their number, and not with its square. */
import { expect, test } from 'vitest'
import { duplicatePodIp } from '../../src/diagnose/analyzers/service/duplicate-pod-ip.ts'
import type { Case } from '../../src/diagnose/case.ts'

/** How often the addresses of pods are read while so many endpoints are judged. */
function reads(count: number): number {
  let read = 0
  const numbers = Array.from({ length: count }, (_, i) => i)
  const address = (i: number) => `10.244.${i >> 8}.${i & 255}`
  const pods = numbers.map((i) => ({
    ...{ namespace: 'shop', name: `web-${i}`, node: 'n1', hostNetwork: false, phase: 'Running', ready: true },
    ...{ terminating: false, labels: {}, containerPorts: [] },
    get ips() {
      read++
      return [address(i)]
    },
  }))
  const endpoints = numbers.map((i) => ({ address: address(i), ready: true, serving: true, pod: null }))
  const seen = { endpoints, observation: { cluster: { nodes: [], pods } } }
  expect(duplicatePodIp.find(seen as unknown as Case)).toEqual([])
  return read
}

test('each pod is read a few times, however many endpoints there are', () => {
  expect(reads(500)).toBeLessThanOrEqual(4 * 500)
  expect(reads(1000) / reads(500)).toBeLessThan(2.5)
})
