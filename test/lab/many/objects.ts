import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { KubeObject } from '../../../src/kube/api.ts'

/** The objects of a capture, with as many nodes as asked for, each with a kube-proxy of its own. Of the nodes after the capture's own each is like its first. */
export function manyNodes(capture: string, count: number): KubeObject[] {
  const items = (file: string): KubeObject[] => {
    const path = join(capture, 'api', file)
    const text = file.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path)
    const list = JSON.parse(text.toString()) as { kind: string; items: KubeObject[] }
    return list.items
  }
  const own = items('nodes.json').slice(0, count)
  const nodes = Array.from({ length: count }, (_, i) => own[i] ?? likeNode(own[0]!, i + 1))
  return [
    ...nodes,
    ...nodes.map(({ metadata }) => kubeProxyPod(metadata!.name!)),
    ...items('services.json.gz'),
    ...items('endpointslices.json.gz'),
    ...items('pods.json'),
  ].map(({ metadata, ...object }) => {
    const { resourceVersion: _, ...kept } = metadata as Record<string, unknown>
    return { ...object, metadata: kept } as KubeObject
  })
}

function likeNode({ metadata, spec, status, ...object }: KubeObject, number: number): KubeObject {
  const name = `n${number}`
  const podCIDR = `10.${128 + (number >> 8)}.${number & 255}.0/24`
  const addresses = [
    { address: `172.31.${number >> 8}.${number & 255}`, type: 'InternalIP' },
    { address: name, type: 'Hostname' },
  ]
  return {
    ...object,
    metadata: { ...metadata, name, uid: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}` },
    spec: { ...(spec as object), podCIDR, podCIDRs: [podCIDR] },
    status: { ...(status as object), addresses },
  }
}

const kubeProxyPod = (node: string): KubeObject => ({
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: { name: `kube-proxy-${node}`, namespace: 'kube-system', labels: { 'k8s-app': 'kube-proxy' } },
  spec: {
    nodeName: node,
    hostNetwork: true,
    containers: [{ name: 'kube-proxy', image: 'kube-proxy', securityContext: { privileged: true } }],
  },
  status: { phase: 'Running', containerStatuses: [{ name: 'kube-proxy', state: { running: { startedAt: null } } }] },
})
