/** A node, two clients, two endpoints and the rest of the world: network namespaces, and the real kernel between them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Command, Probe, Report } from './agent.ts'
import { answering, NODE_PORT, PLACES, type Place, PORTS } from './places.ts'
import { EVERYWHERE, hostScript, nodeScript } from './scripts.ts'

/** Where a probe arrived, or that its sender was refused. */
export type Seen = { kind: 'received'; place: Place; source: string; port: number } | { kind: 'refused' }

/** Kernels of late may come without what iptables-legacy speaks to. */
const hasLegacy = (): boolean =>
  succeeds('unshare', ['--net', 'sh', '-c', 'iptables-legacy -t raw -S && ip6tables-legacy -t nat -S'])

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
  /** Can iptables-legacy be used here? */
  readonly legacy = hasLegacy()
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
      for (const place of PLACES) lab.run(place, EVERYWHERE)
      lab.run(
        'node',
        nodeScript((place) => agents[place].pid),
      )
      for (const place of PLACES) if (place !== 'node') lab.run(place, hostScript(place))
      const listen = (addresses: readonly string[]): Command => ({
        kind: 'listen',
        ports: [...PORTS, NODE_PORT],
        addresses,
      })
      await Promise.all(PLACES.map((place) => agents[place].ask(listen(answering(place)), 'listening')))
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

  /** Starts a shell in a place, which reads a script. */
  start(place: Place, shell: readonly string[], script: string): ChildProcess {
    const child = spawn('nsenter', ['--net', '--target', String(this.agents[place].pid), ...shell], { stdio: 'pipe' })
    child.stdin!.on('error', () => {})
    child.stdin!.end(script)
    return child
  }

  /**
   * Sends all probes and says what became of each. Those that `awaited` names are waited for, some seconds at most; what
   * else has not been seen when they are there is taken for lost.
   */
  async send(
    probes: readonly (Omit<Probe, 'id'> & { from: Place })[],
    awaited: (index: number) => boolean,
  ): Promise<(Seen | null)[]> {
    return (await this.ask(probes, awaited)).map(({ seen }) => seen)
  }

  /** The same, and whether the sender was answered, which is waited for where `answered` names it. */
  async ask(
    probes: readonly (Omit<Probe, 'id'> & { from: Place })[],
    awaited: (index: number) => boolean,
    answered: (index: number) => boolean = () => false,
  ): Promise<{ seen: Seen | null; answered: boolean }[]> {
    const base = this.probes
    this.probes += probes.length
    const seen: (Seen | null)[] = probes.map(() => null)
    const heard = new Set<number>()
    const waiting = new Set(probes.keys().filter((i) => awaited(i) || answered(i)))
    const { promise: complete, resolve } = Promise.withResolvers<void>()
    const note = (id: string, what: Seen) => {
      const index = Number(id) - base
      // An arrival tells more than the refusal that may follow it.
      if (index in seen && seen[index]?.kind !== 'received') seen[index] = what
      if (what.kind === 'refused' || !waiting.has(index) || !answered(index)) waiting.delete(index)
      if (waiting.size === 0) resolve()
    }
    for (const place of PLACES) {
      this.agents[place].listener = (report) => {
        if (report.kind === 'answered') {
          heard.add(Number(report.id) - base)
          waiting.delete(Number(report.id) - base)
          if (waiting.size === 0) resolve()
        }
        if (report.kind === 'refused') note(report.id, { kind: 'refused' })
        if (report.kind === 'received')
          note(report.id, { kind: 'received', place, source: report.source, port: report.port })
      }
    }
    const sent = PLACES.map((place) => {
      const own = probes.flatMap((probe, i) => (probe.from === place ? [{ ...probe, id: String(base + i) }] : []))
      return this.agents[place].ask({ kind: 'send', probes: own }, 'sent')
    })
    await Promise.all(sent)
    if (waiting.size > 0) await Promise.race([complete, timeout(PATIENCE)])
    // Asked again, every agent has reported what had arrived by then.
    await Promise.all(PLACES.map((place) => this.agents[place].ask({ kind: 'forget' }, 'forgotten')))
    return seen.map((one, i) => ({ seen: one, answered: heard.has(i) }))
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

/** Far longer than a packet takes on any machine, though it be sent again by TCP. */
const PATIENCE = Number(process.env.SVCPATH_LAB_WAIT ?? 60_000)

const timeout = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds).unref())
