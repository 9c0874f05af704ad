/** Host ports and policy engines in the lab: what is found when their rules are gone, beside what real connections do. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KubeObject } from '../../../src/kube/api.ts'
import type { PathReport } from '../../../src/model/report.ts'
import { LabCluster } from '../../lab/cluster/cluster.ts'
import type { PodPlan } from '../../lab/cluster/objects.ts'
import { isLeftOut } from '../../needs.ts'

let lab: LabCluster
let pod: PodPlan

const HOST_PORT = 8000

/** As portmap writes them. */
const PORTMAP = `iptables-nft -t nat -N CNI-HOSTPORT-DNAT; iptables-nft -t nat -N CNI-DN-LAB
  iptables-nft -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
  iptables-nft -t nat -A CNI-HOSTPORT-DNAT -p tcp -m multiport --dports ${HOST_PORT} -j CNI-DN-LAB
  iptables-nft -t nat -A CNI-DN-LAB -p tcp -m tcp --dport ${HOST_PORT} -j DNAT --to-destination $POD:8080`

/** As kube-router writes them, for one pod. */
const kubeRouter = (address: string, chain: string): string => `iptables-nft -N KUBE-ROUTER-FORWARD 2>/dev/null || true
  iptables-nft -C FORWARD -j KUBE-ROUTER-FORWARD 2>/dev/null || iptables-nft -A FORWARD -j KUBE-ROUTER-FORWARD
  iptables-nft -N ${chain}; iptables-nft -A KUBE-ROUTER-FORWARD -d ${address}/32 -j ${chain}`

/** One of web's pods on n2 has a host port, and a policy selects it. */
function change(objects: KubeObject[]): void {
  const isWeb = ({ kind, metadata, spec }: KubeObject) =>
    kind === 'Pod' && metadata?.labels?.app === 'web' && (spec as { nodeName: string }).nodeName === 'n2'
  const { spec } = objects.find(isWeb) as unknown as { spec: { containers: { ports: { hostPort?: number }[] }[] } }
  spec.containers[0]!.ports[0]!.hostPort = HOST_PORT
  objects.push({
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'web', namespace: 'shop' } },
    spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] },
  })
}

/** `SVP325 n2`, but for that a policy selects the pods. */
async function codes(): Promise<string[]> {
  const { out, err } = await lab.svcpath(['web', '-n', 'shop', '-o', 'json', '--quiet'])
  if (!out.startsWith('{')) throw new Error(err)
  const { findings } = JSON.parse(out) as PathReport
  return findings.flatMap(({ code, node }) => (code === 'SVP702' ? [] : `${code} ${node}`))
}

describe.skipIf(isLeftOut('cluster'))('in the lab', () => {
  beforeAll(async () => {
    lab = await LabCluster.start({ capture: 'k8s-1.36-iptables-nft-bridge', change })
    pod = lab.pods('shop', 'web-').find(({ node }) => node === 'n2')!
  })
  afterAll(() => lab?.stop())

  test('SVP325: a host port works with the rules of portmap, and without them not', async () => {
    const n2 = lab.machine('n2')
    const isAnswered = () => lab.connect('op', '172.30.0.12', HOST_PORT, 1, 3).has(pod.name)
    n2.run(`POD=${pod.address}\n${PORTMAP}`)
    expect([await codes(), isAnswered()]).toEqual([[], true])
    n2.run('iptables-nft -t nat -F CNI-DN-LAB')
    expect([await codes(), isAnswered()]).toEqual([['SVP325 n2'], false])
    n2.run(`POD=${pod.address}\n${PORTMAP.split('\n').at(-1)}`)
    expect(await codes()).toEqual([])
  })

  test('SVP705: kube-router has a chain for one pod of the node, and not yet for the other', async () => {
    const n2 = lab.machine('n2')
    const [one, other] = lab.pods('shop', 'web-').filter(({ node }) => node === 'n2')
    n2.run(kubeRouter(one!.address, 'KUBE-POD-FW-ONE'))
    expect(await codes()).toEqual(['SVP705 n2'])
    n2.run(kubeRouter(other!.address, 'KUBE-POD-FW-TWO'))
    expect(await codes()).toEqual([])
  })
})
