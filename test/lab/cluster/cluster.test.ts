import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isLeftOut } from '../../needs.ts'
import { LabCluster } from './cluster.ts'

describe.skipIf(isLeftOut('cluster'))('a cluster of namespaces', () => {
  test('two stand side by side, each with its own connections, and nothing is left of them', async () => {
    const a = await LabCluster.start({ capture: 'k8s-1.36-iptables-nft-bridge' })
    onTestFinished(() => a.stop())
    const b = await LabCluster.start({ capture: 'k8s-1.36-iptables-nft-bridge' })
    onTestFinished(() => b.stop())
    const before = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })
    const answered = (lab: LabCluster) =>
      [
        ...lab
          .machine('n1')
          .run('iptables-save -c -t nat')
          .matchAll(/^\[(\d+):\d+\] -A KUBE-SVC-E3PXEPMWAWIUT6ZV .* -j KUBE-SEP-/gm),
      ]
        .map(([, packets]) => Number(packets))
        .reduce((sum, one) => sum + one, 0)
    try {
      const { address } = a.pod('shop', 'web-')
      expect(a.connect(a.pod('shop', 'client'), address, 8080, 3)).toEqual(new Map([[a.pod('shop', 'web-').name, 3]]))
      const ip = JSON.parse((await a.svcpath(['web', '-n', 'shop', '-o', 'json', '-q'])).out).service.clusterIPs[0]
      a.connect(a.pod('shop', 'client'), ip, 80, 4)
      expect([answered(a), answered(b)]).toEqual([4, 0])
    } finally {
      a.stop()
      b.stop()
    }
    expect(existsSync(a.folder)).toBe(false)
    expect(execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })).toBe(before)
    await expect.poll(() => existsSync(`/proc/${a.machine('n1').pid}`)).toBe(false)
  })
})
