/** The lab's API over the objects of a small capture, and svcpath as a process that asks it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { KubeObject } from '../../src/kube/api.ts'
import { bin } from '../bin.ts'
import type { ApiOptions, Backend, LabApi } from '../lab/api/contract.ts'
import { startApi } from '../lab/api/server.ts'
import { planOf } from '../lab/cluster/objects.ts'
import { scratch } from '../scratch.ts'

/** Every node is this machine. */
export const thisMachine: Backend['exec'] = (_pod, _container, [file = '', ...args]) => ({ file, args })

interface Ran {
  out: string
  err: string
  code: number | null
}

export interface SmallCluster {
  api: LabApi
  /** Where the program runs. */
  folder: string
  start(...words: readonly string[]): { child: ChildProcess; done: Promise<Ran> }
  svcpath(...words: readonly string[]): Promise<Ran>
  close(): Promise<void>
}

/** `exec`: what runs on nodes; `change`: what is made of the objects; `always`: words that follow all others. */
export async function smallCluster({
  exec = thisMachine,
  change = (objects) => objects,
  options = {},
  always = [],
}: {
  exec?: Backend['exec']
  change?: (objects: KubeObject[]) => KubeObject[]
  options?: ApiOptions
  always?: readonly string[]
} = {}): Promise<SmallCluster> {
  const { objects } = await planOf('k8s-1.36-iptables-nft-bridge')
  const connect = () => ({ file: 'false', args: [] })
  const api = await startApi({ objects: change(objects), exec, connect, schedule: () => [] }, options)
  const folder = scratch('live')
  const kubeconfig = join(folder.path, 'kubeconfig')
  writeFileSync(kubeconfig, api.kubeconfig({ namespace: 'shop' }))
  const start: SmallCluster['start'] = (...words) => {
    const args = [...words, ...always, '--kubeconfig', kubeconfig]
    const child = spawn(bin, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder.path })
    const done = Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => child.once('exit', resolve)),
    ]).then(([out, err, code]) => ({ out, err, code }))
    return { child, done }
  }
  return {
    ...{ api, folder: folder.path, start },
    svcpath: (...words) => start(...words).done,
    async close() {
      await api.close()
      folder.remove()
    },
  }
}
