/** A Kubernetes cluster of network namespaces: a capture's API, pods and rules on the real kernel. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { KubeObject } from '../../../src/kube/api.ts'
import { bin } from '../../bin.ts'
import { scratch } from '../../scratch.ts'
import type { ApiPlan } from './api-main.ts'
import { Machine } from './machine.ts'
import { type Plan, type PodPlan, planOf } from './objects.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const NODE = here('../../../node_modules/.bin/node')

export interface Ran {
  code: number | null
  out: string
  err: string
}

interface DebugPod {
  name: string
  deadline: number | null
}

/** What becomes of the cluster while the plugin looks at it. */
interface Change {
  after: RegExp
  make: () => void
}

/** How to get to the nodes by SSH: only by way of the bastion. */
export interface LabSsh {
  key: string
  knownHosts: string
  config: string
}

const NODES = ['n1', 'n2', 'n3'] as const
export type NodeName = (typeof NODES)[number]
const addressOf = (node: NodeName): string => `172.30.0.1${node.slice(1)}`
const address6Of = (node: NodeName): string => `fd00:172:30::1${node.slice(1)}`
const [OPERATOR, BASTION] = ['172.30.0.3', '172.30.0.4']

export interface LabOptions {
  capture: string
  /** What puts the rules into the kernel, and from which file of the capture. */
  restore?: { command: string; file: string }
  /** Changes what the API holds, and what is made of it. */
  change?: (objects: KubeObject[]) => void
}

export class LabCluster {
  private readonly scratch = scratch('lab')
  readonly folder = this.scratch.path
  readonly ssh: LabSsh = {
    key: join(this.folder, 'id'),
    knownHosts: join(this.folder, 'known_hosts'),
    config: join(this.folder, 'ssh_config'),
  }
  private readonly machines = new Map<string, Machine>()
  private readonly plan: Plan
  private endApi = () => {}
  private askDebugPods = async (_line = ''): Promise<DebugPod[]> => []

  private constructor(plan: Plan) {
    this.plan = plan
  }

  static async start({
    capture,
    restore = { command: 'iptables-nft-restore', file: 'iptables-save.txt' },
    change = () => undefined,
  }: LabOptions): Promise<LabCluster> {
    const cluster = new LabCluster(await planOf(capture, change))
    try {
      const names = ['fabric', 'op', 'bastion', ...NODES]
      const machines = await Promise.all(names.map(() => Machine.start()))
      for (const [i, name] of names.entries()) cluster.machines.set(name, machines[i]!)
      cluster.wire()
      const isDual = cluster.plan.pods.some(({ address6 }) => address6 !== null)
      if (isDual) cluster.wireSix()
      for (const node of NODES) {
        cluster.load(node, restore)
        if (isDual && !restore.file.startsWith('nft'))
          cluster.load(node, { command: 'ip6tables-nft-restore', file: 'ip6tables-save.txt' })
      }
      await Promise.all([
        ...cluster.plan.pods.map((pod) => cluster.startPod(pod)),
        cluster.startHostPods(),
        ...NODES.map((node) => cluster.startKubeProxy(node, restore.file.startsWith('nft') ? 'nftables' : 'iptables')),
        cluster.startSshds(),
      ])
      await cluster.startApi()
      return cluster
    } catch (error) {
      cluster.stop()
      throw error
    }
  }

  machine(name: string): Machine {
    const found = this.machines.get(name)
    if (!found) throw new Error(`the lab has no ${name}`)
    return found
  }

  pod(namespace: string, prefix: string): PodPlan {
    const found = this.plan.pods.find((one) => one.namespace === namespace && one.name.startsWith(prefix))
    if (!found) throw new Error(`the lab has no pod ${namespace}/${prefix}`)
    return found
  }

  /** Pods by a beginning of their name. */
  pods(namespace: string, prefix: string): PodPlan[] {
    return this.plan.pods.filter((one) => one.namespace === namespace && one.name.startsWith(prefix))
  }

  /** New connections to an address: how many each pod answered; what nobody answered within `patience` seconds is under ''. */
  connect(from: PodPlan | 'op', address: string, port: number, count: number, patience = 60): Map<string, number> {
    const host = address.includes(':') ? `[${address}]` : address
    const script = `for i in $(seq ${count}); do curl -s -m ${patience} http://${host}:${port}/ || echo; done`
    const said = from === 'op' ? this.machine('op').run(script) : this.machine(from.node).run(script, from.name)
    const counts = new Map<string, number>()
    for (const name of said.split('\n').slice(0, -1)) counts.set(name, (counts.get(name) ?? 0) + 1)
    return counts
  }

  /**
   * Runs the plugin where the operator is. When it has said on stderr what `after` fits, it stands still while the change is made: however slow the
   * machine is, it sees the change from there on and not before.
   */
  svcpath(words: readonly string[], change?: Change, more: Record<string, string> = {}): Promise<Ran> {
    const [file, args, env] = this.command(words)
    return new Promise((resolve) => {
      const child = execFile(file, args, { env: { ...env, ...more }, maxBuffer: 1 << 28 }, (_, out, err) =>
        resolve({ code: child.exitCode, out, err }),
      )
      child.stdin?.end()
      if (change) makeChange(child, change)
    })
  }

  /** Starts the plugin, for a test that ends it: the process is the program itself. */
  spawn(words: readonly string[]): ChildProcess {
    const [file, args, env] = this.command(words)
    return spawn(file, args, { env, stdio: 'ignore' })
  }

  private command(words: readonly string[]): [file: string, args: string[], env: NodeJS.ProcessEnv] {
    // Of the operator's namespaces only the network: the files are this machine's. So nsenter becomes the program and is no parent of it.
    const args = ['--net', '--target', String(this.machine('op').pid), '--', bin, ...words]
    return ['nsenter', args, { ...process.env, KUBECONFIG: join(this.folder, 'kubeconfig') }]
  }

  /** Ends what listens in a pod. */
  hush({ node, name }: PodPlan): void {
    this.machine(node).run(
      `for pid in $(ss -Hlntp | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u); do kill -9 "$pid"; done; until [ -z "$(ss -Hlnt)" ]; do sleep 0.05; done`,
      name,
    )
  }

  /** Makes it listen again. */
  answer({ node, role, name }: PodPlan): Promise<void> {
    return this.listen(node, role, name)
  }

  /** The names of debug pods that are there now. */
  async debugPods(): Promise<string[]> {
    return (await this.askDebugPods()).map(({ name }) => name)
  }

  /** The seconds after which the cluster ends each of them; null: never. */
  async debugDeadlines(): Promise<(number | null)[]> {
    return (await this.askDebugPods()).map(({ deadline }) => deadline)
  }

  /** What the API was given at first, of one kind. */
  objects(kind: string): KubeObject[] {
    return this.plan.objects.filter((one) => one.kind === kind)
  }

  /** Puts an object into the API, as a controller does. */
  async put(object: KubeObject): Promise<void> {
    await this.askDebugPods(JSON.stringify(object))
  }

  stop(): void {
    this.endApi()
    for (const machine of this.machines.values()) machine.stop()
    this.scratch.remove()
  }

  /** The nodes' network, and their routes to each other's pods, as with flannel's host-gw or kindnet. */
  private wire(): void {
    const fabric = this.machine('fabric')
    fabric.run('ip link add lab0 type bridge; ip link set lab0 up')
    const plugs: [string, string][] = [
      ['op', OPERATOR],
      ['bastion', BASTION],
      ...NODES.map((node): [string, string] => [node, addressOf(node)]),
    ]
    for (const [name, address] of plugs) this.plug(name, 'eth0', address)
    for (const node of NODES) {
      const index = node.slice(1)
      const others = NODES.filter((one) => one !== node).map(
        (one) => `ip route add 10.244.${one.slice(1)}.0/24 via ${addressOf(one)}`,
      )
      this.machine(node).run(`
        echo 1 > /proc/sys/net/ipv4/ip_forward
        echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet
        echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables
        ip link add cni0 type bridge; ip addr add 10.244.${index}.1/24 dev cni0; ip link set cni0 up
        ${others.join('\n')}`)
    }
    const viaFirst = NODES.map((node) => `ip route add 10.244.${node.slice(1)}.0/24 via ${addressOf(node)}`).join('\n')
    this.machine('op').run(`${viaFirst}\nip route add 10.96.0.0/16 via ${addressOf('n1')}`)
  }

  /** The same in IPv6, as a cluster with two families has it. Nobody waits for duplicate addresses. */
  private wireSix(): void {
    this.machine('bastion').run('ip -6 addr add fd00:172:30::4/64 dev eth0 nodad')
    for (const node of NODES) {
      const index = node.slice(1)
      const others = NODES.filter((one) => one !== node).map(
        (one) => `ip -6 route add fd00:10:244:${one.slice(1)}::/64 via ${address6Of(one)}`,
      )
      this.machine(node).run(`
        echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
        echo 1 > /proc/sys/net/bridge/bridge-nf-call-ip6tables
        ip -6 addr add ${address6Of(node)}/64 dev eth0 nodad
        ip -6 addr add fd00:10:244:${index}::1/64 dev cni0 nodad
        ${others.join('\n')}`)
    }
  }

  /** The rules of the capture, all counters at zero. */
  private load(node: NodeName, { command, file }: { command: string; file: string }): void {
    // Of some captures one node's rules were kept; kube-proxy writes the same everywhere.
    const text = this.plan.rules(node, file) ?? this.plan.rules('n1', file)
    if (text === null) throw new Error(`the capture has no ${file} of ${node}`)
    // A rule of nfacct needs an object that only nfacct(8) makes; it counts, and decides nothing.
    const rules = file.startsWith('nft')
      ? kubeProxyTables(text)
      : text.replace(/^.*nfacct.*\n/gm, '').replace(/\[\d+:\d+\]/g, '[0:0]')
    const path = join(this.folder, `${node}-rules`)
    writeFileSync(path, rules)
    this.machine(node).run(`${command} < ${path}`)
  }

  /** Gives a machine an interface into the nodes' network. */
  plug(name: string, link: string, address: string): void {
    const machine = this.machine(name)
    // By the number that a process has outside: nsenter stays in this machine's process namespace.
    execFileSync('nsenter', [
      '--net',
      '--target',
      String(this.machine('fabric').pid),
      'sh',
      '-ec',
      `ip link add v-${name}-${link} type veth peer name ${link} netns ${machine.pid}; ip link set v-${name}-${link} master lab0 up`,
    ])
    machine.run(`ip addr add ${address}/24 dev ${link}; ip link set ${link} up`)
  }

  private async startPod({ node, name, address, address6, role }: PodPlan): Promise<void> {
    const index = node.slice(1)
    const veth = `veth${Buffer.from(address.split('.').slice(2).map(Number)).toString('hex')}`
    this.machine(node).run(`
      ip netns add ${name}
      ip link add ${veth} type veth peer name eth0 netns ${name}
      ip link set ${veth} master cni0 up; bridge link set dev ${veth} hairpin on
      ip -n ${name} link set lo up; ip -n ${name} link set eth0 up
      ip -n ${name} addr add ${address}/24 dev eth0
      ip -n ${name} route add default via 10.244.${index}.1`)
    if (address6)
      this.machine(node).run(`
        ip -n ${name} -6 addr add ${address6}/64 dev eth0 nodad
        ip -n ${name} -6 route add default via fd00:10:244:${index}::1`)
    if (role.ports.length > 0 || role.zone) await this.listen(node, role, name)
  }

  /** Pods on the host's network, of which the captures have one. */
  private async startHostPods(): Promise<void> {
    await this.listen('n3', { name: 'hostweb', ports: [8080], zone: null })
  }

  private startKubeProxy(node: NodeName, mode: string): Promise<void> {
    return this.machine(node).serve([
      ...[NODE, here('kube-proxy.ts'), mode],
      JSON.stringify(this.plan.healthChecks(node)),
    ])
  }

  private listen(node: string, role: PodPlan['role'], pod?: string): Promise<void> {
    const path = join(this.folder, `role-${role.name}`)
    writeFileSync(path, JSON.stringify(role))
    return this.machine(node).serve([NODE, here('listener.ts'), path], pod)
  }

  private async startSshds(): Promise<void> {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', this.ssh.key])
    const hosts: [string, string][] = [
      ['bastion', BASTION],
      ...NODES.map((node): [string, string] => [node, addressOf(node)]),
    ]
    const lines = await Promise.all(
      hosts.map(async ([name, address]) => {
        const folder = join(this.folder, name)
        mkdirSync(folder)
        execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${folder}/host`])
        writeFileSync(
          `${folder}/config`,
          `ListenAddress ${address}\nHostKey ${folder}/host\nAuthorizedKeysFile ${this.ssh.key}.pub\nPidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n${name === 'bastion' ? '' : `AllowUsers root@${BASTION}\n`}`,
        )
        await this.machine(name).serve(['/usr/sbin/sshd', '-D', '-e', '-f', `${folder}/config`])
        return `${address} ${readFileSync(`${folder}/host.pub`, 'utf8')}`
      }),
    )
    writeFileSync(this.ssh.knownHosts, lines.join(''))
    writeFileSync(
      this.ssh.config,
      `Host bastion\n  HostName ${BASTION}\nHost 172.30.0.1?\n  ProxyJump bastion\nHost *\n  User root\n  IdentityFile ${this.ssh.key}\n  IdentityAgent none\n  UserKnownHostsFile ${this.ssh.knownHosts}\n`,
    )
  }

  private async startApi(): Promise<void> {
    const plan: ApiPlan = {
      objects: this.plan.objects,
      nodes: Object.fromEntries(NODES.map((node) => [node, this.machine(node).words([])])),
      pods: Object.fromEntries(
        this.plan.pods.map(({ namespace, name, node }) => [`${namespace}/${name}`, this.machine(node).words([], name)]),
      ),
    }
    const path = join(this.folder, 'api.json')
    writeFileSync(path, JSON.stringify(plan))
    const words = ['--net', '--target', String(this.machine('op').pid), '--', NODE, here('api-main.ts'), path]
    const child = spawn('nsenter', words, { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin.on('error', () => {})
    this.endApi = () => child.stdin.end()
    const lines = createInterface({ input: child.stdout })
    const next = () =>
      new Promise<string>((resolve, reject) => {
        lines.once('line', resolve)
        child.once('exit', () => reject(new Error('the API of the lab has ended')))
      })
    writeFileSync(join(this.folder, 'kubeconfig'), await next(), { mode: 0o600 })
    this.askDebugPods = async (line = '') => {
      const said = next()
      child.stdin.write(`${line}\n`)
      return JSON.parse(await said) as DebugPod[]
    }
  }
}

function makeChange(child: ChildProcess, { after, make }: Change): void {
  let said = ''
  const listen = (chunk: Buffer | string) => {
    said += chunk
    if (!after.test(said)) return
    child.stderr!.off('data', listen)
    child.kill('SIGSTOP')
    try {
      make()
    } finally {
      child.kill('SIGCONT')
    }
  }
  child.stderr!.on('data', listen)
}

/** What kube-proxy wrote; what iptables put beside it nft prints, but cannot read. */
const kubeProxyTables = (text: string): string =>
  [...text.matchAll(/^table (ip|ip6) kube-proxy \{\n[\s\S]*?^\}\n/gm)].map(([table]) => table).join('')
