/** A node, two clients, two endpoints and the rest of the world as network namespaces of this machine, with the real kernel between them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Command, Probe, Report } from './agent.ts'

export const PLACES = ['node', 'pod', 'outside', 'endpoint1', 'endpoint2', 'world'] as const
export type Place = (typeof PLACES)[number]

/** The third number of everybody's network, where the node has `.1` and they have `.2`. */
const NETWORKS = { pod: 1, outside: 2, endpoint1: 3, endpoint2: 4, world: 5 } as const

/** Where everything is; endpoint1 has a second address, `.3`, and the node one in each network. */
export const ADDRESSES = { 4: addressesOf((n) => `10.1.${n}.`), 6: addressesOf((n) => `fd00:${n}::`) }

function addressesOf(network: (number: number) => string): Record<Place, string> {
  const others = Object.entries(NETWORKS).map(([place, number]) => [place, `${network(number)}2`])
  return { node: `${network(NETWORKS.outside)}1`, ...Object.fromEntries(others) }
}

/** The node's interface towards each place; the pod is behind a bridge, whose packets br_netfilter shows to iptables. */
export const DEVICES = { node: 'lo', pod: 'cni0', outside: 'eth0', endpoint1: 'veth1', endpoint2: 'veth2', world: 'eth1' } as const

/** Services have their addresses here; untranslated, their packets go to `world`, which answers for all of them. */
export const SERVICE_NETWORK = { 4: '10.96.0.0/16', 6: 'fd00:96::/64' } as const

/** Every place listens on these, for TCP and UDP. */
export const PORTS = [80, 443, 8080, 8443] as const

/** Where a probe arrived, or that its sender was refused. */
export type Seen = { kind: 'received'; place: Place; source: string; port: number } | { kind: 'refused' }

const TOOLS = ['ip', 'unshare', 'nsenter', 'sysctl', 'iptables-nft', 'iptables-legacy', 'nft', 'conntrack']

/** Why no lab can be built here; null where it can. */
export function whyNoLab(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux'
  if (process.getuid?.() !== 0) return 'it takes root to make network namespaces'
  const missing = TOOLS.filter((tool) => !succeeds('sh', ['-c', `command -v ${tool}`]))
  if (missing.length > 0) return `not installed: ${missing.join(', ')} (Debian: iproute2 util-linux procps iptables nftables conntrack)`
  return succeeds('unshare', ['--net', 'true']) ? null : 'the kernel or a sandbox forbids network namespaces'
}

const succeeds = (command: string, args: readonly string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/**
 * The namespaces have no names: each lives as long as the agent in it, and an agent ends with the test that started it,
 * however that ends. So two labs do not meet, and nothing is left behind.
 */
export class Lab {
  private readonly agents: Record<Place, Agent>
  private probes = 0

  private constructor(agents: Record<Place, Agent>) {
    this.agents = agents
  }

  static async start(): Promise<Lab> {
    const agents = Object.fromEntries(PLACES.map((place) => [place, new Agent()])) as Record<Place, Agent>
    const lab = new Lab(agents)
    try {
      await Promise.all(Object.values(agents).map((agent) => agent.answer('ready')))
      for (const place of PLACES) lab.run(place, SYSCTLS)
      lab.run('node', nodeScript((place) => agents[place].pid))
      for (const place of PLACES) if (place !== 'node') lab.run(place, hostScript(place))
      await Promise.all(Object.values(agents).map((agent) => agent.ask({ kind: 'listen', ports: PORTS }, 'listening')))
      return lab
    } catch (error) {
      lab.stop()
      throw error
    }
  }

  stop(): void {
    for (const agent of Object.values(this.agents)) agent.stop()
  }

  /** Runs a shell script in a place, and gives what it printed. */
  run(place: Place, script: string): string {
    const args = ['--net', '--target', String(this.agents[place].pid), 'sh', '-e']
    return execFileSync('nsenter', args, { input: script, encoding: 'utf8', stdio: 'pipe', maxBuffer: 1 << 26 })
  }

  /**
   * Sends all probes and says what became of each. Those that `awaited` names are waited for, ten seconds at most; what
   * else has not been seen when they are there is taken for lost.
   */
  async send(probes: readonly (Omit<Probe, 'id'> & { from: Place })[], awaited: (index: number) => boolean): Promise<(Seen | null)[]> {
    const base = this.probes
    this.probes += probes.length
    const seen: (Seen | null)[] = probes.map(() => null)
    const waiting = new Set(probes.keys().filter(awaited))
    const { promise: complete, resolve } = Promise.withResolvers<void>()
    const note = (id: string, what: Seen) => {
      const index = Number(id) - base
      // An arrival tells more than the refusal that may follow it.
      if (index in seen && seen[index]?.kind !== 'received') seen[index] = what
      waiting.delete(index)
      if (waiting.size === 0) resolve()
    }
    for (const place of PLACES) {
      this.agents[place].listener = (report) => {
        if (report.kind === 'refused') note(report.id, { kind: 'refused' })
        if (report.kind === 'received') note(report.id, { kind: 'received', place, source: report.source, port: report.port })
      }
    }
    const sent = PLACES.map((place) => {
      const own = probes.flatMap((probe, i) => (probe.from === place ? [{ ...probe, id: String(base + i) }] : []))
      return this.agents[place].ask({ kind: 'send', probes: own }, 'sent')
    })
    await Promise.all(sent)
    if (waiting.size > 0) await Promise.race([complete, timeout(Number(process.env.LAB_WAIT ?? 10_000))])
    // Asked again, every agent has reported what had arrived by then.
    await Promise.all(PLACES.map((place) => this.agents[place].ask({ kind: 'forget' }, 'forgotten')))
    return seen
  }
}

class Agent {
  listener: (report: Report) => void = () => {}
  private readonly child: ChildProcess
  private readonly answers = new Map<Report['kind'], () => void>()
  private readonly ended: Promise<never>

  constructor() {
    const node = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url))
    const agent = fileURLToPath(new URL('agent.ts', import.meta.url))
    this.child = spawn('unshare', ['--net', node, agent], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.ended = once(this.child, 'exit').then(() => {
      throw new Error('an agent of the lab has ended')
    })
    // Nobody may be asking when it ends.
    this.ended.catch(() => {})
    this.child.stdin!.on('error', () => {})
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      const report = JSON.parse(line) as Report
      this.listener(report)
      this.answers.get(report.kind)?.()
    })
  }

  get pid(): number {
    return this.child.pid!
  }

  ask(command: Command, kind: Report['kind']): Promise<void> {
    const answered = this.answer(kind)
    this.child.stdin!.write(`${JSON.stringify(command)}\n`)
    return answered
  }

  async answer(kind: Report['kind']): Promise<void> {
    const answered = new Promise<void>((resolve) => this.answers.set(kind, resolve))
    await Promise.race([answered, this.ended])
  }

  stop(): void {
    this.child.kill('SIGKILL')
  }
}

const timeout = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds).unref())

/** Addresses are usable at once, and no ICMP error is held back. */
const SYSCTLS = `
sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_ra=0 \\
  net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratelimit=0 net.ipv6.icmp.ratemask=3 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
ip link set lo up
`

const mac = (network: number, host: number) => `02:00:00:00:0${network}:0${host}`

/** The node: a veth to everybody, the pod's in a bridge. Neighbours stand fast: no rule set cuts off ARP or ND. */
function nodeScript(pid: (place: Place) => number): string {
  const lines = ['sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.send_redirects=0']
  lines.push(`ip link add cni0 address ${mac(1, 1)} type bridge`)
  for (const [place, network] of Object.entries(NETWORKS) as [keyof typeof NETWORKS, number][]) {
    const [device, port] = [DEVICES[place], place === 'pod' ? 'vethpod' : DEVICES[place]]
    const own = mac(network, place === 'pod' ? 3 : 1)
    lines.push(
      `ip link add ${port} address ${own} type veth peer name eth0 address ${mac(network, 2)} netns ${pid(place)}`,
      `ip link set ${port} up ${place === 'pod' ? 'master cni0' : ''}`,
      `ip link set ${device} up`,
    )
    for (const address of [...ownAddresses(place, 4), ...ownAddresses(place, 6)]) {
      const router = routerOf(address)
      lines.push(
        `ip address replace ${router}/${address.includes(':') ? '64 nodad' : '24'} dev ${device}`,
        `ip neighbour add ${address} lladdr ${mac(network, 2)} nud permanent dev ${device}`,
      )
    }
  }
  lines.push(`ip route add default via ${ADDRESSES[4].world}`, `ip -6 route add default via ${ADDRESSES[6].world}`)
  lines.push('sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1')
  return lines.join('\n')
}

/** A client or endpoint: one interface, and the node as its router. */
function hostScript(place: keyof typeof NETWORKS): string {
  const lines = ['ip link set eth0 up']
  for (const family of [4, 6] as const) {
    const [address] = ownAddresses(place, family)
    for (const one of ownAddresses(place, family)) lines.push(`ip address add ${one}/${family === 4 ? '24' : '64 nodad'} dev eth0`)
    const router = routerOf(address!)
    lines.push(
      `ip neighbour add ${router} lladdr ${mac(NETWORKS[place], 1)} nud permanent dev eth0`,
      `ip -${family} route add default via ${router}`,
    )
    if (place === 'world') lines.push(`ip -${family} route add local ${SERVICE_NETWORK[family]} dev lo`)
  }
  return lines.join('\n')
}

const ownAddresses = (place: Place, family: 4 | 6): string[] => {
  const address = ADDRESSES[family][place]
  return place === 'endpoint1' ? [address, address.replace(/2$/, '3')] : [address]
}

const routerOf = (address: string): string => address.replace(/[23]$/, '1')
