/** The suite's own workload on a real cluster: a namespace, some pods that tell their names, a service, a client. By kubectl. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { bin } from '../bin.ts'
import type { ClusterUnderTest, Ran } from './suite.ts'

/** What can be set from outside; README.md of this folder has the list. */
const settings = {
  bin,
  image: process.env.SVCPATH_E2E_IMAGE ?? 'docker.io/library/busybox:1.36',
  namespace: process.env.SVCPATH_E2E_NAMESPACE ?? `svcpath-e2e-${randomBytes(3).toString('hex')}`,
  clientImage:
    process.env.SVCPATH_E2E_CLIENT_IMAGE ?? process.env.SVCPATH_E2E_IMAGE ?? 'docker.io/library/busybox:1.36',
  flags: (process.env.SVCPATH_E2E_FLAGS ?? '').split(' ').filter((word) => word !== ''),
  pods: Number(process.env.SVCPATH_E2E_PODS ?? 4),
}

/** Makes the namespace and all in it on the cluster of the current KUBECONFIG; `stop` removes it. */
export async function startWorkload(): Promise<ClusterUnderTest> {
  const { namespace } = settings
  const kubectl = async (...words: string[]) => {
    const { code, out, err } = await run('kubectl', words)
    if (code !== 0) throw new Error(`kubectl ${words.join(' ')}: ${err}`)
    return out
  }
  await kubectl('create', 'namespace', namespace)
  try {
    await run(
      'kubectl',
      ['apply', '-n', namespace, '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects() }),
    )
    await kubectl('wait', '-n', namespace, '--for=condition=Ready', 'pod', '--all', '--timeout=120s')
    const node = (await kubectl('get', 'pod', 'client', '-n', namespace, '-o', 'jsonpath={.spec.nodeName}')).trim()
    const inClient = (script: string) =>
      kubectl('exec', '-n', namespace, 'client', '--', 'sh', '-c', `${GET}; ${script}`)
    const address = (await kubectl('get', 'service', 'web', '-n', namespace, '-o', 'jsonpath={.spec.clusterIP}')).trim()
    const url = `http://${address.includes(':') ? `[${address}]` : address}/`
    // Until the client's node has the service's rules nothing can be counted.
    await inClient(`for i in $(seq 60); do get ${url} >/dev/null && exit 0; sleep 1; done; exit 1`)
    const mode = process.env.SVCPATH_E2E_MODE ?? 'iptables'
    await settle(mode)
    return {
      service: { namespace, name: 'web', port: 80 },
      pods: Array.from({ length: settings.pods }, (_, i) => `web-${i}`),
      client: { namespace, name: 'client', node },
      ways: [],
      counts: (way) => COUNTED[mode]?.includes(way) ?? false,
      svcpath: (...words) => run(settings.bin, [...words, ...settings.flags]),
      async connect(count) {
        const said = await inClient(`i=0; while [ $i -lt ${count} ]; do get ${url}; i=$((i+1)); done`)
        await settle(mode)
        return tally(said.trim().split(/\s+/))
      },
      async debugPods() {
        const names = await kubectl('get', 'pods', '-A', '-l', 'app.kubernetes.io/name=kubectl-svcpath', '-o', 'name')
        return names.split('\n').filter((name) => name !== '')
      },
      async stop() {
        await run('kubectl', ['delete', 'namespace', namespace, '--wait=false'])
      },
    }
  } catch (error) {
    await run('kubectl', ['delete', 'namespace', namespace, '--wait=false'])
    throw error
  }
}

/** curl where the image has it: busybox's wget crashes where it is linked statically against glibc (Debian's busybox-static). */
const GET = 'get() { if command -v curl >/dev/null; then curl -s -m 5 "$1"; else wget -q -T 5 -O - "$1"; fi; }'

/**
 * The ways by which each mode's counters can be read: rules of the nftables mode keep none, and ipvsadm is in the image of the debug pods, not in that
 * of kube-proxy.
 */
const COUNTED: Readonly<Record<string, readonly string[]>> = { iptables: ['auto', 'exec', 'debug'], ipvs: ['debug'] }

/** The kernel brings the counters of virtual servers up to date every two seconds (ip_vs_est.c). */
const settle = (mode: string): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, mode === 'ipvs' ? 3000 : 0))

/** How often each answer was given. */
function tally(answers: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1)
  return counts
}

const SERVE = 'mkdir -p /tmp/www && hostname > /tmp/www/index.html && exec httpd -f -p 8080 -h /tmp/www'

function objects(): object[] {
  const container = (name: string, command: string) => ({
    name,
    image: settings.image,
    imagePullPolicy: 'IfNotPresent',
    command: ['sh', '-c', command],
  })
  const pod = (name: string, labels: object, one: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { terminationGracePeriodSeconds: 0, containers: [one] },
  })
  const readinessProbe = { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 }
  const servers = Array.from({ length: settings.pods }, (_, i) =>
    pod(`web-${i}`, { app: 'web' }, { ...container('web', SERVE), readinessProbe }),
  )
  return [
    ...servers,
    pod('client', { app: 'client' }, { ...container('client', 'sleep 86400'), image: settings.clientImage }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
    },
  ]
}

function run(command: string, words: readonly string[], input = ''): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(command, words, { maxBuffer: 1e9 }, (_, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    )
    child.stdin!.on('error', () => {})
    child.stdin!.end(input)
  })
}
