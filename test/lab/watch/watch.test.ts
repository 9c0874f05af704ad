/** `watch` on a cluster of namespaces with a real kernel: what is done there is told, and nothing is left of it. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { isLeftOut } from '../../needs.ts'
import { LabCluster } from '../cluster/cluster.ts'
import { Terminal } from './terminal.ts'
import { Watching } from './watching.ts'

const SERVICE = ['web', '-n', 'shop'] as const

describe.skipIf(isLeftOut('cluster'))('watch', () => {
  let lab: LabCluster
  let address: string
  let client: string

  beforeAll(async () => {
    lab = await LabCluster.start({ capture: 'k8s-1.36-iptables-nft-bridge' })
    const { out } = await lab.svcpath([...SERVICE, '-o', 'json', '-q', '--no-dns'])
    address = JSON.parse(out).service.clusterIPs[0]
    client = lab.pod('shop', 'client').node
  })
  afterAll(() => lab?.stop())

  /** A watch that sees all nodes. */
  async function start(...words: string[]): Promise<Watching> {
    const watching = new Watching(lab, [...SERVICE, ...words])
    onTestFinished(() => void watching.child.kill('SIGKILL'))
    for (const node of ['n1', 'n2', 'n3']) await watching.sees({ event: 'stream', state: 'open', node })
    return watching
  }

  const on = (node: string, script: string) => lab.machine(node).run(script)

  /** What a watch runs on a node. */
  const processes = (node: string) =>
    on(
      node,
      `ps -e -o args= | grep -e '^conntrack -E' -e 'sh -s$' -e '^awk ' -e '^sleep' -e '[x]tables-monitor' -e '[i]p monitor' || true`,
    )

  test('connections with their endpoints, and a summary at the end', async () => {
    const watching = await start()
    expect(watching.events[0]).toMatchObject({ event: 'verdict', verdict: 'reachable', was: null, reason: 'start' })
    const answered = lab.connect(lab.pod('shop', 'client'), address, 80, 3)
    const wanted = [...answered].map(([name, count]) => ({ address: lab.pod('shop', name).address, count }))
    const seen = () =>
      wanted.map((one) => ({
        ...one,
        count: watching.events
          .flatMap((event) => (event.event === 'connections' && event.address === one.address ? event : []))
          .filter(({ node, port }) => node === client && port === 8080)
          .reduce((sum, { count }) => sum + count, 0),
      }))
    await expect.poll(seen, { timeout: 10_000 }).toEqual(wanted)
    expect(await watching.stop()).toBe(0)
    expect(watching.events.at(-1)).toMatchObject({ event: 'summary', connections: 3, failures: 0, missed: [] })
    expect(watching.events.filter(({ event }) => event === 'failure')).toEqual([])
    for (const node of ['n1', 'n2', 'n3']) await expect.poll(() => processes(node)).toBe('')
  })

  test('a rule that is removed is found, and gone when it is back', async () => {
    const watching = await start()
    const rule = on(client, `iptables-nft-save -t nat | grep -e '-A KUBE-SERVICES -d ${address}/32'`).trim()
    on(client, `iptables-nft -t nat ${rule.replace('-A ', '-D ')}`)
    onTestFinished(() => {
      if (!on(client, 'iptables-nft-save -t nat').includes(rule))
        on(client, `iptables-nft -t nat ${rule.replace('-A KUBE-SERVICES', '-I KUBE-SERVICES')}`)
    })
    await watching.sees({ event: 'verdict', was: 'reachable', verdict: 'degraded', settling: true })
    await watching.sees({ event: 'finding', state: 'appeared', code: 'SVP302', node: client })
    const from = watching.events.length
    on(client, `iptables-nft -t nat ${rule.replace('-A KUBE-SERVICES', '-I KUBE-SERVICES')}`)
    await watching.sees({ event: 'verdict', verdict: 'reachable' }, { from })
    await watching.sees({ event: 'finding', state: 'vanished', code: 'SVP302' }, { from })
    expect(await watching.stop()).toBe(0)
  })

  test('an endpoint that leaves: told by the API, and missed by the rules that do not follow', async () => {
    const watching = await start()
    const slice = lab
      .objects('EndpointSlice')
      .find(
        ({ metadata }) =>
          metadata?.name?.startsWith('web-') && metadata.labels?.['kubernetes.io/service-name'] === 'web',
      )!
    const endpoints = slice.endpoints as { addresses: string[] }[]
    const [gone, ...left] = endpoints
    onTestFinished(() => lab.put(slice))
    await lab.put({ ...slice, endpoints: left })
    await watching.sees({ event: 'endpoint', address: gone!.addresses[0], was: 'ready', is: null })
    await watching.sees({ event: 'finding', state: 'appeared', code: 'SVP303' })
    const from = watching.events.length
    await lab.put(slice)
    await watching.sees({ event: 'endpoint', address: gone!.addresses[0], was: null, is: 'ready' }, { from })
    await watching.sees({ event: 'finding', state: 'vanished', code: 'SVP303' }, { from })
    expect(await watching.stop()).toBe(0)
  })

  test('a pod of the service that stops being ready, and is ready again', async () => {
    const watching = await start()
    const pod = lab
      .objects('Pod')
      .find(({ metadata }) => metadata?.namespace === 'shop' && metadata.name?.startsWith('web-66877cb9fb-'))!
    const status = pod.status as { conditions: { type: string }[]; containerStatuses: { restartCount: number }[] }
    const conditions = status.conditions.map((one) => (one.type === 'Ready' ? { ...one, status: 'False' } : one))
    const terminated = { reason: 'OOMKilled', exitCode: 137 }
    const containerStatuses = status.containerStatuses.map((one) => ({
      ...{ ...one, ready: false, restartCount: one.restartCount + 1, lastState: { terminated } },
      state: { waiting: { reason: 'CrashLoopBackOff' } },
    }))
    onTestFinished(() => lab.put(pod))
    await lab.put({ ...pod, status: { ...status, conditions, containerStatuses } })
    const own = { event: 'pod', pod: pod.metadata!.name }
    await watching.sees({ ...own, was: 'ready', is: 'notReady', restarts: 1, reason: 'OOMKilled (exit code 137)' })
    await lab.put(pod)
    await watching.sees({ ...own, was: 'notReady', is: 'ready', restarts: 0 })
    await watching.stop()
  })

  test('what a rule of somebody else drops: packets without a connection, and the finding', async () => {
    const watching = await start()
    // The first seconds compare nothing.
    await new Promise((resolve) => setTimeout(resolve, 5000))
    on(client, 'iptables-nft -I FORWARD -p tcp --dport 8080 -j DROP')
    const undo = () => on(client, 'iptables-nft -D FORWARD -p tcp --dport 8080 -j DROP || true')
    onTestFinished(() => void undo())
    lab.connect(lab.pod('shop', 'client'), address, 80, 2, 4)
    await watching.sees({ event: 'failure', failure: 'dropped', node: client, endpoint: /:8080$/ })
    await watching.sees({ event: 'finding', state: 'appeared', code: 'SVP403' }, { timeout: 40_000 })
    undo()
    await watching.sees({ event: 'finding', state: 'vanished', code: 'SVP403' }, { timeout: 40_000 })
    expect(await watching.stop()).toBe(0)
  })

  test('nobody listens, and nobody answers: each with its endpoint', async () => {
    const watching = await start()
    const [pod] = lab.pods('shop', 'web-')
    const inPod = (script: string) => lab.machine(pod!.node).run(script, pod!.name)
    // Only this endpoint is left, and nobody listens at it.
    inPod('iptables-nft -I INPUT -p tcp --dport 8080 -j REJECT --reject-with tcp-reset')
    lab.connect(lab.pod('shop', 'client'), address, 80, 25, 4)
    await watching.sees({ event: 'failure', failure: 'refused', node: client, endpoint: `${pod!.address}:8080` })
    inPod('iptables-nft -F INPUT; iptables-nft -I INPUT -p tcp --dport 8080 -j DROP')
    onTestFinished(() => void inPod('iptables-nft -F INPUT'))
    lab.connect(lab.pod('shop', 'client'), address, 80, 15, 4)
    await watching.sees({ event: 'failure', failure: 'noAnswer', node: client, endpoint: `${pod!.address}:8080` })
    await watching.stop()
  })

  test('a session that breaks off is begun again, and says what was missed', async () => {
    const watching = await start()
    on(client, `ps -e -o pid=,comm= | while read -r pid name; do case $name in *awk) kill $pid;; esac; done`)
    await watching.sees({ event: 'stream', state: 'lost', node: client })
    const from = watching.events.length
    const back = await watching.sees({ event: 'stream', state: 'open', node: client }, { from: from - 1 })
    expect((back as { missed: number }).missed).toBeGreaterThan(0)
    await watching.sees({ event: 'stream', state: 'open', node: client })
    lab.connect(lab.pod('shop', 'client'), address, 80, 1)
    await watching.sees({ event: 'connections', node: client }, { from })
    await watching.stop()
    expect(watching.events.at(-1)).toMatchObject({ event: 'summary', missed: [{ node: client }] })
  })

  test.skipIf(isLeftOut('terminal'))(
    'on a real terminal: drawn in place, put back at the end, and again after a resize',
    async () => {
      const terminal = new Terminal(lab, [...SERVICE, '-q'])
      onTestFinished(() => terminal.close())
      await terminal.shows(/^REACHABLE {2}shop\/web · watching for/m)
      await terminal.shows(/^n3 {2}reachable · connections by conntrack events/m)
      lab.connect(lab.pod('shop', 'client'), address, 80, 2)
      await terminal.shows(/ · 2 connections, 0 failed/)
      expect(terminal.screen().match(/REACHABLE/g)).toHaveLength(1)
      terminal.resize(60, 20)
      await terminal.shows(/^ENDPOINT .*TOTAL$/m)
      expect(terminal.screen().match(/REACHABLE/g)).toHaveLength(1)
      terminal.press('C-c')
      await terminal.shows(/watched shop\/web for/)
      await terminal.shows(/^ended with 0$/m)
    },
  )

  test.each(['exec', 'debug', 'ssh'])('by %s: killed without a word, it leaves no process on a node', async (via) => {
    const watching = await start('--via', via, ...(via === 'ssh' ? ['--ssh-config', lab.ssh.config] : []))
    expect(processes(client)).toContain('conntrack -E')
    watching.child.kill('SIGKILL')
    await expect.poll(() => ['n1', 'n2', 'n3'].map(processes).join(''), { timeout: 30_000 }).toBe('')
  })

  test('in a locale of ASCII, with no other sign', async () => {
    const { code, out, err } = await lab.svcpath(['watch', ...SERVICE, '--for', '2s'], undefined, { LC_ALL: 'C' })
    expect([code, out]).toEqual([0, expect.stringMatching(/^[\n -~]*watched shop\/web for [\n -~]*$/)])
    expect(err).toMatch(/^\p{ASCII}*$/u)
  })

  test('until a verdict, and no longer than it may', async () => {
    const soon = new Watching(lab, [...SERVICE, '--until', 'reachable'])
    expect(await soon.ended).toBe(0)
    expect(soon.events.at(-1)).toMatchObject({ event: 'summary', verdict: 'reachable' })
    const later = new Watching(lab, [...SERVICE, '--until', 'broken', '--for', '1s'])
    expect(await later.ended).toBe(0)
  })

  test('a Service that is not there, and a recording', async () => {
    const nothing = await lab.svcpath(['watch', 'wbe', '-n', 'shop', '-q'])
    expect(nothing).toMatchObject({ code: 6, out: '', err: expect.stringContaining('did you mean') })
    const route = await lab.svcpath(['watch', 'ingress/web', '-n', 'shop'])
    expect(route).toMatchObject({ code: 2, err: expect.stringContaining('watch takes a Service') })
    const recorded = await lab.svcpath(['watch', 'web', '-n', 'shop', '-f', 'x.tgz'])
    expect(recorded).toMatchObject({ code: 2, err: expect.stringContaining('watch needs a cluster') })
  })
})
