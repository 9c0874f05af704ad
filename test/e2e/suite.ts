/** What must hold on any cluster, whatever runs it: the tool's counters are held against who answered. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NodePath, PathReport } from '../../src/model/report.ts'

export interface Ran {
  code: number | null
  out: string
  err: string
}

/** A cluster with one service of several pods, all ready, and a client pod. */
export interface ClusterUnderTest {
  service: { namespace: string; name: string; port: number }
  /** The names of the pods behind the service. */
  pods: readonly string[]
  client: { namespace: string; name: string; node: string }
  /** Flags for each way that can be tried here. */
  ways: readonly (readonly string[])[]
  /** Is there a counter of connections that this way can read? In IPVS mode only ipvsadm shows one. */
  counts(way: string): boolean
  /** Runs the plugin. */
  svcpath(...words: string[]): Promise<Ran>
  /** So many new connections from the client to the cluster IP: how many each pod answered. */
  connect(count: number): Promise<Map<string, number>>
  /** Debug pods that are there, by name. */
  debugPods(): Promise<string[]>
  stop(): Promise<void>
}

/** Declares the tests; `start` makes the cluster ready for them. */
export function suite(name: string, start: () => Promise<ClusterUnderTest>, ways: readonly string[]): void {
  describe(name, { timeout: 180_000 }, () => {
    let cluster: ClusterUnderTest
    const scratch = mkdtempSync(join(tmpdir(), 'svcpath-e2e-'))
    beforeAll(async () => {
      cluster = await start()
    }, 240_000)
    afterAll(async () => {
      rmSync(scratch, { recursive: true, force: true })
      await cluster?.stop()
    }, 120_000)

    const flagsOf = (way: string) => cluster.ways.find((flags) => flags.includes(way)) ?? ['--via', way]
    const target = () => [cluster.service.name, '-n', cluster.service.namespace]
    const trace = async (way: string, ...more: string[]): Promise<PathReport> => {
      const { code, out, err } = await cluster.svcpath(...target(), ...flagsOf(way), '-o', 'json', ...more)
      expect(`${code} ${err}`).toMatch(/^0 /)
      return JSON.parse(out) as PathReport
    }

    test.each(ways)('by %s the service is reachable on every node, and by the pods that are behind it', async (way) => {
      const report = await trace(way)
      expect(report).toMatchObject({ source: 'live', verdict: 'reachable', reasons: [] })
      expect(report.nodes.length).toBeGreaterThan(0)
      for (const node of report.nodes) expect(podsOf(node)).toEqual([...cluster.pods].sort())
    })

    test.each(ways)('by %s every connection is counted at the pod that answered it', async (way) => {
      const before = await trace(way)
      const answers = await cluster.connect(20)
      const after = await trace(way)
      if (!cluster.counts(way)) return
      const counted = cluster.pods.map(
        (pod) => hits(after, cluster.client.node, pod) - hits(before, cluster.client.node, pod),
      )
      expect(counted).toEqual(cluster.pods.map((pod) => answers.get(pod) ?? 0))
    })

    test.each(ways)('by %s nothing is left behind', async (way) => {
      await trace(way)
      expect(await cluster.debugPods()).toEqual([])
    })

    test('a capture tells the same as the cluster it was taken from', async () => {
      const file = join(scratch, 'capture.tgz')
      const taken = await cluster.svcpath('capture', ...target(), ...flagsOf(ways[0]!), '-o', file)
      expect(`${taken.code} ${taken.err}`).toMatch(/^0 /)
      expect(statSync(file).size).toBeLessThan(2_000_000)
      const { code, out } = await cluster.svcpath(...target(), '-f', file, '-o', 'json')
      const report = JSON.parse(out) as PathReport
      expect(code).toBe(0)
      expect(report).toMatchObject({ source: 'capture', verdict: 'reachable' })
      for (const node of report.nodes) expect(podsOf(node)).toEqual([...cluster.pods].sort())
    })

    test('a redacted capture tells the same under other names', async () => {
      const file = join(scratch, 'redacted.tgz')
      const taken = await cluster.svcpath('capture', ...target(), ...flagsOf(ways[0]!), '--redact', '-o', file)
      expect(`${taken.code} ${taken.err}`).toMatch(/^0 /)
      const list = JSON.parse((await cluster.svcpath('-f', file, '-o', 'json')).out) as ServiceList
      const service = list.items.find(({ namespace }) => namespace !== 'kube-system')
      const { code, out } = await cluster.svcpath(`${service?.namespace}/${service?.name}`, '-f', file, '-o', 'json')
      const report = JSON.parse(out) as PathReport
      expect([code, report.verdict]).toEqual([0, 'reachable'])
      for (const node of report.nodes) expect(podsOf(node)).toHaveLength(cluster.pods.length)
      for (const name of [...cluster.pods, cluster.client.node]) expect(out).not.toContain(`"${name}"`)
    })

    test('the way of the client pod is that of its own node', async () => {
      const { namespace, name: pod, node } = cluster.client
      const report = await trace(ways[0]!, '--from', `${namespace}/pod/${pod}`)
      expect(report.nodes.filter(({ entries }) => entries.length > 0).map((one) => one.name)).toEqual([node])
    })

    test('a service that is not there is an error that says so', async () => {
      const { code, out, err } = await cluster.svcpath('no-such-service', '-n', cluster.service.namespace)
      expect([code, out]).toEqual([6, ''])
      expect(err).toContain(`no service no-such-service in namespace ${cluster.service.namespace}`)
    })
  })
}

const endpointsOf = (node: NodePath) =>
  node.entries.filter(({ kind }) => kind === 'clusterIP').flatMap(({ endpoints }) => endpoints)

interface ServiceList {
  items: { namespace: string; name: string }[]
}

const podsOf = (node: NodePath): string[] => [...new Set(endpointsOf(node).map(({ pod }) => pod?.name ?? '?'))].sort()

function hits(report: PathReport, node: string, pod: string): number {
  const own = report.nodes.find(({ name }) => name === node)
  return own
    ? endpointsOf(own).reduce((sum, one) => sum + (one.pod?.name === pod ? (one.hits?.packets ?? 0) : 0), 0)
    : 0
}
